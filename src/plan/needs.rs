//! What a resource needs, and who uses it: what is not there and will not come, and what boots in a region.
//! Finds, and decides nothing.

use crate::model::address::Address;
use crate::model::desired::{Graph, Until};
use crate::model::kind::{Planning, Target};
use crate::model::plan::Action;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::step::Milestone;
use crate::model::tenant::{plainly, way_to_read};
use crate::model::wait::{Condition, Judgement};
use crate::plan::decide::Decision;
use crate::plan::resolve::{is_eligible, region_of};

/// The first thing a resource needs that is not there and will not come.
pub(super) fn unmet_need<'a>(
    decision: &Decision,
    graph: &Graph,
    snapshot: &Snapshot,
    decided: impl Fn(&Address) -> Option<&'a Decision>,
) -> Option<(String, String)> {
    let desired = decision.desired.as_ref()?;
    for need in &desired.needs {
        if need.until == Until::SettledToCreate
            && !matches!(decision.action, Action::Create | Action::Replace)
        {
            continue;
        }
        let other = decided(&need.on);
        let there =
            other.map_or_else(|| snapshot.live(&need.on).is_some(), |other| other.will_exist(snapshot));
        let creates = matches!(decision.action, Action::Create | Action::Replace);
        let blocked = other.is_some_and(|other| other.action == Action::Blocked);
        if !there || (creates && blocked) {
            let unreadable = match snapshot.resources.get(&need.on) {
                Some(Observed::Unreadable(why)) => Some(why),
                _ => None,
            };
            return Some(match (other, unreadable) {
                (Some(_), _) => {
                    (format!("it needs {}, which is blocked", need.on), format!("unblock {} first", need.on))
                }
                (None, Some(why)) => (
                    format!("it needs {}, which could not be read: {}", need.on, plainly(why)),
                    way_to_read(why),
                ),
                (None, None) => (
                    format!("it needs {}, which does not exist", need.on),
                    "make it first, or correct the reference".to_owned(),
                ),
            });
        }
        if let Some((said, live)) = misplaced(&need.on, graph, snapshot) {
            return Some((
                format!("the file says that {} is in {said}, and Azure says {live}", need.on),
                format!("correct its `location` to {live}"),
            ));
        }
        if let Until::ReadyIn(region) = &need.until {
            let Some(region) = region_of(region, graph, snapshot) else {
                return Some((
                    format!("the region in which it needs {} is not known", need.on),
                    "write the account's `location`".to_owned(),
                ));
            };
            if !has_region(other, &need.on, graph, snapshot, &region) {
                return Some((
                    format!("{} has no replicas in {region}", need.on),
                    format!("add `- {{ name: {region} }}` to its targetRegions"),
                ));
            }
        }
    }
    None
}

/// What in a region rests on the replicas that a version has there, in words, and until when they have to stay.
pub(crate) fn user_in(
    kind: &dyn Planning,
    version: &Live,
    region: &str,
    graph: &Graph,
    snapshot: &Snapshot,
) -> Option<(String, String)> {
    let is_here = |live: &Live| {
        // A pool is where its account is.
        let account = live.id.parent();
        let ids = graph.referenced.iter().map(|(address, other)| (address, &other.id));
        let mut ids = ids.chain(graph.desired.iter().map(|(address, other)| (address, &other.id)));
        let named = ids.find(|(_, id)| Some(*id) == account.as_ref());
        let named = named.and_then(|(address, _)| snapshot.live(address));
        let mut read = snapshot.consumers.iter().flat_map(|consumers| &consumers.containers);
        let account = named.or_else(|| read.find(|other| Some(&other.id) == account.as_ref()));
        let location = account.unwrap_or(live).location();
        location.is_some_and(|location| region::same(location, region))
    };
    let user_of = |used: &ResourceId| {
        graph.kinds.iter().find_map(|kind| {
            let mut users = snapshot.anywhere(kind.name()).filter(|live| kind.uses(live).contains(used));
            users.find(|live| is_here(live)).map(|live| live.id.called(kind.name()))
        })
    };
    if let Some(user) = user_of(&version.id) {
        let until = format!("nothing boots from it in {region}");
        return Some((format!("{user} boots from its replicas in {region}"), until));
    }
    // Whoever leaves the choice to Azure boots another one, if there is another.
    let image = version.id.parent().filter(|_| is_eligible(&version.body, region))?;
    let user = user_of(&image)?;
    let others = snapshot.all_of(kind.name()).filter(|live| live.id.is_child_of(&image));
    if others.filter(|live| live.id != version.id).any(|live| remains_in(live, region, graph)) {
        return None;
    }
    let name = image.name();
    let reason = format!("{user} boots whichever of {name} is in {region}, and this is the last there");
    Some((reason, format!("another version is complete in {region}")))
}

/// Whether a version may be chosen as the latest in a region, now and when the files are carried out.
fn remains_in(live: &Live, region: &str, graph: &Graph) -> bool {
    let wanted = graph.desired.values().find(|wanted| wanted.id == live.id);
    let stays = wanted.is_none_or(|wanted| !wanted.wishes.remove && is_eligible(&wanted.body, region));
    let settled = Condition::Settled.judge(Some(&live.body));
    stays && matches!(settled, Judgement::Met(_)) && is_eligible(&live.body, region)
}

/// Where a file says that something it refers to is, and where that really is.
fn misplaced<'a>(on: &Address, graph: &'a Graph, snapshot: &'a Snapshot) -> Option<(&'a str, &'a str)> {
    let said = graph.referenced.get(on)?.location.as_deref()?;
    let live = snapshot.live(on)?.location()?;
    (!region::same(said, live)).then_some((said, live))
}

/// Whether a needed resource will be, or is, complete in a region.
fn has_region(
    other: Option<&Decision>,
    on: &Address,
    graph: &Graph,
    snapshot: &Snapshot,
    region: &str,
) -> bool {
    let live = snapshot.live(on);
    let waypoints = if let Some(desired) = other.and_then(|other| other.desired.as_ref()) {
        desired.kind.waypoints(Target::of(desired, live), snapshot)
    } else {
        let Some((kind, live)) = graph.referenced.get(on).and_then(|to| to.kind).zip(live) else {
            return true;
        };
        kind.waypoints(Target { id: &live.id, body: &live.body, live: Some(live) }, snapshot)
    };
    // A kind without regions is ready everywhere at once.
    let mut regions = waypoints.iter().filter_map(|waypoint| match &waypoint.milestone {
        Milestone::Region(name) => Some(name.as_str()),
        _ => None,
    });
    let mut any = false;
    regions.any(|name| {
        any = true;
        name == region
    }) || !any
}
