//! What stands under another name for an entry: somebody has made it already, and Azure takes it once.
//!
//! Runs before everything is decided, and leaves a snapshot in which it is at the entry's address, so that it is judged as
//! everything is that exists and is not the stack's.

use std::borrow::Cow;

use crate::model::address::Address;
use crate::model::desired::Graph;
use crate::model::snapshot::{Live, Observed, Snapshot};

/// The snapshot with everything at the address of the entry that it stands for.
pub(crate) fn found<'a>(graph: &Graph, snapshot: &'a Snapshot) -> Cow<'a, Snapshot> {
    let absent = graph
        .desired
        .values()
        .filter(|desired| snapshot.resources.get(&desired.address) == Some(&Observed::Absent));
    let found: Vec<(&Address, &str, &Live)> = absent
        .filter_map(|desired| {
            let kind = desired.kind.name();
            let mut others = snapshot.others.get(kind)?.iter();
            Some((&desired.address, kind, others.find(|live| desired.kind.is_same(desired, live))?))
        })
        .collect();
    if found.is_empty() {
        return Cow::Borrowed(snapshot);
    }
    let mut arranged = snapshot.clone();
    for (address, kind, live) in found {
        if let Some(others) = arranged.others.get_mut(kind) {
            others.retain(|other| other.id != live.id);
        }
        arranged.resources.insert(address.clone(), Observed::Present(live.clone()));
    }
    Cow::Owned(arranged)
}
