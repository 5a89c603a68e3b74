//! Decides what to do, and in which order. Does no IO and knows no time: everything it needs is an argument.
//!
//! The passes, each a file:
//! - `other_regions` adds what Azure has and the files let stay,
//! - `chain` lays out what is made on the way from a virtual machine to a version,
//! - `resolve` fills in what the files leave to planning,
//! - `namesakes` finds what stands under another name for an entry,
//! - `blue_green` says which of two live resources an entry means, while one takes the place of the other,
//! - `decide` holds each resource against what is live, with `compare`, and chooses its action,
//! - `shared` says it of what is nobody's,
//! - `removal` finds what is ours and no longer wanted, and `holds` what keeps it from going,
//! - `repair` says which regions of a version leave and come again,
//! - `retention` finds the old versions of an image that go for their age,
//! - `rollout` chooses the way of what needs zero nodes,
//! - `uploads` says which files become blobs first,
//! - `calls` says what is brought about by an action beside the writes,
//! - `waves` lets pools come one after another,
//! - `targets` keeps of it what the user wants done in this run,
//! - `steps` turns the actions into requests and waits, guarded by what `seen` picks out of what planning saw,
//! - `loss` counts what goes for good,
//! - `order` puts them in an order that is the same for the same input,
//! - `check` proves the invariants of any plan before it is shown or run.
//!
//! Three are no passes of a plan: `difference` holds two versions of the files against each other, by the same rules,
//! `status` says how everything is now, and `agreed` whether one plan does only what another has said.

pub mod agreed;
mod blue_green;
mod calls;
mod chain;
pub mod check;
mod compare;
mod decide;
pub mod difference;
pub mod fingerprint;
mod holds;
mod keys;
mod loss;
mod namesakes;
mod needs;
mod order;
mod other_regions;
mod patch;
mod removal;
mod repair;
mod resolve;
mod retention;
mod rollback;
mod rollout;
mod seen;
mod shared;
pub mod status;
mod steps;
mod targets;
mod uploads;
mod users;
mod waves;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use time::Date;
use time::format_description::well_known::Iso8601;

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph};
use crate::model::field_tree::Field;
use crate::model::plan::{Note, NoteKind, Plan};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Gap, Snapshot};
use crate::model::tenant::plainly;
use crate::plan::decide::Decision;

/// What the user asks of the plan as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What the plan is for.
    pub goal: Goal,
    /// How far `apply` waits for what it starts.
    pub wait: WaitFor,
    /// Whether the user agrees, for this run, that what works is deleted with its tasks where the file says `replace`.
    pub allow_replace: bool,
    /// The day it is where the resources are. `None`: nobody knows, and nothing goes for its age.
    pub today: Option<Date>,
}

impl Options {
    /// With nothing agreed to, and waiting until nodes can run tasks.
    pub fn new(goal: Goal) -> Self {
        Self { goal, wait: WaitFor::Nodes, allow_replace: false, today: None }
    }

    /// On a day such as `2026-11-26`.
    #[must_use]
    pub fn on(self, day: &str) -> Self {
        Self { today: Date::parse(day, &Iso8601::DATE).ok(), ..self }
    }
}

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Azure shall be as the files say.
    Apply,
    /// Nothing that the stack owns shall be left.
    Destroy,
}

/// How far `apply` waits. What another step needs is waited for in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitFor {
    /// Only for what other steps need.
    None,
    /// Until image versions are complete in their regions.
    Regions,
    /// Until pools have their nodes.
    Allocation,
    /// Until nodes can run tasks.
    Nodes,
}

/// Makes the plan that brings what is live to what is desired.
pub fn plan(graph: &Graph, snapshot: &Snapshot, options: Options) -> Plan {
    plan_for(&[], graph, snapshot, options)
}

/// The same for these resources only, and what they need; for all where there are none. It is decided as for all, so that
/// nothing is done that the whole plan would not do.
pub fn plan_for(targets: &[Address], graph: &Graph, snapshot: &Snapshot, options: Options) -> Plan {
    let trees = Trees::of(graph);
    let (graph, kept) = match options.goal {
        Goal::Apply => other_regions::keep(graph, snapshot),
        Goal::Destroy => (Cow::Borrowed(graph), Vec::new()),
    };
    let chains = match options.goal {
        Goal::Apply => chain::lay_out(graph.as_ref(), snapshot),
        Goal::Destroy => None,
    };
    let (graph, snapshot) =
        chains.as_ref().map_or((graph.as_ref(), snapshot), |laid_out| (&laid_out.graph, &laid_out.snapshot));
    let found = namesakes::found(graph, snapshot);
    let snapshot = found.as_ref();
    let arranged = match options.goal {
        Goal::Apply => blue_green::arrange(graph, snapshot, &trees),
        Goal::Destroy => None,
    };
    let (graph, snapshot) =
        arranged.as_ref().map_or((graph, snapshot), |arranged| (&arranged.graph, &arranged.snapshot));
    let mut notes = unreadable(graph, snapshot);
    notes.extend(kept);
    let mut decisions = match options.goal {
        Goal::Apply => {
            let desired = in_order(graph);
            decide::decide(desired, graph, snapshot, &trees, options, &mut notes)
        }
        Goal::Destroy => Vec::new(),
    };
    if let Some(arranged) = &arranged {
        arranged.explain_successors(&mut decisions);
    }
    waves::hold_back(&mut decisions, &graph.rollout);
    // What stays keeps what it uses, so it has to be known before anything is removed.
    let mut staying = arranged.as_ref().map(|arranged| arranged.staying(&decisions)).unwrap_or_default();
    staying.extend(chains.iter().flat_map(|laid_out| laid_out.staying.iter().cloned()));
    removal::remove(graph, snapshot, options.goal, &staying, &mut decisions, &mut notes);
    if let Some(laid_out) = &chains {
        laid_out.explain(&mut decisions);
    }
    if options.goal == Goal::Apply {
        retention::retire(graph, snapshot, &trees, options.today, &mut decisions, &mut notes);
    }
    if let Some(arranged) = &arranged {
        arranged.explain_retiring(&mut decisions);
        notes.extend(arranged.notes(&decisions));
    }
    let retiring = arranged.as_ref().map(|arranged| &arranged.retiring);
    if !targets.is_empty() {
        targets::keep(targets, &mut decisions, snapshot, retiring, &mut notes);
    }
    calls::explain(&mut decisions, snapshot);
    let steps = steps::steps(&decisions, graph, snapshot, &trees, retiring, options.wait);
    let steps = order::order(steps);
    let loss = loss::loss(&decisions, &steps, graph, snapshot, retiring);
    let mut resources: Vec<_> = decisions.into_iter().map(Decision::into_planned).collect();
    order::resources(&mut resources, &steps);
    let mut plan = Plan { stack: graph.owner.stack.clone(), resources, steps, loss, ..Plan::default() };
    plan.tell(notes);
    plan
}

/// What was observed, so that each entry's live resource is at the entry's address: for `strategy: blueGreen` it may be
/// called otherwise, and which of two it is depends on what the files want.
pub fn arranged<'a>(graph: &Graph, snapshot: &'a Snapshot) -> Cow<'a, Snapshot> {
    let (graph, _) = other_regions::keep(graph, snapshot);
    match blue_green::arrange(&graph, snapshot, &Trees::of(&graph)) {
        Some(arranged) => Cow::Owned(arranged.snapshot),
        None => Cow::Borrowed(snapshot),
    }
}

/// The id of the live resource of an entry that its users use now; `None` where there is none.
pub fn in_use(address: &Address, graph: &Graph, snapshot: &Snapshot) -> Option<ResourceId> {
    let (graph, _) = other_regions::keep(graph, snapshot);
    blue_green::in_use(address, &graph, snapshot, &Trees::of(&graph))
}

/// The field trees of all kinds, made once a plan.
pub(crate) struct Trees(BTreeMap<&'static str, Field>);

impl Trees {
    fn of(graph: &Graph) -> Self {
        Self(graph.kinds.iter().map(|kind| (kind.name(), Field::tree(kind.fields()))).collect())
    }

    /// The tree of one kind.
    pub(crate) fn get(&self, kind: &str) -> &Field {
        // Desired resources come from the registry that the graph carries.
        self.0.get(kind).expect("every kind of the graph is in its registry")
    }
}

/// The desired resources, each after what it needs; otherwise by address.
fn in_order(graph: &Graph) -> Vec<Desired> {
    let mut done: BTreeMap<&Address, bool> = BTreeMap::new();
    let mut ordered = Vec::with_capacity(graph.desired.len());
    for address in graph.desired.keys() {
        visit(address, graph, &mut done, &mut ordered);
    }
    ordered
}

/// Depth first. A resource that is met again while it is open would be a cycle, which references between kinds
/// cannot make; it is passed over here and caught by `check`.
fn visit<'a>(
    address: &'a Address,
    graph: &'a Graph,
    done: &mut BTreeMap<&'a Address, bool>,
    ordered: &mut Vec<Desired>,
) {
    let Some(desired) = graph.desired.get(address) else { return };
    if done.insert(address, true).is_some() {
        return;
    }
    for need in &desired.needs {
        visit(&need.on, graph, done, ordered);
    }
    ordered.push(desired.clone());
}

/// What could not be read. Kinds of which the files hold none are one note together: whoever may not list them has it on
/// every plan.
fn unreadable(graph: &Graph, snapshot: &Snapshot) -> Vec<Note> {
    let held: BTreeSet<&str> = graph.desired.keys().map(Address::kind).collect();
    let (wanted, besides): (Vec<&Gap>, Vec<&Gap>) =
        snapshot.unreadable.iter().partition(|gap| held.contains(gap.kind));
    let kinds: BTreeSet<&str> = besides.iter().map(|gap| gap.kind).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let together = besides.first().map(|gap| {
        format!(
            "could not read what there is of {} (the files hold none): {}",
            kinds.join(", "),
            plainly(&gap.why)
        )
    });
    let texts = wanted.iter().map(|gap| format!("could not read {}: {}", gap.what, plainly(&gap.why)));
    let note = |text| Note { address: None, kind: NoteKind::CouldNotCheck, text, place: None };
    texts.chain(together).map(note).collect()
}
