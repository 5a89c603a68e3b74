//! What only Windows nodes know.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

/// What only Windows nodes know; an error with a Linux image. A change is taken only with zero nodes.
///
/// Omitted: left as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowsConfiguration {
    /// Whether Windows updates itself on the nodes, with restarts. Omitted: true. Automatic OS upgrade needs false.
    pub enable_automatic_updates: Option<bool>,
}

/// A Windows licence that the user already holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum LicenseType {
    /// For Windows Server.
    #[serde(rename = "Windows_Server")]
    WindowsServer,
    /// For Windows on a desktop.
    #[serde(rename = "Windows_Client")]
    WindowsClient,
}
