//! Chooses the action of each desired resource from what is live, what differs, and who owns it.
//! Makes no step: it only says what shall happen and why.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::model::address::Address;
use crate::model::desired::{Desired, Graph};
use crate::model::field::Forces;
use crate::model::kind::{MarkHome, Planning, Refusal, Target, Waypoint};
use crate::model::mark::{self, Owner, Ownership};
use crate::model::plan::{Action, Change, Note, NoteKind, Planned};
use crate::model::resource_id::ResourceId;
use crate::model::rollout::Memory;
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::step::Milestone;
use crate::model::tenant::{plainly, way_to_read};
use crate::model::wait::Judgement;
use crate::plan::compare::{Differences, compare};
use crate::plan::needs::{unmet_need, user_in};
use crate::plan::patch::whole;
use crate::plan::repair;
use crate::plan::resolve::resolve;
use crate::plan::rollout::{self, Way};
use crate::plan::shared;
use crate::plan::{Options, Trees, uploads};

/// What was decided about one resource, with all that its steps are made from.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) address: Address,
    pub(crate) kind: &'static dyn Planning,
    pub(crate) id: ResourceId,
    pub(crate) place: Option<Place>,
    pub(crate) action: Action,
    pub(crate) reasons: Vec<String>,
    pub(crate) ways_out: Vec<String>,
    pub(crate) changes: Vec<Change>,
    /// What is done step by step, in words, where that is more than the action says.
    pub(crate) course: Vec<String>,
    /// Changes that need zero nodes are made once there is none; otherwise none of them is made.
    pub(crate) rolls: bool,
    /// Regions that a version leaves and comes to again, because its replicas failed there.
    pub(crate) repairs: Vec<String>,
    /// What it is only needed for: it is deleted once that has Succeeded.
    pub(crate) until: Option<Address>,
    /// The resolved desired resource; a leftover has none.
    pub(crate) desired: Option<Desired>,
}

impl Decision {
    pub(crate) fn new(desired: Desired) -> Self {
        Self {
            address: desired.address.clone(),
            kind: desired.kind,
            id: desired.id.clone(),
            place: Some(desired.place),
            action: Action::Nothing,
            reasons: Vec::new(),
            ways_out: Vec::new(),
            changes: Vec::new(),
            course: Vec::new(),
            rolls: false,
            repairs: Vec::new(),
            until: None,
            desired: Some(desired),
        }
    }

    pub(crate) fn act(mut self, action: Action, reason: impl Into<String>) -> Self {
        self.action = action;
        self.reasons.push(reason.into());
        self
    }

    fn block(mut self, reason: impl Into<String>, way_out: impl Into<String>) -> Self {
        self.ways_out.push(way_out.into());
        self.act(Action::Blocked, reason)
    }

    /// The live resource, in the files or left over.
    pub(crate) fn live<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Live> {
        let left_over = || snapshot.all_of(self.kind.name()).find(|live| live.id == self.id);
        match &self.desired {
            Some(_) => snapshot.live(&self.address).or_else(left_over),
            None => snapshot.live(&self.address).filter(|live| live.id == self.id).or_else(left_over),
        }
    }

    /// Whether it will be there when the plan is done.
    pub(super) fn will_exist(&self, snapshot: &Snapshot) -> bool {
        match self.action {
            Action::Create | Action::Replace => true,
            Action::Delete => false,
            // Whether it is as it must be, Azure says to whoever needs it.
            _ if self.kind.brought_about_by().is_some() => true,
            _ => snapshot.live(&self.address).is_some(),
        }
    }

    /// The regions that would lose their replicas although something boots from them there. Azure lets it happen, and
    /// nodes fail to start from then on.
    fn regions_in_use(&self, live: &Live, graph: &Graph, snapshot: &Snapshot) -> Vec<Refusal> {
        let Some(desired) = self.desired.as_ref() else { return Vec::new() };
        let regions = |target: Target<'_>| -> Vec<String> {
            let waypoints = self.kind.waypoints(target, snapshot).into_iter();
            let region = |waypoint: Waypoint| match waypoint.milestone {
                Milestone::Region(region) => Some(region),
                _ => None,
            };
            waypoints.filter_map(region).collect()
        };
        let kept = regions(Target::of(desired, Some(live)));
        let mut lost = regions(Target { id: &live.id, body: &live.body, live: Some(live) });
        lost.retain(|region| !kept.contains(region));
        let refused = lost.into_iter().filter_map(|region| {
            let (reason, until) = user_in(self.kind, live, &region, graph, snapshot)?;
            Some(Refusal {
                reason,
                ways_out: vec![format!("keep {region} in its targetRegions until {until}")],
            })
        });
        refused.collect()
    }

    /// What the plan shows of it.
    pub(crate) fn into_planned(self) -> Planned {
        let Self { address, id, place, action, reasons, ways_out, changes, course, until, .. } = self;
        Planned { address, id, place, action, reasons, changes, ways_out, course, until }
    }
}

/// Decides for every desired resource. They come in an order in which what a resource needs stands before it.
pub(crate) fn decide(
    ordered: Vec<Desired>,
    graph: &Graph,
    snapshot: &Snapshot,
    trees: &Trees,
    options: Options,
    notes: &mut Vec<Note>,
) -> Vec<Decision> {
    let mut decided: BTreeMap<Address, usize> = BTreeMap::new();
    let mut decisions: Vec<Decision> = Vec::with_capacity(ordered.len());
    for mut desired in ordered {
        let resolved = resolve(&mut desired, graph, snapshot);
        let address = desired.address.clone();
        let mut decision = if let Some((why, way_out)) = resolved.blocked.into_iter().next() {
            Decision::new(desired).block(why, way_out)
        } else {
            one(desired, graph, snapshot, trees, options, notes)
        };
        let writes = matches!(
            decision.action,
            Action::Create | Action::Update | Action::Replace | Action::Adopt | Action::Retry
        );
        if writes {
            let unmet = unmet_need(&decision, graph, snapshot, |on| {
                decided.get(on).map(|at: &usize| &decisions[*at])
            });
            if let Some((reason, way_out)) = unmet {
                decision.reasons.clear();
                decision = decision.block(reason, way_out);
            }
        }
        if matches!(decision.action, Action::Create | Action::Replace)
            && let Err((reason, way_out)) = uploads::decide(&mut decision, &graph.owner, snapshot)
        {
            decision.reasons.clear();
            decision = decision.block(reason, way_out);
        }
        if matches!(decision.action, Action::Update | Action::Adopt | Action::Retry)
            && let Some(live) = snapshot.live(&decision.address)
        {
            decision.repairs = repair::regions(&decision, live, graph, snapshot);
            if !decision.repairs.is_empty() {
                decision.course = repair::course(&decision.repairs);
                if decision.action != Action::Retry {
                    decision.reasons.push(format!("replication to {} failed", decision.repairs.join(", ")));
                }
            }
        }
        // What was chosen is told where it matters: when something happens, or is kept from happening.
        let quiet = decision.action == Action::Nothing;
        notes.extend(resolved.notes.into_iter().filter(|note| !quiet || note.kind != NoteKind::Resolved));
        decided.insert(address, decisions.len());
        decisions.push(decision);
    }
    decisions
}

fn one(
    mut desired: Desired,
    graph: &Graph,
    snapshot: &Snapshot,
    trees: &Trees,
    options: Options,
    notes: &mut Vec<Note>,
) -> Decision {
    let (wishes, kind) = (desired.wishes, desired.kind);
    if let (Some(emptying), Some(live)) = (kind.emptying(), snapshot.live(&desired.address)) {
        emptying.recall(&mut desired.body, live);
    }
    let decision = Decision::new(desired);
    if kind.brought_about_by().is_some() {
        return shared::decide(decision, snapshot, notes);
    }
    match snapshot.resources.get(&decision.address) {
        None => decision.block("it was not read", "run the plan again"),
        Some(Observed::Unreadable(why)) => {
            let reason = format!("it could not be read, so it may or may not exist: {}", plainly(why));
            decision.block(reason, way_to_read(why))
        }
        // What shall be removed, and is ours, is the removal pass's business.
        Some(Observed::Present(live))
            if wishes.remove && ownership(&graph.owner, kind, live) == Ownership::NotOurs =>
        {
            decision.block(
                "it says `remove: true`, and this stack does not own it",
                "remove it where it belongs, or take it out of the file",
            )
        }
        Some(Observed::Absent | Observed::Present(_)) if wishes.remove => decision,
        Some(Observed::Present(live)) if live.is_going() => {
            decision.act(Action::Create, "it is being deleted, and is made again when it is gone")
        }
        Some(Observed::Absent) => decision.act(Action::Create, "it does not exist"),
        Some(Observed::Present(live)) => {
            let owned = ownership(&graph.owner, kind, live) == Ownership::Ours;
            let found = differences(&decision, live, trees);
            let seen = Seen { trees, graph, snapshot, options };
            present(decision, live, owned, found, &seen, notes)
        }
    }
}

/// What everything is decided by.
struct Seen<'a> {
    trees: &'a Trees,
    graph: &'a Graph,
    snapshot: &'a Snapshot,
    options: Options,
}

fn present(
    mut decision: Decision,
    live: &Live,
    owned: bool,
    found: Differences,
    seen: &Seen<'_>,
    notes: &mut Vec<Note>,
) -> Decision {
    let wishes = decision.desired.as_ref().map(|desired| desired.wishes).unwrap_or_default();
    let mut note = |kind, text: String| {
        notes.push(Note { address: Some(decision.address.clone()), kind, text, place: decision.place });
    };
    for property in found.left_alone {
        note(
            NoteKind::LeftAlone,
            format!("`{property}` is set in Azure and not written here; it stays as it is"),
        );
    }
    for property in found.unseen {
        note(
            NoteKind::Remark,
            format!(
                "`{property}` is never answered by Azure: a new value is sent only along with another change"
            ),
        );
    }
    let (created_with, changes): (Vec<_>, Vec<_>) =
        found.changes.into_iter().partition(|change| change.forces == Forces::CreateOnly);
    for change in created_with {
        note(
            NoteKind::Remark,
            format!("`{}` differs from what it was made from; it is only read at creation", change.property),
        );
    }
    // Our own mark is never shown as a difference: it is written along with whatever else is.
    let (marks, changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_mark);
    if !owned && !wishes.adopt {
        // Whose name is the mark cannot be taken over.
        let (how, way_out) = match decision.kind.mark_home() {
            MarkHome::Tags | MarkHome::Metadata => (
                " (`adopt: true` takes it over)",
                "take it over with `adopt: true`, or give yours another name".to_owned(),
            ),
            MarkHome::Name => ("", format!("write it as it is, or remove {} where it belongs", live.id)),
        };
        if changes.is_empty() {
            note(
                NoteKind::Unowned,
                format!("it exists as written, and {}{how}", owner_of(decision.kind, live)),
            );
            return decision;
        }
        decision.changes = changes;
        let reason = format!("it exists, differs, and {}", owner_of(decision.kind, live));
        return decision.block(reason, way_out);
    }
    let refusals = changes.iter().filter_map(|change| decision.kind.refusal(change, live));
    let refusals: Vec<_> = refusals.chain(decision.regions_in_use(live, seen.graph, seen.snapshot)).collect();
    let emptying = decision.kind.emptying();
    let way = rollout::choose(&changes, live, wishes.rollout, emptying, seen.options);
    let replaces =
        matches!(way, Way::Replace) || changes.iter().any(|change| change.forces == Forces::Replace);
    // What is held back is shown, and not written.
    let held = matches!(way, Way::Hold);
    let differs = changes.iter().any(|change| !held || !rollout::needs_zero_nodes(change));
    decision.changes = changes;
    decision.rolls = matches!(way, Way::Roll);
    for refusal in &refusals {
        for way_out in &refusal.ways_out {
            if !decision.ways_out.contains(way_out) {
                decision.ways_out.push(way_out.clone());
            }
        }
    }
    if !refusals.is_empty() {
        let mut reasons: Vec<String> = refusals.into_iter().map(|refusal| refusal.reason).collect();
        reasons.dedup();
        decision.action = Action::Blocked;
        decision.reasons = reasons;
        return decision;
    }
    if let Way::Refused(why, way_out) = way {
        return decision.block(why, way_out);
    }
    if replaces && wishes.protect {
        return decision
            .block("the change would replace it, and it says `protect: true`", "take `protect` away first");
    }
    if replaces && !owned {
        return decision
            .block("the change would replace it, and this stack has not made it", "give yours another name");
    }
    if replaces {
        if let (Some(emptying), Some(desired)) = (emptying, decision.desired.as_mut()) {
            emptying.give_size(&mut desired.body, live);
            // What the file leaves alone is as it was.
            desired.body = whole(seen.trees.get(decision.kind.name()), &desired.body, &live.body);
            emptying.remember(&mut desired.body, &Memory::default());
        }
        let reason = match way {
            Way::Replace => "`strategy: replace` deletes it with its tasks, and makes it again",
            _ => "Azure cannot change this in place",
        };
        return decision.act(Action::Replace, reason);
    }
    if let Some(emptying) = emptying.filter(|_| decision.rolls) {
        decision.course = rollout::course(&decision, live, wishes.rollout, emptying);
    }
    if !owned {
        decision.changes.extend(marks);
        return decision.act(Action::Adopt, "`adopt: true` takes it over");
    }
    match (differs, held) {
        (true, false) => decision.act(Action::Update, "it differs"),
        (true, true) => decision.act(
            Action::Update,
            "it differs; what Azure takes only with zero nodes is held (`strategy: hold`)",
        ),
        (false, true) => {
            decision.act(Action::Hold, "Azure takes this only with zero nodes, and `strategy: hold` holds it")
        }
        (false, false) => readiness(decision, live, seen.snapshot, notes),
    }
}

/// Equal is not ready: what is unfinished is awaited, what has failed is tried again.
fn readiness(decision: Decision, live: &Live, snapshot: &Snapshot, notes: &mut Vec<Note>) -> Decision {
    let Some(desired) = decision.desired.as_ref() else { return decision };
    let waypoints = decision.kind.waypoints(Target::of(desired, Some(live)), snapshot);
    let mut pending = None;
    let mut stuck = false;
    for waypoint in &waypoints {
        match judge(waypoint, Some(live)) {
            Judgement::Failed(why) => return decision.act(Action::Retry, why),
            Judgement::NotYet(progress) => {
                stuck |= is_stuck(waypoint, decision.kind, live);
                pending.get_or_insert(format!("{}: {}", waypoint.milestone, progress.words));
            }
            Judgement::Met(Some(worth_telling)) => notes.push(Note {
                address: Some(decision.address.clone()),
                kind: NoteKind::Remark,
                text: worth_telling,
                place: decision.place,
            }),
            Judgement::Met(None) | Judgement::Unknown => {}
        }
    }
    let remembers = decision.kind.emptying().is_some_and(|it| it.memory(live) != Memory::default());
    match pending {
        None if remembers => decision.act(Action::Update, "it still remembers a rollout that is over"),
        None => decision,
        Some(what) if stuck => decision.act(Action::Retry, what),
        Some(what) if remembers => decision.act(Action::Update, format!("its rollout is not over: {what}")),
        Some(what) => decision.act(Action::Await, what),
    }
}

/// Whether what is unmet will not come by itself. What a companion tells (nodes that boot) goes on while the resource
/// itself is at rest.
pub(crate) fn is_stuck(waypoint: &Waypoint, kind: &dyn Planning, live: &Live) -> bool {
    !waypoint.on_companion && kind.at_rest(live)
}

/// What a live resource says about a waypoint of its kind.
pub(crate) fn judge(waypoint: &Waypoint, live: Option<&Live>) -> Judgement {
    match live {
        Some(Live { companion: None, .. }) if waypoint.on_companion => Judgement::Unknown,
        Some(Live { companion: Some(companion), .. }) if waypoint.on_companion => {
            waypoint.wait.until.judge(Some(companion))
        }
        live => waypoint.wait.until.judge(live.map(|live| &live.body)),
    }
}

fn differences(decision: &Decision, live: &Live, trees: &Trees) -> Differences {
    let Some(desired) = decision.desired.as_ref() else { return Differences::default() };
    let (kind, body) = (decision.kind, &desired.body);
    let mut found = compare(trees.get(kind.name()), body, &live.body, &desired.places, desired.place);
    // What calls alone change, and none would, is as the file says, in other words of Azure's.
    if kind.calls(&decision.id, Some(body), Some(live)).is_empty() {
        found.changes.retain(|change| !kind.is_called(change, body) || kind.refusal(change, live).is_some());
    }
    found
}

/// Whose a live resource is, by the mark on it.
pub(crate) fn ownership(owner: &Owner, kind: &dyn Planning, live: &Live) -> Ownership {
    match kind.derived_name(owner, live) {
        Some(name) if name.eq_ignore_ascii_case(live.id.name()) => Ownership::Ours,
        Some(_) => Ownership::NotOurs,
        None => owner.ownership(&live.id, kind.mark_home().read(&live.body)),
    }
}

/// Whose it is that is not ours: another stack's, by the mark on it, or nobody's that is known.
fn owner_of(kind: &dyn Planning, live: &Live) -> String {
    let other = kind.mark_home().read(&live.body).and_then(|mark| mark::owner_of(mark, &live.id));
    other.map_or_else(
        || "this stack does not own it".to_owned(),
        |other| format!("it belongs to the stack {other}"),
    )
}

pub(crate) fn is_mark(change: &Change) -> bool {
    let home = change.property.strip_prefix("tags").or_else(|| change.property.strip_prefix("metadata"));
    home.and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split(']').next()) == Some(mark::KEY)
}
