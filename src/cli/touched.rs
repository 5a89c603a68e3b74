//! Tells in a plan how many tasks and jobs it touches, where it empties or removes a pool that works; and in a status, since
//! that is what a rollout under way waits for.
//! Reads, and changes no decision.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::plan::{Action, Note, NoteKind, Plan, Planned};
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::observe::workload::{Workload, workloads};

/// So many jobs are named; the rest is counted.
const SHOWN: usize = 3;

/// Adds a note for each pool that is about to lose its nodes.
pub async fn tell(plan: &mut Plan, snapshot: &Snapshot, read: &Read) {
    plan.tell(notes(plan, snapshot, read).await);
}

/// Adds the same to what is said of these pools.
pub async fn tell_in(status: &mut Status, plan: &Plan, snapshot: &Snapshot, read: &Read) {
    let notes = notes(plan, snapshot, read).await;
    for resource in status.pools.iter_mut().map(|pool| &mut pool.resource) {
        let own = notes.iter().filter(|note| note.address.as_ref() == Some(&resource.address));
        resource.reasons.extend(own.map(|note| note.text.clone()));
    }
}

async fn notes(plan: &Plan, snapshot: &Snapshot, read: &Read) -> Vec<Note> {
    let touched = plan.resources.iter().filter(|planned| loses_nodes(planned));
    let touched: Vec<(&Planned, &str)> =
        touched.filter_map(|planned| Some((planned, working(planned, snapshot)?))).collect();
    let mut by_account: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (planned, endpoint) in &touched {
        by_account.entry(endpoint).or_default().insert(planned.id.name().to_owned());
    }
    let mut notes = Vec::new();
    for (endpoint, pools) in by_account {
        let found = workloads(endpoint, &pools, read).await;
        for (planned, _) in touched.iter().filter(|(_, of)| *of == endpoint) {
            let (kind, text) = match found.get(planned.id.name()) {
                Some(Ok(found)) => (NoteKind::Remark, words(found)),
                Some(Err(why)) => {
                    (NoteKind::CouldNotCheck, format!("could not count what works on it: {why}"))
                }
                None => continue,
            };
            let (address, place) = (Some(planned.address.clone()), planned.place);
            notes.push(Note { address, kind, text, place });
        }
    }
    notes
}

fn loses_nodes(planned: &Planned) -> bool {
    let emptied = matches!(planned.action, Action::Update | Action::Adopt) && !planned.course.is_empty();
    planned.address.kind() == "pool"
        && (emptied || matches!(planned.action, Action::Delete | Action::Replace))
}

/// Where the data plane of a pool that has nodes is.
fn working<'a>(planned: &Planned, snapshot: &'a Snapshot) -> Option<&'a str> {
    let live = snapshot.all_of("pool").find(|live| live.id == planned.id)?;
    let count = |name: &str| live.body.pointer(&format!("/properties/{name}")).and_then(Value::as_u64);
    let nodes = [count("currentDedicatedNodes"), count("currentLowPriorityNodes")];
    let account = planned.id.parent()?;
    let account = snapshot.all_of("batch-account").find(|live| live.id == account)?;
    let endpoint = account.body.pointer("/properties/accountEndpoint")?.as_str()?;
    nodes.iter().flatten().any(|nodes| *nodes > 0).then_some(endpoint)
}

fn words(found: &Workload) -> String {
    let tasks = match found.tasks {
        0 => "no task runs on it now".to_owned(),
        1 => "1 task runs on it now".to_owned(),
        tasks => format!("{tasks} tasks run on it now"),
    };
    let shown = found.named_by.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match found.named_by.len() {
        0 => format!("{tasks}, and no job names it"),
        1 => format!("{tasks}, and {shown} names it"),
        count if count > SHOWN => format!("{tasks}, and {shown} and {} more name it", count - SHOWN),
        _ => format!("{tasks}, and {shown} name it"),
    }
}
