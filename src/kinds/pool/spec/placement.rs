//! Where nodes are placed, and on which node a task runs.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

/// How nodes are spread over the availability zones. A change is taken only with zero nodes.
///
/// Omitted: `Regional`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePlacementConfiguration {
    /// Whether zones are taken into account. Omitted: `Regional`.
    pub policy: Option<NodePlacementPolicy>,
}

/// Whether zones are taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum NodePlacementPolicy {
    /// Nodes are wherever the region has room.
    Regional,
    /// Nodes are spread over the zones, with best effort. The region must have zones that offer the VM size.
    Zonal,
}

/// On which node a task runs. A change is taken only with zero nodes.
///
/// Omitted: `Spread`, in no order between jobs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskSchedulingPolicy {
    /// Whether tasks fill one node after another, or all evenly.
    pub node_fill_type: NodeFillType,
    /// Which of several jobs with the same priority goes first. Omitted: `None`.
    pub job_default_order: Option<JobDefaultOrder>,
}

/// How tasks fill nodes with several task slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum NodeFillType {
    /// Evenly over all nodes.
    Spread,
    /// One node full before the next; the better one where a formula shrinks the pool.
    Pack,
}

/// Which of several jobs with the same priority goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum JobDefaultOrder {
    /// Any.
    None,
    /// The one that was made first.
    CreationTime,
}

/// Whether nodes talk to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum InterNodeCommunication {
    /// They do, as MPI needs it.
    Enabled,
    /// They need not.
    Disabled,
}
