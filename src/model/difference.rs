//! What a change of the files comes to, without Azure: what comes, what goes, and what each changed property forces.

use serde_json::Value;

use crate::diag::{Diagnostic, Place};
use crate::model::address::Address;
use crate::model::field::Forces;

/// What two versions of the files differ in.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a difference that nobody reads does nothing"]
pub struct Difference {
    /// The resources that differ: what goes first, then by address.
    pub resources: Vec<Differing>,
    /// How many resources are the same in both.
    pub unchanged: usize,
    /// What a reader should know of the whole.
    pub remarks: Vec<String>,
    /// What there is to say about the new files and was not to say about the old; their places are in the new files.
    pub findings: Vec<Diagnostic>,
    /// How many findings of the old files are gone.
    pub gone: usize,
}

impl Difference {
    /// Whether the change asks nothing of Azure and of poolwright.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// How many resources have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.resources.iter().filter(|differing| differing.fate == fate).count()
    }
}

/// One resource that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Differing {
    /// Its address.
    pub address: Address,
    /// What becomes of it.
    pub fate: Fate,
    /// Where its entry stands.
    pub at: Where,
    /// What follows, in words.
    pub remarks: Vec<String>,
    /// Its properties that differ.
    pub changes: Vec<PropertyChange>,
}

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Only the old files hold it.
    Removed,
    /// Only the new files hold it.
    Added,
    /// Both hold it, and differ.
    Changed,
}

impl Fate {
    /// The word for it, also in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Changed => "changed",
        }
    }
}

/// One property that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyChange {
    /// The property, as users write it.
    pub property: String,
    /// What the old files say. `None`: nothing.
    pub before: Option<Value>,
    /// What the new files say. `None`: nothing.
    pub after: Option<Value>,
    /// What follows.
    pub effect: Effect,
    /// Where it stands: in the new files, or in the old ones if it went.
    pub at: Where,
}

/// What follows from a changed property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// What Azure demands for it.
    Forces(Forces),
    /// The files say nothing about it any more: what is live stays.
    LeftAlone,
    /// Azure never sees it: it tells poolwright how to treat the resource.
    Ours,
}

impl Effect {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Forces(forces) => forces.words(),
            Self::LeftAlone => "stays as it is in Azure",
            Self::Ours => "for poolwright only",
        }
    }

    /// Its name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forces(Forces::InPlace) => "in-place",
            Self::Forces(Forces::Reboot) => "reboot",
            Self::Forces(Forces::ZeroNodes) => "zero-nodes",
            Self::Forces(Forces::Replace) => "replace",
            Self::Forces(Forces::Never(_)) => "never",
            Self::Forces(Forces::CreateOnly) => "create-only",
            Self::Forces(Forces::Call) => "call",
            Self::LeftAlone => "left-alone",
            Self::Ours => "ours",
        }
    }

    /// What to do instead, where it cannot be done.
    pub fn instead(self) -> Option<&'static str> {
        match self {
            Self::Forces(Forces::Never(instead)) => Some(instead),
            _ => None,
        }
    }
}

/// A place in one of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Where {
    /// Which version.
    pub side: Side,
    /// The place in its files.
    pub place: Place,
}

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What was.
    Old,
    /// What is to be.
    New,
}

impl Side {
    /// The word for it, also in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}
