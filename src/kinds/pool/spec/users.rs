//! User accounts on the nodes, and the user a task runs as.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::spelling;
use crate::model::secret::Secret;

/// A user account that every node has. The list changes only with zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserAccount {
    /// The account's name, unique in the pool, at most 20 characters.
    #[schemars(length(min = 1, max = 20))]
    pub name: String,
    /// Its password, as `${env:NAME}` only. Azure never answers it, so a new password is not seen as a change.
    /// Azure demands it to make the pool or to change it here; for one that is there it may be left out.
    pub password: Option<Secret>,
    /// Whether it has administrator rights. Omitted: `NonAdmin`.
    pub elevation_level: Option<ElevationLevel>,
    /// What only Linux nodes know; Windows ignores it.
    pub linux_user_configuration: Option<LinuxUserConfiguration>,
    /// What only Windows nodes know; an error on Linux.
    pub windows_user_configuration: Option<WindowsUserConfiguration>,
}

/// Whether an account has administrator rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ElevationLevel {
    /// An ordinary user.
    NonAdmin,
    /// Full administrator rights (on Linux: sudo).
    Admin,
}

/// A user account on Linux.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinuxUserConfiguration {
    /// The user's number, together with `gid` or not at all. Omitted: the system picks one.
    #[schemars(range(max = 2_147_483_647), example = 1100)]
    pub uid: Option<u32>,
    /// The group's number, together with `uid` or not at all. Omitted: the system picks one.
    #[schemars(range(max = 2_147_483_647), example = 1100)]
    pub gid: Option<u32>,
    /// A private key without a passphrase, as `${env:NAME}` only, that lets the user go from node to node by SSH on a
    /// pool with `interNodeCommunication: Enabled`; ignored on others. Azure never answers it.
    pub ssh_private_key: Option<Secret>,
}

/// A user account on Windows.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowsUserConfiguration {
    /// How the account signs in. Better written: Azure names `Batch` as the default in one API and `Interactive` in the
    /// other. Omitted: left as it is.
    pub login_mode: Option<LoginMode>,
}

/// How a Windows account signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum LoginMode {
    /// A batch logon; the right one for long parallel work.
    Batch,
    /// An interactive logon, for applications that need its rights.
    Interactive,
}

/// The user that a task runs as: a named account or an automatic user, not both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::user_name()))]
pub struct UserIdentity {
    /// The `name` of one of `userAccounts`. Excludes `autoUser`.
    #[schemars(length(min = 1, max = 20))]
    pub user_name: Option<String>,
    /// A user that Batch makes. Excludes `userName`.
    pub auto_user: Option<AutoUser>,
}

/// A user that Batch makes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoUser {
    /// Whether tasks share the user. Omitted: `Pool`.
    pub scope: Option<AutoUserScope>,
    /// Whether it has administrator rights; mounting disks and installing needs them. Omitted: `NonAdmin`.
    pub elevation_level: Option<ElevationLevel>,
}

/// Whether tasks share an automatic user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AutoUserScope {
    /// A new user for each task.
    Task,
    /// One user on each node, shared by its tasks.
    Pool,
}
