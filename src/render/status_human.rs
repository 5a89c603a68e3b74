//! How a stack is, for people: what is there, what is wanted beside it, and what is waited for.
//! Prints nothing; returns text. The words are complete without colour.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::plan::Action;
use crate::model::resource_id::ResourceId;
use crate::model::status::{
    Allocation, NodesByState, NowAndWanted, PoolStatus, Presence, RegionState, RegionStatus, ResourceStatus,
    Status, VersionStatus,
};
use crate::render::plan_human::{action_painted, counted, sign};
use crate::render::style::{Paint, clean, wrapped};
use crate::render::table::{Cell, Row, paragraph, table};

/// The whole stack.
pub fn status(status: &Status, paint: Paint, width: usize) -> String {
    let mut text = String::new();
    let mut section = |heading: &str, columns: &[&str], rows: Vec<Row>| {
        if !rows.is_empty() {
            let _ = writeln!(text, "{}\n{}", paint.bold(heading), table(columns, &rows, paint, width));
        }
    };
    let columns = ["VERSION", "REGION", "STATE", "%", "REPLICAS"];
    section("Image versions", &columns, status.versions.iter().flat_map(version).collect());
    let columns = ["POOL", "IMAGE", "ALLOCATION", "NODES", "BY STATE"];
    section("Pools", &columns, status.pools.iter().map(pool).collect());
    let unfinished = status.others.iter().filter(|other| other.action != Action::Nothing);
    let others = unfinished.map(|other| {
        let cells = vec![Cell::plain(clean(other.address.as_str())), standing(other)];
        Row { cells, below: Vec::new() }
    });
    section("Others", &["RESOURCE", "STATE"], others.collect());
    if !status.unreadable.is_empty() {
        let _ = writeln!(text, "{}", paint.bold("Could not be read"));
        for gap in &status.unreadable {
            paragraph(&mut text, &Cell::plain(clean(gap)), paint, width);
        }
        text.push('\n');
    }
    for line in wrapped(&summary(status), width) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn summary(status: &Status) -> String {
    let versions = status.versions.iter().map(|version| &version.resource);
    let pools = status.pools.iter().map(|pool| &pool.resource);
    let actions: Vec<Action> =
        versions.chain(pools).chain(&status.others).map(|resource| resource.action).collect();
    let count = |wanted: fn(&Action) -> bool| actions.iter().filter(|action| wanted(action)).count();
    let waiting = count(|action| *action == Action::Await);
    let pending = count(|action| !matches!(action, Action::Await | Action::Nothing));
    let ready = actions.len() - waiting - pending;
    let mut parts = vec![format!("{} as written and ready", counted(ready, "resource is", "resources are"))];
    if waiting > 0 {
        parts.push(format!("{waiting} on the way"));
    }
    if pending > 0 {
        parts.push(format!("{pending} not as written (`plan` tells more)"));
    }
    format!("{}.", parts.join(", "))
}

fn version(version: &VersionStatus) -> Vec<Row> {
    let VersionStatus { resource, regions } = version;
    let name = || Cell::plain(clean(resource.address.name()));
    let mut rows: Vec<Row> = regions
        .iter()
        .map(|region| {
            let RegionStatus { region: place, state, percent, replicas } = region;
            let percent = percent.map(|percent| percent.to_string()).unwrap_or_default();
            let replicas = change(replicas.now, replicas.wanted, |count: &u64| count.to_string());
            let (state, said) = region_state(state);
            let told = |why: &&str| !resource.reasons.iter().any(|reason| reason.contains(*why));
            let cells =
                vec![name(), Cell::plain(clean(place)), state, Cell::plain(percent), Cell::plain(replicas)];
            let below = said.filter(told).map(|why| Cell::plain(clean(why)));
            Row { cells, below: below.into_iter().collect() }
        })
        .collect();
    if rows.is_empty() {
        let state = Cell::plain(presence(&resource.presence));
        rows.push(Row { cells: vec![name(), Cell::plain(""), state], below: Vec::new() });
    }
    // The regions tell already what is waited for.
    let shown = regions.iter().any(|region| matches!(region.state, RegionState::Replicating(_)));
    let says_more = resource.action != Action::Nothing && !(shown && resource.action == Action::Await);
    if let Some(last) = rows.last_mut().filter(|_| says_more) {
        last.below.push(standing(resource));
    }
    rows
}

/// The state as a cell, and what there is to say beside it.
fn region_state(state: &RegionState) -> (Cell, Option<&str>) {
    match state {
        RegionState::Absent => (Cell::plain("not there"), None),
        RegionState::Ready => (Cell::painted("ready", Paint::added), None),
        RegionState::Replicating(words) => {
            let said = Some(words.as_str()).filter(|words| *words != "replicating");
            (Cell::painted("replicating", Paint::changed), said)
        }
        RegionState::Failed(why) => (Cell::painted("failed", Paint::removed), Some(why)),
        RegionState::NotAsked => (Cell::plain("settled"), None),
    }
}

fn pool(pool: &PoolStatus) -> Row {
    let PoolStatus { resource, image, allocation, nodes, resize_errors, nodes_to_go } = pool;
    let state = match allocation {
        Some(Allocation { state, .. }) => clean(state),
        None => presence(&resource.presence).to_owned(),
    };
    let by_state = match (nodes, allocation) {
        (Some(nodes), _) => nodes_by_state(nodes),
        (None, Some(_)) => "not counted".to_owned(),
        (None, None) => String::new(),
    };
    let cells = vec![
        Cell::plain(clean(resource.address.name())),
        Cell::plain(clean(&images(image))),
        Cell::plain(state),
        Cell::plain(allocation.as_ref().map(node_counts).unwrap_or_default()),
        Cell::plain(clean(&by_state)),
    ];
    let mut below = Vec::new();
    for error in resize_errors.iter().map(ToString::to_string) {
        if !resource.reasons.iter().any(|reason| reason.contains(&error)) {
            below.push(Cell::painted(format!("resize error: {}", clean(&error)), Paint::removed));
        }
    }
    if let Some(nodes) = nodes_to_go {
        let left = counted(usize::try_from(*nodes).unwrap_or(usize::MAX), "node", "nodes");
        below.push(Cell::painted(
            format!("rollout: {left} left, and it is changed when there is none"),
            Paint::changed,
        ));
    }
    if resource.action != Action::Nothing {
        below.push(standing(resource));
    }
    Row { cells, below }
}

/// What a plan would do, and why.
fn standing(resource: &ResourceStatus) -> Cell {
    let reasons = resource.reasons.iter().map(|reason| clean(reason)).collect::<Vec<_>>().join("; ");
    let mut text = format!("{}: {reasons}", sign(resource.action).1);
    if !resource.differs.is_empty() {
        let differs: Vec<String> = resource.differs.iter().map(|name| format!("`{}`", clean(name))).collect();
        let _ = write!(text, ": {}", differs.join(", "));
    }
    Cell::painted(
        text,
        match resource.action {
            Action::Create => |paint, text| action_painted(Action::Create, text, paint),
            Action::Delete | Action::Replace | Action::Blocked => Paint::removed,
            Action::Nothing => |_, text| text.to_owned(),
            _ => Paint::changed,
        },
    )
}

fn presence(presence: &Presence) -> &'static str {
    match presence {
        Presence::Present => "there",
        Presence::Absent => "not there",
        Presence::Unreadable(_) => "not known",
    }
}

/// `3`, `1 → 3`, or `→ 3` for what is not there.
fn change<T: PartialEq>(now: Option<T>, wanted: Option<T>, show: impl Fn(&T) -> String) -> String {
    match (now, wanted) {
        (Some(now), Some(wanted)) if now != wanted => format!("{} → {}", show(&now), show(&wanted)),
        (Some(now), _) => show(&now),
        (None, Some(wanted)) => format!("→ {}", show(&wanted)),
        (None, None) => String::new(),
    }
}

/// Images as versions are called above; of one image, the second tells only its version.
fn images(image: &NowAndWanted<ResourceId>) -> String {
    let NowAndWanted { now, wanted } = image;
    let name = |id: &ResourceId| id.names().collect::<Vec<_>>().join("/");
    match (now, wanted) {
        (Some(now), Some(wanted)) if now != wanted && now.parent() == wanted.parent() => {
            format!("{} → {}", name(now), wanted.name())
        }
        (now, wanted) => change(now.as_ref(), wanted.as_ref(), |id| name(id)),
    }
}

fn node_counts(allocation: &Allocation) -> String {
    let Allocation { state: _, dedicated, spot } = allocation;
    let of = |nodes: &NowAndWanted<u64>| {
        let now = nodes.now.unwrap_or(0);
        nodes.wanted.map_or_else(|| now.to_string(), |wanted| format!("{now} of {wanted}"))
    };
    let has_spot = spot.now.unwrap_or(0) + spot.wanted.unwrap_or(0) > 0;
    if has_spot { format!("{}, {} Spot", of(dedicated), of(spot)) } else { of(dedicated) }
}

fn nodes_by_state(nodes: &NodesByState) -> String {
    let side = |states: &BTreeMap<String, u64>, sort: &str| -> Vec<String> {
        states.iter().map(|(state, count)| format!("{count} {state}{sort}")).collect()
    };
    let all = [side(&nodes.dedicated, ""), side(&nodes.spot, " (Spot)")].concat();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
