//! Keeps of what was decided the resources that the user names (`--target`), and what they need.
//! Decides nothing: what is kept is done as it would be in the whole plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::desired::Until;
use crate::model::plan::{Action, Note, NoteKind};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::plan::blue_green::Retiring;
use crate::plan::decide::Decision;
use crate::plan::removal;

/// So many of those that are left out are named; the rest is counted.
const SHOWN: usize = 3;

/// Leaves out what is neither a target nor needed by one, and tells what would have changed.
pub(crate) fn keep(
    targets: &[Address],
    decisions: &mut Vec<Decision>,
    snapshot: &Snapshot,
    retiring: Option<&BTreeMap<ResourceId, Retiring>>,
    notes: &mut Vec<Note>,
) {
    let needs = needs(decisions, snapshot, retiring);
    let mut kept: BTreeSet<&Address> = BTreeSet::new();
    let mut open: Vec<&Address> = targets.iter().collect();
    while let Some(address) = open.pop() {
        if kept.insert(address) {
            open.extend(needs.get(address).into_iter().flatten());
        }
    }
    let mut left_out: Vec<&Address> = decisions
        .iter()
        .filter(|decision| !kept.contains(&decision.address))
        .filter(|decision| !matches!(decision.action, Action::Nothing | Action::Await))
        .map(|decision| &decision.address)
        .collect();
    left_out.sort();
    let text = words(&left_out);
    decisions.retain(|decision| kept.contains(&decision.address));
    notes.retain(|note| note.address.as_ref().is_none_or(|address| kept.contains(address)));
    notes.extend(text.map(|text| Note { address: None, kind: NoteKind::Remark, text, place: None }));
}

/// What must be done, or looked after, for each resource to be done.
fn needs(
    decisions: &[Decision],
    snapshot: &Snapshot,
    retiring: Option<&BTreeMap<ResourceId, Retiring>>,
) -> BTreeMap<Address, Vec<Address>> {
    let mut needs: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let mut add = |of: &Address, on: &Address| needs.entry(of.clone()).or_default().push(on.clone());
    for decision in decisions {
        let creates = matches!(decision.action, Action::Create | Action::Replace);
        for need in decision.desired.iter().flat_map(|desired| &desired.needs) {
            if creates || need.until != Until::SettledToCreate {
                add(&decision.address, &need.on);
            }
        }
        if let Some(version) = &decision.until {
            add(&decision.address, version);
        }
        // A pool and its twin come and go together.
        if let Some(twin) = retiring.and_then(|retiring| retiring.get(&decision.id)) {
            add(&decision.address, twin.address());
            add(twin.address(), &decision.address);
        }
    }
    for (going, before) in removal::order(decisions, snapshot) {
        add(going, before);
    }
    needs
}

fn words(left_out: &[&Address]) -> Option<String> {
    let (shown, more) = left_out.split_at(left_out.len().min(SHOWN));
    let named = shown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match more.len() {
        _ if shown.is_empty() => None,
        0 => Some(format!("`--target` leaves out what else is not as written: {named}")),
        more => Some(format!("`--target` leaves out what else is not as written: {named} and {more} more")),
    }
}
