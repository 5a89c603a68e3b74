//! How a stack is now, beside what is wanted. No pass of a plan: it reads what one has decided, and decides nothing.
//! What is ready, what has failed and what is wanted is judged where planning judges it.

use serde_json::Value;

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph, Need, Until};
use crate::model::kind::{Detail, DetailOf, Planning, Target, Waypoint};
use crate::model::plan::{Action, Plan, Planned};
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::status::{
    Allocation, NodesByState, NowAndWanted, PoolStatus, Presence, RegionState, RegionStatus, ResourceStatus,
    Status, VersionStatus,
};
use crate::model::step::Milestone;
use crate::model::wait::{Condition, Judgement};
use crate::plan::decide::judge;
use crate::plan::resolve::{region_of, replicas, resolve};
use crate::plan::{Trees, blue_green, other_regions};

/// Whether it is an image version: what a read of the newest ones tells more is how far their regions are.
fn is_replicated(kind: &dyn Planning) -> bool {
    matches!(kind.detail(), Some(Detail { of: DetailOf::Newest, .. }))
}

/// Says how everything is that the plan of these files is about, and the image versions that they refer to.
pub fn status(graph: &Graph, snapshot: &Snapshot, plan: &Plan) -> Status {
    let (graph, _) = other_regions::keep(graph, snapshot);
    let graph = graph.as_ref();
    let arranged = blue_green::arrange(graph, snapshot, &Trees::of(graph));
    let (graph, snapshot) =
        arranged.as_ref().map_or((graph, snapshot), |arranged| (&arranged.graph, &arranged.snapshot));
    let mut status = Status {
        stack: plan.stack.clone(),
        versions: Vec::new(),
        pools: Vec::new(),
        others: Vec::new(),
        unreadable: unreadable(snapshot),
    };
    let mut planned: Vec<&Planned> = plan.resources.iter().collect();
    planned.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
    for planned in planned {
        let Some(kind) = graph.kinds.iter().find(|kind| kind.name() == planned.address.kind()) else {
            continue;
        };
        let desired = graph.desired.get(&planned.address).filter(|desired| !desired.wishes.remove);
        let wanted = desired.map(|desired| wanted(desired, graph, snapshot));
        let live = match &wanted {
            Some(wanted) => snapshot.live(&wanted.address),
            None => snapshot.all_of(kind.name()).find(|live| live.id == planned.id),
        };
        let waits = wanted
            .iter()
            .filter(|_| writes(planned.action))
            .flat_map(|wanted| wanted.needs.iter().filter_map(|need| unready(need, graph, snapshot)));
        let resource = ResourceStatus {
            address: planned.address.clone(),
            id: planned.id.clone(),
            presence: presence(&planned.address, live, snapshot),
            action: planned.action,
            reasons: planned.reasons.iter().cloned().chain(waits).collect(),
            differs: planned.changes.iter().map(|change| change.property.clone()).collect(),
        };
        let seen = Seen { kind: *kind, wanted: wanted.as_ref(), live, snapshot };
        if kind.emptying().is_some() {
            status.pools.push(seen.pool(resource));
        } else if is_replicated(*kind) {
            status.versions.push(seen.version(resource));
        } else {
            status.others.push(resource);
        }
    }
    for (address, referenced) in &graph.referenced {
        let Some(kind) = referenced.kind.filter(|kind| is_replicated(*kind)) else { continue };
        let live = snapshot.live(address);
        let resource = ResourceStatus {
            address: address.clone(),
            id: referenced.id.clone(),
            presence: presence(address, live, snapshot),
            action: Action::Nothing,
            reasons: Vec::new(),
            differs: Vec::new(),
        };
        status.versions.push(Seen { kind, wanted: None, live, snapshot }.version(resource));
    }
    status
}

/// What an entry asks for, with what planning fills in.
fn wanted(desired: &Desired, graph: &Graph, snapshot: &Snapshot) -> Desired {
    let mut wanted = desired.clone();
    resolve(&mut wanted, graph, snapshot);
    if let (Some(emptying), Some(live)) = (wanted.kind.emptying(), snapshot.live(&wanted.address)) {
        emptying.recall(&mut wanted.body, live);
    }
    wanted
}

fn writes(action: Action) -> bool {
    matches!(action, Action::Create | Action::Update | Action::Replace | Action::Adopt)
}

/// What keeps something from being written: that another is not ready in its region.
fn unready(need: &Need, graph: &Graph, snapshot: &Snapshot) -> Option<String> {
    let Until::ReadyIn(region) = &need.until else { return None };
    let region = region_of(region, graph, snapshot)?;
    let live = snapshot.live(&need.on);
    let waypoints = match (graph.desired.get(&need.on), live) {
        (Some(desired), live) => desired.kind.waypoints(Target::of(desired, live), snapshot),
        (None, Some(live)) => {
            let kind = graph.referenced.get(&need.on)?.kind?;
            kind.waypoints(Target { id: &live.id, body: &live.body, live: Some(live) }, snapshot)
        }
        (None, None) => return None,
    };
    let here = waypoints.iter().find(|waypoint| waypoint.milestone == Milestone::Region(region.clone()))?;
    let ready = matches!(judge(here, live), Judgement::Met(_) | Judgement::Unknown);
    (!ready).then(|| format!("it waits for {} in {region}", need.on))
}

fn presence(address: &Address, live: Option<&Live>, snapshot: &Snapshot) -> Presence {
    match snapshot.resources.get(address) {
        _ if live.is_some() => Presence::Present,
        Some(Observed::Unreadable(why)) => Presence::Unreadable(why.clone()),
        _ => Presence::Absent,
    }
}

fn unreadable(snapshot: &Snapshot) -> Vec<String> {
    let resources = snapshot.resources.iter().filter_map(|(address, observed)| match observed {
        Observed::Unreadable(why) => Some(format!("{address}: {why}")),
        Observed::Present(_) | Observed::Absent => None,
    });
    let lists = snapshot.unreadable.iter().map(|gap| format!("{}: {}", gap.what, gap.why));
    resources.chain(lists).collect()
}

/// One resource, as wanted and as it is.
struct Seen<'a> {
    kind: &'static dyn Planning,
    wanted: Option<&'a Desired>,
    live: Option<&'a Live>,
    snapshot: &'a Snapshot,
}

impl Seen<'_> {
    /// The waypoints of what is wanted, and those of what is live.
    fn waypoints(&self) -> (Vec<Waypoint>, Vec<Waypoint>) {
        let of = |target: Target<'_>| self.kind.waypoints(target, self.snapshot);
        let wanted = self.wanted.map(|wanted| of(Target::of(wanted, self.live)));
        let live = self.live.map(|live| of(Target { id: &live.id, body: &live.body, live: Some(live) }));
        (wanted.unwrap_or_default(), live.unwrap_or_default())
    }

    fn version(&self, resource: ResourceStatus) -> VersionStatus {
        let (wanted, live) = self.waypoints();
        let mut regions: Vec<RegionStatus> = Vec::new();
        for waypoint in wanted.iter().chain(&live) {
            let Milestone::Region(region) = &waypoint.milestone else { continue };
            if !regions.iter().any(|known| known.region == *region) {
                regions.push(self.region(region, waypoint));
            }
        }
        VersionStatus { resource, regions }
    }

    fn region(&self, region: &str, waypoint: &Waypoint) -> RegionStatus {
        let replicas = NowAndWanted {
            now: self.live.and_then(|live| replicas(&live.body, region)),
            wanted: self.wanted.and_then(|wanted| replicas(&wanted.body, region)),
        };
        // Azure was not told yet that there shall be any.
        let is_new = replicas.now.is_none() && replicas.wanted.is_some();
        let (state, percent) = match judge(waypoint, self.live) {
            _ if self.live.is_none() || is_new => (RegionState::Absent, None),
            Judgement::Met(_) => (RegionState::Ready, Some(100)),
            Judgement::NotYet(progress) => (RegionState::Replicating(progress.words), progress.percent),
            Judgement::Failed(why) => (RegionState::Failed(why), None),
            Judgement::Unknown => (RegionState::NotAsked, None),
        };
        RegionStatus { region: region.to_owned(), state, percent, replicas }
    }

    fn pool(&self, resource: ResourceStatus) -> PoolStatus {
        let uses = |live: &Live| self.kind.uses(live).into_iter().next();
        let as_live =
            |wanted: &Desired| Live { id: wanted.id.clone(), body: wanted.body.clone(), companion: None };
        let image = NowAndWanted {
            now: self.live.and_then(uses),
            wanted: self.wanted.and_then(|wanted| uses(&as_live(wanted))),
        };
        let (_, told) = self.waypoints();
        let errors = self
            .live
            .into_iter()
            .flat_map(|live| told.iter().flat_map(move |waypoint| waypoint.wait.until.errors_of(&live.body)));
        PoolStatus {
            resource,
            image,
            allocation: self.live.map(allocation),
            nodes: self.live.and_then(|live| live.companion.as_ref()).map(nodes),
            resize_errors: errors.collect(),
            nodes_to_go: self.nodes_to_go(),
        }
    }

    /// A pool that was told to be empty, is not yet, and shall not stay so.
    fn nodes_to_go(&self) -> Option<u64> {
        let (wanted, live, emptying) = (self.wanted?, self.live?, self.kind.emptying()?);
        let stays_empty = matches!(Condition::ToldToBeEmpty.judge(Some(&wanted.body)), Judgement::Met(_));
        (emptying.is_under_way(live) && !stays_empty).then(|| emptying.nodes(live))
    }
}

fn allocation(live: &Live) -> Allocation {
    let text = live.body.pointer("/properties/allocationState").and_then(Value::as_str);
    let count = |at: String| live.body.pointer(&at).and_then(Value::as_u64);
    let nodes = |current: &str, target: &str| NowAndWanted {
        now: count(format!("/properties/{current}")).or(Some(0)),
        // A formula's wish is in the resize that it began.
        wanted: count(format!("/properties/scaleSettings/fixedScale/{target}"))
            .or_else(|| count(format!("/properties/resizeOperationStatus/{target}"))),
    };
    Allocation {
        state: text.unwrap_or("unknown").to_lowercase(),
        dedicated: nodes("currentDedicatedNodes", "targetDedicatedNodes"),
        spot: nodes("currentLowPriorityNodes", "targetLowPriorityNodes"),
    }
}

fn nodes(counts: &Value) -> NodesByState {
    let side = |name: &str| {
        let states = counts.get(name).and_then(Value::as_object).into_iter().flatten();
        let states = states.filter(|(state, _)| *state != "total");
        let counted = states.filter_map(|(state, count)| Some((state.clone(), count.as_u64()?)));
        counted.filter(|(_, count)| *count > 0).collect()
    };
    NodesByState { dedicated: side("dedicated"), spot: side("lowPriority") }
}
