//! How Azure itself brings a new image to the nodes.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

/// How Azure itself brings a new image to the nodes. Everything here changes only with zero nodes.
///
/// With automatic OS upgrade and an `image` without a version, publishing a version is deploying it: every node gets
/// it as soon as it is replicated to the pool's region. Omitted: left as it is; a new pool has no automatic upgrade.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpgradePolicy {
    /// How nodes take a change of their model.
    pub mode: UpgradeMode,
    /// Automatic OS upgrade. Omitted: left as it is.
    #[serde(rename = "automaticOSUpgradePolicy")]
    pub automatic_os_upgrade_policy: Option<AutomaticOsUpgradePolicy>,
    /// How a rolling upgrade proceeds. Omitted: left as it is.
    pub rolling_upgrade_policy: Option<RollingUpgradePolicy>,
}

/// How nodes take a change of their model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum UpgradeMode {
    /// All at the same time.
    #[serde(rename = "automatic")]
    Automatic,
    /// Only when somebody asks for it.
    #[serde(rename = "manual")]
    Manual,
    /// In batches, each after the one before.
    #[serde(rename = "rolling")]
    Rolling,
}

/// Automatic OS upgrade.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutomaticOsUpgradePolicy {
    /// Whether nodes get new versions by themselves. Needs an `image` without a version, and on Windows
    /// `windowsConfiguration.enableAutomaticUpdates: false`. Omitted: left as it is.
    #[serde(rename = "enableAutomaticOSUpgrade")]
    pub enable_automatic_os_upgrade: Option<bool>,
    /// Whether nodes that run tasks are upgraded later; without it, running tasks are interrupted. Omitted: left as
    /// it is.
    pub os_rolling_upgrade_deferral: Option<bool>,
    /// Whether `rollingUpgradePolicy` is used for it. Omitted: left as it is.
    pub use_rolling_upgrade_policy: Option<bool>,
    /// Whether a failed upgrade is not rolled back. Omitted: left as it is.
    pub disable_automatic_rollback: Option<bool>,
}

/// How a rolling upgrade proceeds.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollingUpgradePolicy {
    /// Whether a batch may span zones; only with `nodePlacementConfiguration.policy: Zonal`. Omitted: left as it is.
    pub enable_cross_zone_upgrade: Option<bool>,
    /// The most nodes of a batch in percent, at most `maxUnhealthyInstancePercent`. Omitted: left as it is.
    #[schemars(range(min = 5, max = 100), example = 20)]
    pub max_batch_instance_percent: Option<u32>,
    /// The most nodes in percent that may be unhealthy, being upgraded included, before it stops. Omitted: left as
    /// it is.
    #[schemars(range(min = 5, max = 100), example = 20)]
    pub max_unhealthy_instance_percent: Option<u32>,
    /// The most upgraded nodes in percent that may be unhealthy before it stops. Omitted: left as it is.
    #[schemars(range(min = 0, max = 100), example = 20)]
    pub max_unhealthy_upgraded_instance_percent: Option<u32>,
    /// The time between two batches, an ISO 8601 duration. Omitted: left as it is.
    #[schemars(
        regex(pattern = r"^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$"),
        example = &"PT5M"
    )]
    pub pause_time_between_batches: Option<String>,
    /// Whether unhealthy nodes go first. Omitted: left as it is.
    pub prioritize_unhealthy_instances: Option<bool>,
    /// Whether failed nodes go back to their former model when a limit is exceeded. Omitted: left as it is.
    pub rollback_failed_instances_on_policy_breach: Option<bool>,
}
