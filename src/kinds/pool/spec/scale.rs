//! How many nodes a pool has, and who decides it.
//! Types only: `auto` is resolved when planning.

use schemars::JsonSchema;
use serde::Deserialize;

/// How many nodes the pool has: either a fixed number or a formula, never both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaleSettings {
    /// A fixed number of nodes. Excludes `autoScale`; a pool that had a formula loses it.
    pub fixed_scale: Option<FixedScale>,
    /// A formula that Azure evaluates again and again. Excludes `fixedScale`.
    pub auto_scale: Option<AutoScale>,
}

/// A fixed number of nodes, of which at least one sort is given. Changes start a resize at once, with nodes running.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixedScale {
    /// Dedicated nodes wanted. Omitted: 0. Bounded by the account's core quota.
    #[schemars(range(max = 2_147_483_647), example = 3000)]
    pub target_dedicated_nodes: Option<u32>,
    /// Spot (formerly low-priority) nodes wanted. Omitted: 0. Azure may take them away, or never give them all:
    /// a shortfall is reported and is no failure.
    #[schemars(range(max = 2_147_483_647), example = 400)]
    pub target_low_priority_nodes: Option<u32>,
    /// How long Azure may take to reach the target: an ISO 8601 duration of at least PT5M, or `auto`.
    ///
    /// Omitted: Azure's 15 minutes. `auto` is 15 minutes for every started 1000 nodes, and at least 30 minutes above
    /// 300 nodes; the plan shows the number. Too short a time ends in `AllocationTimedOut` with part of the nodes.
    #[schemars(
        regex(pattern = r"^(auto|P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?)$"),
        example = &"auto",
        example = &"PT45M"
    )]
    pub resize_timeout: Option<String>,
    /// What happens to tasks on nodes that a shrink takes away. Omitted: `Requeue`.
    ///
    /// Azure takes it with a resize and never tells it again, so it is not compared. `TaskCompletion` and
    /// `RetainedData` can hold a shrink for as long as tasks run or their data is kept.
    pub node_deallocation_option: Option<NodeDeallocationOption>,
}

/// What becomes of the tasks on a node that is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum NodeDeallocationOption {
    /// Tasks are stopped and run again on another node.
    Requeue,
    /// Tasks are stopped and do not run again.
    Terminate,
    /// Nodes take no new task, and go when those they have are done.
    TaskCompletion,
    /// As `TaskCompletion`, and the node also waits until the retention time of the tasks' data is over.
    RetainedData,
}

/// A formula for the number of nodes. Changes are taken with nodes running, at most once every 30 seconds.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoScale {
    /// The formula; it assigns `$TargetDedicatedNodes`, `$TargetLowPriorityNodes` or both, in at most 8 KB.
    ///
    /// Nothing is interpolated here. Azure checks the syntax when it takes the formula. Where `auto` depends on the
    /// pool's size, `maxNodes` must be given, because the most that a formula can ask for cannot be read out of it.
    #[schemars(
        length(min = 1, max = 8192),
        example = &"$TargetLowPriorityNodes = min(400, avg($PendingTasks.GetSample(1)));"
    )]
    pub formula: String,
    /// How often the formula is evaluated: PT5M to PT168H. Omitted: PT15M.
    #[schemars(
        regex(pattern = r"^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$"),
        example = &"PT5M"
    )]
    pub evaluation_interval: Option<String>,
}
