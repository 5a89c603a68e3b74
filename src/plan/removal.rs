//! Finds what this stack owns and no longer wants, and makes sure that nobody still needs it.
//! Removes nothing that bears no mark of ours, that is in use, or that is protected.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph};
use crate::model::kind::Planning;
use crate::model::mark::Ownership;
use crate::model::plan::{Action, Note, NoteKind};
use crate::model::resource_id::ResourceId;
use crate::model::retention::Retention;
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::tenant::{plainly, way_to_read};
use crate::plan::Goal;
use crate::plan::decide::{Decision, ownership};
use crate::plan::holds::{Holds, containers};

/// Adds a decision for everything of ours that shall go.
pub(crate) fn remove(
    graph: &Graph,
    snapshot: &Snapshot,
    goal: Goal,
    staying: &BTreeSet<ResourceId>,
    decisions: &mut Vec<Decision>,
    notes: &mut Vec<Note>,
) {
    let named = Named::of(graph);
    let mut leaving = Vec::new();
    for kind in graph.kinds {
        for live in snapshot.all_of(kind.name()) {
            if ownership(&graph.owner, *kind, live) == Ownership::Ours && !staying.contains(&live.id) {
                leaving.extend(candidate(&named, *kind, live, goal, notes));
            }
        }
    }
    leaving.sort_by(|a, b| a.id.cmp(&b.id));
    tell_apart(&mut leaving, graph);
    if goal == Goal::Destroy {
        leaving.extend(unreadable(graph, snapshot));
    }
    // What stays keeps what it uses and what contains it; what is kept that way may keep others in turn.
    let holds = Holds::of(graph, snapshot);
    let mut kept: BTreeSet<ResourceId> = BTreeSet::new();
    loop {
        let going: BTreeSet<ResourceId> = leaving
            .iter()
            .filter(|decision| decision.action == Action::Delete)
            .map(|decision| decision.id.clone())
            .filter(|id| !kept.contains(id))
            .collect();
        let mut changed = false;
        for decision in leaving.iter_mut().filter(|decision| decision.action == Action::Delete) {
            if let Some(reason) = holds.why(decision, goal, &going) {
                kept.insert(decision.id.clone());
                decision.action = Action::Blocked;
                decision.reasons = vec![reason];
                let way_out = match goal {
                    Goal::Apply => "remove what uses it first, or leave it in the files",
                    Goal::Destroy => "remove what uses it first, and run it again",
                };
                decision.ways_out = vec![way_out.to_owned()];
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let places: BTreeMap<Address, usize> =
        decisions.iter().enumerate().map(|(at, decision)| (decision.address.clone(), at)).collect();
    for decision in leaving {
        match places.get(&decision.address) {
            Some(at) => decisions[*at] = decision,
            None => decisions.push(decision),
        }
    }
}

/// Of what goes, what must be gone before what: what uses a resource, or is inside it, stands second.
pub(crate) fn order<'a>(decisions: &'a [Decision], snapshot: &Snapshot) -> Vec<(&'a Address, &'a Address)> {
    let going = || decisions.iter().filter(|decision| decision.action == Action::Delete);
    let by_id: BTreeMap<&ResourceId, &Address> =
        going().map(|decision| (&decision.id, &decision.address)).collect();
    let mut edges = Vec::new();
    for other in going() {
        let mut of = other.live(snapshot).map(|live| other.kind.uses(live)).unwrap_or_default();
        of.extend(containers(&other.id));
        of.extend(other.id.attached_to());
        edges.extend(of.iter().filter_map(|id| by_id.get(id)).map(|address| (*address, &other.address)));
    }
    edges
}

/// The decision about one live resource of ours: going, kept by its protection, or none because it stays.
fn candidate(
    named: &Named<'_>,
    kind: &'static dyn Planning,
    live: &Live,
    goal: Goal,
    notes: &mut Vec<Note>,
) -> Option<Decision> {
    let desired = named.desired.get(&live.id).copied();
    let address = desired.map_or_else(|| named.address_of(kind, live), |desired| desired.address.clone());
    let meant = desired.or_else(|| named.twin(kind, live));
    let wishes = meant.map(|desired| desired.wishes).unwrap_or_default();
    let reason = match (goal, desired) {
        (Goal::Destroy, _) => "destroy removes what the stack owns",
        (Goal::Apply, Some(_)) if wishes.remove => "`remove: true`",
        (Goal::Apply, Some(_)) => return None,
        (Goal::Apply, None) if kind.removed_by_absence() => {
            "the stack owns it, and it is no longer in the files"
        }
        // What goes of it, and why the rest does not, is said where its age is looked at.
        (Goal::Apply, None) if named.ages(&live.id) => return None,
        (Goal::Apply, None) => {
            notes.push(Note {
                address: Some(address),
                kind: NoteKind::LeftAlone,
                text: "the stack owns it, and it is not in the files; it is removed only by `remove: true`"
                    .to_owned(),
                place: None,
            });
            return None;
        }
    };
    let mut decision = Decision {
        address,
        kind,
        id: live.id.clone(),
        place: desired.map(|desired| desired.place),
        action: Action::Delete,
        reasons: vec![reason.to_owned()],
        ways_out: Vec::new(),
        changes: Vec::new(),
        course: Vec::new(),
        rolls: false,
        repairs: Vec::new(),
        until: None,
        desired: None,
    };
    if wishes.protect {
        decision.action = Action::Blocked;
        decision.reasons = vec!["it says `protect: true`".to_owned()];
        decision.ways_out = vec!["take `protect` away first".to_owned()];
    }
    Some(decision)
}

/// What the files hold and nobody can say whether it is there: destroying cannot promise to leave nothing of it.
fn unreadable(graph: &Graph, snapshot: &Snapshot) -> Vec<Decision> {
    let may_be_ours = graph.desired.values().filter(|desired| desired.kind.brought_about_by().is_none());
    let unread = may_be_ours.filter_map(|desired| match snapshot.resources.get(&desired.address) {
        Some(Observed::Unreadable(why)) => Some((desired, why)),
        _ => None,
    });
    let blocked = unread.map(|(desired, why)| Decision {
        address: desired.address.clone(),
        kind: desired.kind,
        id: desired.id.clone(),
        place: Some(desired.place),
        action: Action::Blocked,
        reasons: vec![format!("it could not be read, so it may or may not exist: {}", plainly(why))],
        ways_out: vec![way_to_read(why)],
        changes: Vec::new(),
        course: Vec::new(),
        rolls: false,
        repairs: Vec::new(),
        until: None,
        desired: None,
    });
    blocked.collect()
}

/// What the files name, by id.
pub(crate) struct Named<'a> {
    desired: BTreeMap<&'a ResourceId, &'a Desired>,
    addresses: BTreeMap<&'a ResourceId, &'a Address>,
    retention: &'a BTreeMap<Address, Retention>,
}

impl<'a> Named<'a> {
    pub(crate) fn of(graph: &'a Graph) -> Self {
        let desired = graph.desired.values().map(|desired| (&desired.id, &desired.address));
        let referenced = graph.referenced.iter().map(|(address, referenced)| (&referenced.id, address));
        Self {
            desired: graph.desired.values().map(|desired| (&desired.id, desired)).collect(),
            addresses: referenced.chain(desired).collect(),
            retention: &graph.retention,
        }
    }

    /// The entry that a live resource of another name stands for.
    fn twin(&self, kind: &dyn Planning, live: &Live) -> Option<&'a Desired> {
        let name = kind.twins()?.stands_for(live)?;
        let id = live.id.parent()?.child(kind.azure_type().rsplit('/').next()?, name);
        self.desired.get(&id).copied()
    }

    /// Whether it goes for its age.
    fn ages(&self, id: &ResourceId) -> bool {
        let parent = id.parent().and_then(|parent| self.addresses.get(&parent).copied());
        parent.is_some_and(|parent| self.retention.contains_key(parent))
    }

    /// The address of something that no file holds: under the name by which the files know what it is inside, else
    /// under Azure's names.
    pub(crate) fn address_of(&self, kind: &dyn Planning, live: &Live) -> Address {
        let (id, own) = (&live.id, kind.called(live));
        let parent = id.parent().or_else(|| id.attached_to());
        match parent.as_ref().and_then(|parent| self.addresses.get(parent)) {
            Some(address) => Address::new(kind.name(), [address.name(), own.as_str()]),
            None if kind.is_attached() => {
                Address::new(kind.name(), [id.scope().trim_start_matches('/'), own.as_str()])
            }
            None => Address::new(kind.name(), id.names()),
        }
    }
}

/// Resources in two resource groups may bear one name; an address is of one. What the files hold keeps its address.
fn tell_apart(leaving: &mut [Decision], graph: &Graph) {
    let mut taken: BTreeSet<Address> = BTreeSet::new();
    for decision in leaving {
        let is_taken = |address: &Address| {
            taken.contains(address) || graph.id(address).is_some_and(|id| *id != decision.id)
        };
        if is_taken(&decision.address) {
            let kind = decision.kind.name();
            let (subscription, group) = (decision.id.subscription(), decision.id.group());
            let in_group = Address::new(kind, [group].into_iter().chain(decision.id.names()));
            let in_subscription =
                Address::new(kind, [subscription, group].into_iter().chain(decision.id.names()));
            decision.address = if is_taken(&in_group) { in_subscription } else { in_group };
        }
        taken.insert(decision.address.clone());
    }
}
