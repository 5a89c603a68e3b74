//! Two live resources for one entry of a file, while one takes the place of the other (`strategy: blueGreen`): which of
//! them the entry means, and which goes when nothing uses it any more.
//!
//! Runs before everything is decided, and leaves a graph and a snapshot in which the entry means one of them, so that
//! no other pass knows of twins. The one that goes is a leftover of the stack like any other, with a move before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph};
use crate::model::kind::Target;
use crate::model::mark::Ownership;
use crate::model::plan::{Action, Change, Note, NoteKind};
use crate::model::resource_id::ResourceId;
use crate::model::rollout::{Emptying, Memory, Strategy, Twins};
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::step::{Guard, Milestone, StepId, Work};
use crate::model::wait::Judgement;
use crate::plan::Trees;
use crate::plan::compare::compare;
use crate::plan::decide::{Decision, judge, ownership};
use crate::plan::patch::whole;
use crate::plan::resolve::resolve;
use crate::plan::rollout::needs_zero_nodes;
use crate::plan::steps::Maker;

/// A graph and a snapshot in which every entry means one live resource, and those that are to go.
#[derive(Debug)]
pub(crate) struct Arranged {
    pub(crate) graph: Graph,
    pub(crate) snapshot: Snapshot,
    pub(crate) retiring: BTreeMap<ResourceId, Retiring>,
    /// What stays although no entry means it.
    kept: BTreeSet<ResourceId>,
    /// What was chosen on the way.
    notes: Vec<Note>,
}

/// What goes, and what takes its place.
#[derive(Debug)]
pub(crate) struct Retiring {
    /// The entry that both stand for.
    address: Address,
    /// The one that takes its place.
    successor: ResourceId,
    /// What it has otherwise.
    changes: Vec<Change>,
}

/// Arranges the entries that have, or may need, a twin; `None` where there is none. One that has taken over is what its
/// entry means from then on, also where the file says another strategy by now.
pub(crate) fn arrange(graph: &Graph, snapshot: &Snapshot, trees: &Trees) -> Option<Arranged> {
    let twins = twins(graph, snapshot);
    let concerns = |desired: &&Desired| {
        desired.wishes.rollout.strategy == Strategy::BlueGreen
            || twins.contains(&named(&desired.id, desired.id.name()))
    };
    let entries: Vec<&Desired> = graph.desired.values().filter(concerns).collect();
    if entries.is_empty() {
        return None;
    }
    let mut arranged = Arranged {
        graph: graph.clone(),
        snapshot: snapshot.clone(),
        retiring: BTreeMap::new(),
        kept: BTreeSet::new(),
        notes: Vec::new(),
    };
    for desired in entries {
        if let Some((twins, emptying)) = desired.kind.twins().zip(desired.kind.emptying()) {
            arranged.entry(desired, twins, emptying, trees);
        }
    }
    Some(arranged)
}

/// The entries for which something else stands, as [`named`] calls them.
fn twins(graph: &Graph, snapshot: &Snapshot) -> BTreeSet<(Option<ResourceId>, String)> {
    let mut all = BTreeSet::new();
    for kind in graph.kinds {
        let Some(twins) = kind.twins() else { continue };
        let others = snapshot.others.get(kind.name()).into_iter().flatten();
        let ours = others.filter(|live| ownership(&graph.owner, *kind, live) == Ownership::Ours);
        all.extend(ours.filter_map(|live| Some(named(&live.id, twins.stands_for(live)?))));
    }
    all
}

/// What contains a resource, and a name inside it, without regard to case.
fn named(id: &ResourceId, name: &str) -> (Option<ResourceId>, String) {
    (id.parent(), name.to_lowercase())
}

/// The id of the live resource of an entry that is in use now: while one takes the place of another it is that other,
/// until the new one has its nodes.
pub(crate) fn in_use(
    address: &Address,
    graph: &Graph,
    snapshot: &Snapshot,
    trees: &Trees,
) -> Option<ResourceId> {
    let Some(arranged) = arrange(graph, snapshot, trees) else {
        return snapshot.live(address).map(|live| live.id.clone());
    };
    let own = arranged.graph.desired.get(address)?;
    let live = arranged.snapshot.live(address);
    let waypoints = own.kind.waypoints(Target::of(own, live), &arranged.snapshot);
    // A node that reboots takes nothing back.
    let mut nodes = waypoints.iter().filter(|waypoint| waypoint.milestone == Milestone::Allocated);
    let ready = nodes.all(|waypoint| matches!(judge(waypoint, live), Judgement::Met(_)));
    let mut old = arranged.retiring.iter().filter(|(_, retiring)| retiring.address == *address);
    let old = old.next().map(|(id, _)| id.clone());
    let new = live.map(|live| live.id.clone());
    if ready { new.or(old) } else { old.or(new) }
}

impl Retiring {
    /// The entry that it stands for.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }
}

impl Arranged {
    fn entry(&mut self, desired: &Desired, twins: &dyn Twins, emptying: &dyn Emptying, trees: &Trees) {
        let mut members = self.members(desired, twins);
        let Some(first) = members.first().cloned() else { return };
        self.stand_for(desired, &first);
        let mut wanted = desired.clone();
        let resolved = resolve(&mut wanted, &self.graph, &self.snapshot);
        if !resolved.blocked.is_empty() {
            // The entry is blocked, and nobody knows which of them it means: all of them stay.
            self.mean(desired, &first.id, twins);
            self.kept.extend(members.into_iter().map(|live| live.id));
            return;
        }
        let differing = |live: &Live| -> Vec<Change> {
            let tree = trees.get(wanted.kind.name());
            let found = compare(tree, &wanted.body, &live.body, &wanted.places, wanted.place);
            found.changes.into_iter().filter(needs_zero_nodes).collect()
        };
        // What was chosen with the one that works in view holds for its twin, too.
        self.notes.extend(resolved.notes);
        self.graph.desired.insert(desired.address.clone(), wanted.clone());
        // One that is as the file says, or can be made so, is what the entry means.
        let as_wanted = members.iter().position(|live| differing(live).is_empty());
        let wishes = desired.wishes;
        let in_place = wishes.protect || wishes.rollout.strategy != Strategy::BlueGreen;
        let alone = members.len() == 1 && emptying.is_empty(&first);
        let id = match as_wanted.or((in_place || alone).then_some(0)) {
            Some(at) => members.remove(at).id,
            None => new_twin(&wanted, &members, &differing(&first), twins),
        };
        self.mean(desired, &id, twins);
        if self.snapshot.live(&desired.address).is_none()
            && let Some(own) = self.graph.desired.get_mut(&desired.address)
        {
            emptying.give_size(&mut own.body, &first);
            // What the file leaves alone is as the one that works has it.
            own.body = whole(trees.get(desired.kind.name()), &own.body, &first.body);
            emptying.remember(&mut own.body, &Memory::default());
        }
        for live in members {
            if wishes.protect || wishes.rollout.strategy == Strategy::Hold {
                self.kept.insert(live.id);
                continue;
            }
            let changes = differing(&live);
            let retiring = Retiring { address: desired.address.clone(), successor: id.clone(), changes };
            self.retiring.insert(live.id, retiring);
        }
    }

    /// The live resources of this stack that stand for an entry: the one of its own name first.
    fn members(&self, desired: &Desired, twins: &dyn Twins) -> Vec<Live> {
        let kind = desired.kind;
        let ours = |live: &&Live| ownership(&self.graph.owner, kind, live) == Ownership::Ours;
        let own = self.snapshot.live(&desired.address).filter(ours);
        let others = self.snapshot.others.get(kind.name()).into_iter().flatten().filter(ours);
        let stands = |live: &&Live| {
            live.id.parent() == desired.id.parent()
                && twins.stands_for(live).is_some_and(|id| id.eq_ignore_ascii_case(desired.id.name()))
        };
        own.into_iter().chain(others.filter(stands)).cloned().collect()
    }

    /// Makes the entry mean the resource of an id, whether it is there or not.
    fn mean(&mut self, desired: &Desired, id: &ResourceId, twins: &dyn Twins) {
        let others = self.snapshot.others.entry(desired.kind.name()).or_default();
        let now = self.snapshot.resources.get(&desired.address);
        let is_meant = matches!(now, Some(Observed::Present(live)) if live.id == *id);
        if !is_meant {
            let found = others.iter().position(|live| live.id == *id).map(|at| others.remove(at));
            let observed = found.map_or(Observed::Absent, Observed::Present);
            if let Some(Observed::Present(before)) =
                self.snapshot.resources.insert(desired.address.clone(), observed)
            {
                others.push(before);
                others.sort_by(|a, b| a.id.cmp(&b.id));
            }
        }
        let Some(own) = self.graph.desired.get_mut(&desired.address) else { return };
        if own.id != *id {
            let mark = self.graph.owner.mark(id);
            twins.become_twin(&mut own.body, desired.id.name(), &mark);
            own.id = id.clone();
        }
    }

    /// Lets the entry stand for a live one, as far as planning has to know how it is now.
    fn stand_for(&mut self, desired: &Desired, live: &Live) {
        if self.snapshot.live(&desired.address).is_none() {
            let others = self.snapshot.others.entry(desired.kind.name()).or_default();
            others.retain(|other| other.id != live.id);
            self.snapshot.resources.insert(desired.address.clone(), Observed::Present(live.clone()));
        }
    }

    /// What was chosen, where something happens because of it, or does not.
    pub(crate) fn notes(&self, decisions: &[Decision]) -> Vec<Note> {
        let quiet = |address: &Address| {
            let own = decisions.iter().find(|decision| decision.address == *address);
            own.is_none_or(|decision| decision.action == Action::Nothing)
        };
        let told = |note: &&Note| {
            note.kind != NoteKind::Resolved || note.address.as_ref().is_some_and(|address| !quiet(address))
        };
        self.notes.iter().filter(told).cloned().collect()
    }

    /// What stays although no entry means it: also what has no successor yet, because that is blocked.
    pub(crate) fn staying(&self, decisions: &[Decision]) -> BTreeSet<ResourceId> {
        let blocked: BTreeSet<&Address> = decisions
            .iter()
            .filter(|decision| decision.action == Action::Blocked)
            .map(|decision| &decision.address)
            .collect();
        let waiting = self.retiring.iter().filter(|(_, retiring)| blocked.contains(&retiring.address));
        self.kept.iter().chain(waiting.map(|(id, _)| id)).cloned().collect()
    }

    /// Says what happens to what goes.
    pub(crate) fn explain_retiring(&self, decisions: &mut [Decision]) {
        for decision in &mut *decisions {
            let Some(retiring) = self.retiring.get(&decision.id) else { continue };
            if decision.action != Action::Delete {
                continue;
            }
            let successor = retiring.successor.name();
            decision.reasons = vec![format!("{successor} takes its place (`strategy: blueGreen`)")];
            // Under a formula nobody knows how many nodes will come.
            let shows_nodes = self.graph.desired.get(&retiring.address).is_some_and(|own| {
                let waypoints = own.kind.waypoints(Target::of(own, None), &self.snapshot);
                waypoints.iter().any(|waypoint| waypoint.milestone == Milestone::Usable)
            });
            let until =
                if shows_nodes { "the nodes of {} can run tasks" } else { "the formula of {} has run" };
            decision.course = vec![
                format!("wait until {}", until.replace("{}", successor)),
                format!(
                    "move its jobs and job schedules to {successor}: each is disabled, its running tasks end, and it is enabled there"
                ),
                "delete it, once no job names it".to_owned(),
            ];
        }
    }

    /// Says why a successor is made.
    pub(crate) fn explain_successors(&self, decisions: &mut [Decision]) {
        for retiring in self.retiring.values() {
            let own = decisions.iter_mut().find(|decision| decision.address == retiring.address);
            if let Some(decision) = own.filter(|decision| decision.action == Action::Create) {
                let successor = retiring.successor.name();
                decision.reasons =
                    vec![format!("`strategy: blueGreen` makes it as {successor}, beside the one that works")];
                decision.changes.clone_from(&retiring.changes);
            }
        }
    }
}

/// The id of a new twin: after its image, and where one of that name is there already, after what else differs, too.
fn new_twin(wanted: &Desired, members: &[Live], differing: &[Change], twins: &dyn Twins) -> ResourceId {
    let body = Live { id: wanted.id.clone(), body: wanted.body.clone(), companion: None };
    let mut what = wanted.kind.uses(&body).first().map(ToString::to_string).unwrap_or_default();
    let id = sibling(wanted, &twins.twin_name(wanted.id.name(), &what));
    if members.iter().all(|live| live.id != id) {
        return id;
    }
    for change in differing.iter().filter(|change| !change.secret) {
        let _ = write!(what, " {}={:?}", change.property, change.after);
    }
    sibling(wanted, &twins.twin_name(wanted.id.name(), &what))
}

/// The id of another resource of the same kind in the same place.
fn sibling(desired: &Desired, name: &str) -> ResourceId {
    let parent = desired.id.parent().unwrap_or_else(|| desired.id.clone());
    let own_type = desired.kind.azure_type().rsplit('/').next().unwrap_or_default();
    parent.child(own_type, name)
}

impl Maker<'_> {
    /// Moves what uses a resource to its successor before it goes.
    pub(super) fn retire(&mut self, decision: &Decision, retiring: &Retiring) {
        let delete = StepId::new(&decision.address, "delete");
        let (Some(twins), true) = (decision.kind.twins(), self.steps.contains_key(&delete)) else { return };
        let deadline = self.graph.desired.get(&retiring.address).map(|own| own.wishes.rollout.deadline);
        let parent = decision.id.parent();
        let parent = parent.and_then(|id| self.snapshot.all_of("batch-account").find(|live| live.id == id));
        let jobs = parent.zip(deadline).and_then(|(parent, deadline)| {
            twins.moving(decision.id.name(), retiring.successor.name(), parent, deadline)
        });
        let Some(jobs) = jobs else {
            // Nobody can say what uses it: it stays.
            self.steps.retain(|_, step| step.address != decision.address);
            return;
        };
        let ready = [Milestone::Allocated, Milestone::Usable];
        let after: Vec<StepId> =
            ready.iter().filter_map(|milestone| self.reached(&retiring.address, milestone)).collect();
        let moved = self.add(decision, "move jobs", Milestone::Unused, Work::MoveJobs(jobs.clone()), after);
        if let Some(step) = self.steps.get_mut(&delete) {
            step.after.push(moved);
            if let Work::Send { guard: Guard::Unchanged { moved, .. }, .. } = &mut step.work {
                *moved = Some(Box::new(jobs));
            }
        }
    }
}
