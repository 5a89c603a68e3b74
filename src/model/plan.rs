//! A plan: what will be done, to what, why, in which order, and what will not be done.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Diagnostic, Place, Severity};
use crate::model::address::Address;
use crate::model::field::Forces;
use crate::model::resource_id::ResourceId;
use crate::model::step::{Run, Step, StepId};

/// What planning decided. Complete: the executor adds nothing but late values.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a plan that nobody reads or runs does nothing"]
pub struct Plan {
    /// The stack's name.
    pub stack: String,
    /// Every resource, with what will happen to it: removals first, then in the order of the steps.
    pub resources: Vec<Planned>,
    /// The steps. What a step comes after stands before it.
    pub steps: Vec<Step>,
    /// What is not done, or worth knowing.
    pub notes: Vec<Note>,
    /// What rules say of the files now that Azure was looked at, and could not say before.
    pub findings: Vec<Diagnostic>,
    /// How much of what the stack owns goes.
    pub loss: Loss,
}

/// How much of what a stack owns a plan takes away for good: what is made again, or has a successor, is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loss {
    /// The resources that are told to go.
    pub deleted: usize,
    /// All resources that bear the stack's mark now.
    pub owned: usize,
}

impl Loss {
    /// So many may go where the user says nothing: 30 %, and in small stacks 3.
    pub fn most_by_default(self) -> usize {
        (self.owned * 3 / 10).max(3)
    }
}

/// One resource of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Its address.
    pub address: Address,
    /// Its id in Azure.
    pub id: ResourceId,
    /// Where its entry stands; a leftover has none.
    pub place: Option<Place>,
    /// What will happen.
    pub action: Action,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// What differs.
    pub changes: Vec<Change>,
    /// For what is blocked: what a user can do.
    pub ways_out: Vec<String>,
    /// What is done step by step, in words, where that is more than the action says.
    pub course: Vec<String>,
    /// What it is only needed for: it is deleted in the same run, once that has Succeeded.
    pub until: Option<Address>,
}

/// What will happen to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted and made again.
    Replace,
    /// It is deleted.
    Delete,
    /// It is taken over: marked as ours, and changed where it differs.
    Adopt,
    /// It is as it should be, and not ready yet.
    Await,
    /// It is as it should be, and the last try has failed.
    Retry,
    /// It differs, and the user holds the change back.
    Hold,
    /// It should change, and cannot.
    Blocked,
    /// It is as it should be.
    Nothing,
}

impl Action {
    /// The action's name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::Await => "await",
            Self::Retry => "retry",
            Self::Hold => "hold",
            Self::Blocked => "blocked",
            Self::Nothing => "nothing",
        }
    }
}

/// One difference between a file and Azure.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The property, as users write it: `targetRegions[westeurope].regionalReplicaCount`.
    pub property: String,
    /// The property directly under `properties` (or `tags`, `identity`) that Azure replaces whole.
    pub unit: String,
    /// What is live. `None`: nothing.
    pub before: Option<Value>,
    /// What the file says. `None`: nothing.
    pub after: Option<Value>,
    /// What it forces.
    pub forces: Forces,
    /// Where the file says so; for what the file leaves out, the entry.
    pub place: Option<Place>,
    /// Neither value may be shown.
    pub secret: bool,
}

/// Something that a plan tells beside its actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What it is about.
    pub address: Option<Address>,
    /// Which sort of note.
    pub kind: NoteKind,
    /// The words.
    pub text: String,
    /// Where in the files.
    pub place: Option<Place>,
}

/// The sorts of notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A live property that the file does not write, and that is left as it is.
    LeftAlone,
    /// A resource that is as the file says, and bears no mark of ours.
    Unowned,
    /// Something could not be read; what rests on it is not known.
    CouldNotCheck,
    /// A value that planning chose (`auto`, `@latest`).
    Resolved,
    /// Something else that a reader should know.
    Remark,
}

impl NoteKind {
    /// The sort's name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftAlone => "left-alone",
            Self::Unowned => "unowned",
            Self::CouldNotCheck => "could-not-check",
            Self::Resolved => "resolved",
            Self::Remark => "remark",
        }
    }
}

impl Plan {
    /// Adds notes, in the order in which notes are shown.
    pub fn tell(&mut self, notes: impl IntoIterator<Item = Note>) {
        self.notes.extend(notes);
        self.notes.sort_by(|a, b| (&a.address, a.kind, &a.text).cmp(&(&b.address, b.kind, &b.text)));
    }

    /// How many of the findings are errors: while there is one, nothing is written.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    /// The steps that run when all goes well.
    pub fn expected_steps(&self) -> impl Iterator<Item = &Step> {
        let mut remedies: BTreeSet<&StepId> = BTreeSet::new();
        // What a step comes after stands before it.
        self.steps.iter().filter(move |step| {
            let remedy = step.run != Run::Always || step.after.iter().any(|before| remedies.contains(before));
            if remedy {
                remedies.insert(&step.id);
            }
            !remedy
        })
    }

    /// How many resources have this action.
    pub fn count(&self, action: Action) -> usize {
        self.resources.iter().filter(|planned| planned.action == action).count()
    }

    /// Whether there is nothing to do, to wait for, to unblock, or held back.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.count(Action::Blocked) == 0 && self.count(Action::Hold) == 0
    }
}
