//! The task that every node runs when it joins the pool or restarts.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::containers::TaskContainerSettings;
use crate::kinds::pool::spec::resource_files::ResourceFile;
use crate::kinds::pool::spec::users::UserIdentity;

/// A task that every node runs before it takes work, and again after each reboot or reimage: it must be idempotent.
///
/// Omitted: the pool has none; one that is there is taken away. A change is taken with nodes running, but a node
/// that is already there has it only after a reboot.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartTask {
    /// What to run. It is no shell: for variables, `&&` or pipes start one, as in `/bin/bash -c '…'` or `cmd /c …`.
    /// Nothing is interpolated here, because PowerShell and bash own `${…}`.
    #[schemars(length(min = 1), example = &"/bin/bash -c 'mount -a'")]
    pub command_line: String,
    /// Files that are downloaded to the node before the command runs. Omitted: none.
    #[serde(default)]
    pub resource_files: Vec<ResourceFile>,
    /// Environment variables of the command. Omitted: none besides those that Batch sets.
    #[serde(default)]
    pub environment_settings: Vec<EnvironmentSetting>,
    /// The account the command runs under. Omitted: an automatic user without administrator rights.
    pub user_identity: Option<UserIdentity>,
    /// How often a failed command is run again; -1 is without end. Omitted: 0.
    #[schemars(range(min = -1, max = 2_147_483_647), example = 2)]
    pub max_task_retry_count: Option<i32>,
    /// Whether the node takes tasks only when the command has ended with 0. Omitted: true.
    ///
    /// With true, a node whose command keeps failing never takes work; with false, tasks run beside it, and on nodes
    /// where it failed.
    pub wait_for_success: Option<bool>,
    /// The container the command runs in, on a pool with `containerConfiguration`. Omitted: on the node itself.
    pub container_settings: Option<TaskContainerSettings>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSetting {
    /// Its name, unique in the list.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Its value. Azure answers it to every reader of the pool: it is no place for a secret.
    pub value: Option<String>,
}
