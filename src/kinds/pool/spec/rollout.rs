//! How a change that Azure takes only with zero nodes reaches a pool that is working.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a new image, and any other change that Azure takes only with zero nodes, reaches a pool that is working.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rollout {
    /// The way. Omitted: `drain`.
    pub strategy: Option<RolloutStrategy>,
    /// With `drain` and `blueGreen`: how long tasks may take to end, an ISO 8601 duration. Omitted: PT4H.
    #[schemars(
        regex(pattern = r"^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$"),
        example = &"PT4H"
    )]
    pub deadline: Option<String>,
    /// With `drain`: what happens when tasks still run at the deadline. Omitted: `stop`.
    pub on_deadline: Option<OnDeadline>,
    /// With `replace`: agree, once and for all, that a working pool is deleted with its tasks. Omitted: false;
    /// `--allow-replace` agrees for one run.
    pub allow_replace: Option<bool>,
    /// With `drain`: whether a pool whose nodes do not become usable with a new image goes back to the one that it had, which it
    /// remembers in its metadata meanwhile. Omitted: false. `apply` ends with 5 in both cases.
    pub rollback: Option<bool>,
    /// With `image: name@latest`: whether a version that somebody else publishes moves the pool. Omitted: false; the
    /// pool stays where it is, and the plan has a note.
    pub follow: Option<bool>,
}

/// A way for a change to reach a working pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RolloutStrategy {
    /// The pool goes to zero nodes as its tasks end, is changed, and grows again. No task is lost.
    Drain,
    /// A second pool is made beside it, jobs move over, and the old one goes when none names it.
    BlueGreen,
    /// The pool is deleted with its tasks, and made again. Only with `--allow-replace` or `allowReplace: true`.
    Replace,
    /// Azure upgrades the nodes by itself: `upgradePolicy` with automatic OS upgrade, and an `image` without a version.
    Automatic,
    /// Nothing is done; the difference is reported.
    Hold,
}

/// What happens to a drain at its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnDeadline {
    /// The drain is given up and the pool gets its size back.
    Stop,
    /// The tasks that still run are stopped and queued again.
    Requeue,
}
