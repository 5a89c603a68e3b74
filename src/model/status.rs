//! How everything that a stack holds is now, beside what is wanted: the value that `status` shows.
//! Says what is; what would be done about it is a plan.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::address::Address;
use crate::model::plan::Action;
use crate::model::resource_id::ResourceId;

/// The whole stack at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The stack's name.
    pub stack: String,
    /// The image versions, by address.
    pub versions: Vec<VersionStatus>,
    /// The pools, by address.
    pub pools: Vec<PoolStatus>,
    /// All else that the stack holds.
    pub others: Vec<ResourceStatus>,
    /// What could not be read, and why.
    pub unreadable: Vec<String>,
}

/// What is said of a resource of any kind.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceStatus {
    /// Its address.
    pub address: Address,
    /// Its id in Azure.
    pub id: ResourceId,
    /// Whether it is there.
    pub presence: Presence,
    /// What a plan would do with it; nothing where the stack only refers to it.
    pub action: Action,
    /// Why, in words: what it waits for, what failed, that it differs.
    pub reasons: Vec<String>,
    /// The properties in which it differs, as users write them.
    pub differs: Vec<String>,
}

/// Whether a resource is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present,
    /// Azure says that it is not.
    Absent,
    /// Azure did not say; the text is why.
    Unreadable(String),
}

impl Presence {
    /// Its name in machine output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// An image version.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionStatus {
    /// What is said of any resource.
    pub resource: ResourceStatus,
    /// Its regions, in the order of the file; those that only Azure has come last.
    pub regions: Vec<RegionStatus>,
}

/// An image version in one region.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionStatus {
    /// The region, in its normal spelling.
    pub region: String,
    /// How far it is.
    pub state: RegionState,
    /// 0 to 100, where Azure tells.
    pub percent: Option<u8>,
    /// Replicas now and wanted.
    pub replicas: NowAndWanted<u64>,
}

/// How far an image version is in one region, as those judge who wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionState {
    /// It is not there, or is not told to be there yet.
    Absent,
    /// Complete: nodes can boot from it.
    Ready,
    /// On its way; in words.
    Replicating(String),
    /// It will not come without a new attempt; what Azure reports.
    Failed(String),
    /// The version as a whole is settled, and Azure was not asked about each region.
    NotAsked,
}

/// What is live, and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NowAndWanted<T> {
    /// Nothing: it is not there.
    pub now: Option<T>,
    /// Nothing: it goes, or nobody says.
    pub wanted: Option<T>,
}

/// A pool.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolStatus {
    /// What is said of any resource.
    pub resource: ResourceStatus,
    /// What new nodes boot: an image version, or an image of which Azure chooses the version.
    pub image: NowAndWanted<ResourceId>,
    /// How many nodes Azure has given it; nothing where it is not there.
    pub allocation: Option<Allocation>,
    /// Its nodes by state; nothing where they could not be counted.
    pub nodes: Option<NodesByState>,
    /// What keeps it from the size it was told to have. What an earlier resize reported is not here.
    pub resize_errors: Vec<AzureError>,
    /// Where it is being emptied for a change: how many nodes are left.
    pub nodes_to_go: Option<u64>,
}

/// How many nodes a pool has, and was told to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Azure's word: steady, resizing, stopping.
    pub state: String,
    /// Dedicated nodes.
    pub dedicated: NowAndWanted<u64>,
    /// Spot nodes.
    pub spot: NowAndWanted<u64>,
}

/// Nodes by state, in Azure's words; states without a node are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodesByState {
    /// Dedicated nodes.
    pub dedicated: BTreeMap<String, u64>,
    /// Spot nodes.
    pub spot: BTreeMap<String, u64>,
}

/// An error as Azure reports it on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureError {
    /// Its code.
    pub code: String,
    /// Its words.
    pub message: String,
}

impl fmt::Display for AzureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message } = self;
        if message.is_empty() { f.write_str(code) } else { write!(f, "{code}: {message}") }
    }
}
