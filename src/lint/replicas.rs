//! How many replicas a region of a version comes to: what is written, or what `auto` makes of the pools.
//! Counts as `desired` and planning do, without what is live.

use std::collections::BTreeMap;

use crate::kinds::image_version::spec::ReplicationMode;
use crate::kinds::vocabulary::{ReplicaCount, TargetRegion};
use crate::lint::subject::{Subject, VersionSeen};
use crate::model::address::Address;
use crate::model::pending::replicas_for;
use crate::model::region;
use crate::spec::node::Node;

/// What the pools of a stack need, by the definition they boot and their region.
pub(super) struct Replicas(BTreeMap<(Address, String), u64>);

impl Replicas {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let mut needed: BTreeMap<(Address, String), u64> = BTreeMap::new();
        for pool in &subject.pools {
            let Some((image, region)) = subject.image_of(pool).zip(pool.region.clone()) else { continue };
            *needed.entry((image.address.clone(), region)).or_default() +=
                replicas_for(pool.nodes.unwrap_or(0));
        }
        Self(needed)
    }

    /// How many one region of a version has; under `auto` at least so many.
    pub(super) fn count(
        &self,
        subject: &Subject<'_>,
        version: &VersionSeen<'_>,
        target: &TargetRegion,
    ) -> u64 {
        match target.regional_replica_count {
            None => 1,
            Some(ReplicaCount::Fixed(count)) => u64::from(count),
            Some(ReplicaCount::ForNodes(nodes)) => replicas_for(nodes).max(1),
            // A shallow version has one, and planning knows.
            Some(ReplicaCount::Auto) if version.spec.replication_mode == Some(ReplicationMode::Shallow) => 1,
            Some(ReplicaCount::Auto) => {
                let image = subject.definition_of(version);
                let key = image.map(|image| (image.address.clone(), region::normal(&target.name)));
                key.and_then(|key| self.0.get(&key)).copied().unwrap_or(0).max(1)
            }
        }
    }
}

/// What says how many one region has, where the file does.
pub(super) fn written(target: &Node) -> Option<&Node> {
    let count = target.get("regionalReplicaCount")?;
    Some(count.get("forNodes").unwrap_or(count))
}
