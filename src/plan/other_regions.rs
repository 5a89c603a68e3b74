//! Adds the regions to a version that no file names and that stay (`otherRegions: keep`), as Azure has them.
//! Comes before every other pass, so that all of them see one list.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::desired::Graph;
use crate::model::pending::{Pending, Question};
use crate::model::plan::{Note, NoteKind};
use crate::model::region;
use crate::model::snapshot::Snapshot;

/// The same graph with the regions that stay, and a note for each version that has such.
pub(crate) fn keep<'a>(graph: &'a Graph, snapshot: &Snapshot) -> (Cow<'a, Graph>, Vec<Note>) {
    let mut notes = Vec::new();
    let asks = |pending: &Pending| matches!(pending.what, Question::OtherRegions { .. });
    if !graph.desired.values().any(|desired| desired.pending.iter().any(asks)) {
        return (Cow::Borrowed(graph), notes);
    }
    let mut graph = graph.clone();
    for desired in graph.desired.values_mut() {
        let asked: Vec<Pending> = desired.pending.extract_if(.., |pending| asks(pending)).collect();
        let Some(live) = snapshot.live(&desired.address) else { continue };
        let kept: Vec<String> =
            asked.iter().flat_map(|pending| merge(&mut desired.body, &live.body, pending)).collect();
        if !kept.is_empty() {
            notes.push(Note {
                address: Some(desired.address.clone()),
                kind: NoteKind::LeftAlone,
                text: format!(
                    "`targetRegions` in Azure has {} beside what is written; `otherRegions: keep` keeps it",
                    kept.join(", ")
                ),
                place: asked.first().and_then(|pending| desired.places.get(&pending.pointer)).copied(),
            });
        }
    }
    (Cow::Owned(graph), notes)
}

/// Adds to the list in a body what another body has in it beside. Returns the names that were added.
pub(crate) fn merge(body: &mut Value, other: &Value, pending: &Pending) -> Vec<String> {
    let Question::OtherRegions { except } = &pending.what else { return Vec::new() };
    let name = |entry: &Value| entry.get("name").and_then(Value::as_str).map(region::normal);
    let there = other.pointer(&pending.pointer).and_then(Value::as_array);
    let Some(list) = body.pointer_mut(&pending.pointer).and_then(Value::as_array_mut) else {
        return Vec::new();
    };
    let written: BTreeSet<String> = list.iter().filter_map(name).collect();
    let mut kept = Vec::new();
    for entry in there.into_iter().flatten() {
        let stays = name(entry).filter(|name| !written.contains(name) && !except.contains(name));
        if let Some(name) = stays {
            list.push(entry.clone());
            kept.push(name);
        }
    }
    kept.sort();
    kept
}
