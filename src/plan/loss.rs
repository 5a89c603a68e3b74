//! Counts how much of what the stack owns goes for good, so that a plan that takes too much of it can be refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::desired::Graph;
use crate::model::mark::Ownership;
use crate::model::plan::{Action, Loss};
use crate::model::request::Method;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::model::step::{Step, Work};
use crate::plan::blue_green::Retiring;
use crate::plan::decide::{Decision, ownership};

/// What is being deleted already is not told to go once more; a pool whose successor takes over is not lost, nor what was only
/// needed for something that is there then.
pub(crate) fn loss(
    decisions: &[Decision],
    steps: &[Step],
    graph: &Graph,
    snapshot: &Snapshot,
    retiring: Option<&BTreeMap<ResourceId, Retiring>>,
) -> Loss {
    let deletes =
        |step: &&Step| matches!(&step.work, Work::Send { request, .. } if request.method == Method::Delete);
    let told: BTreeSet<&Address> = steps.iter().filter(deletes).map(|step| &step.address).collect();
    let lost = decisions.iter().filter(|decision| {
        let has_successor = retiring.is_some_and(|retiring| retiring.contains_key(&decision.id));
        let is_lost = !has_successor && decision.until.is_none();
        decision.action == Action::Delete && told.contains(&decision.address) && is_lost
    });
    let owned = graph.kinds.iter().map(|kind| {
        let ours = |live: &&_| ownership(&graph.owner, *kind, live) == Ownership::Ours;
        snapshot.all_of(kind.name()).filter(ours).count()
    });
    Loss { deleted: lost.count(), owned: owned.sum() }
}
