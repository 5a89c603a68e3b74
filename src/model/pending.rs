//! Values that a file leaves to planning, because they rest on what is live: `auto`, `@latest`, an account's region.
//! Says what is asked; `plan::resolve` answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::address::Address;
use crate::model::chain::Chain;
use crate::model::resource_id::ResourceId;
use crate::model::upload::BlobName;

/// A value of a desired body that planning must fill in.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// JSON pointer into the desired body.
    pub pointer: String,
    /// What belongs there.
    pub what: Question,
}

/// What planning must find out.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The replicas of an image version in one region: one for every started 300 nodes of each pool there, at least
    /// one, and never fewer than are live.
    Replicas {
        /// The region.
        region: String,
        /// What the pools that boot the image need, which is the same for all its versions.
        needed: Arc<ReplicasNeeded>,
    },
    /// A list of regions of which the files hold a part: those that they do not name stay as they are live.
    OtherRegions {
        /// The regions that leave, in Azure's short form.
        except: BTreeSet<String>,
    },
    /// The time a resize may take: 15 minutes for every started 1,000 nodes, and at least 30 above 300 nodes.
    ResizeTimeout {
        /// The nodes of both sorts.
        nodes: u64,
    },
    /// The URL of a blob, which begins as the storage account says.
    BlobUrl(BlobName),
    /// The id of the highest eligible version of an image definition.
    LatestVersion {
        /// The definition's id.
        definition: ResourceId,
        /// The definition's address.
        address: Address,
        /// Where the version must have replicas.
        region: RegionOf,
        /// Whether a version that the files do not hold moves a pool that is already there.
        follow: bool,
    },
    /// Nothing is asked for the body: Azure chooses a version of the definition when a node starts. But one must be
    /// ready in the region before the pool is made.
    AnyVersion {
        /// The definition's id.
        definition: ResourceId,
        /// The definition's address.
        address: Address,
        /// Where the version must have replicas.
        region: RegionOf,
    },
    /// The source of a version: a virtual machine by way of copies of its disks, which only Azure knows.
    Chain(Chain),
}

impl Pending {
    /// The way from a virtual machine, where that is what is asked for.
    pub fn chain(&self) -> Option<&Chain> {
        match &self.what {
            Question::Chain(chain) => Some(chain),
            _ => None,
        }
    }
}

/// How many replicas the pools of a stack need of one image, by where they are: one for each started 300 nodes of a pool.
pub type ReplicasNeeded = BTreeMap<RegionOf, u64>;

/// The most nodes that one pool can have, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowd {
    /// The pool.
    pub pool: Address,
    /// Its most nodes; none under a formula without `maxNodes`.
    pub nodes: Option<u64>,
    /// Its region.
    pub region: RegionOf,
}

/// A region that is written in a file, or that the Batch account has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionOf {
    /// It is written.
    Named(String),
    /// It is the `location` of this account, read live.
    Account(Address),
}

/// Nodes that one replica can feed (the Batch documentation's figure for gallery images).
const NODES_PER_REPLICA: u64 = 300;

/// The replicas that so many nodes need; none for none.
pub fn replicas_for(nodes: u64) -> u64 {
    nodes.div_ceil(NODES_PER_REPLICA)
}

/// How long, in seconds, Batch is given to allocate so many nodes from a gallery image.
pub fn resize_timeout_for(nodes: u64) -> u64 {
    let minutes = 15 * nodes.div_ceil(1_000).max(1);
    60 * if nodes > 300 { minutes.max(30) } else { minutes }
}

#[cfg(test)]
mod tests {
    use super::resize_timeout_for;

    #[test]
    fn time_grows_with_the_started_thousands() {
        let minutes: Vec<u64> =
            [0, 1, 300, 301, 1_000, 1_001, 2_000, 3_000].map(|nodes| resize_timeout_for(nodes) / 60).into();
        assert_eq!(minutes, [15, 15, 15, 30, 30, 30, 30, 45]);
    }
}
