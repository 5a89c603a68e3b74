//! Virtual machine extensions, and the service artifact that names their versions.
//! Types only.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::model::secret::Secret;

/// An extension that is installed on every node. The list changes only with zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VmExtension {
    /// Its name, unique in the pool.
    #[schemars(length(min = 1), example = &"batchextension1")]
    pub name: String,
    /// Who publishes its handler.
    #[schemars(length(min = 1), example = &"Microsoft.Azure.Monitor")]
    pub publisher: String,
    /// The handler's type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1), example = &"AzureMonitorLinuxAgent")]
    pub extension_type: String,
    /// The handler's version. Omitted: left as it is; Azure chooses for a new pool.
    #[schemars(example = &"1.0")]
    pub type_handler_version: Option<String>,
    /// Whether a new node gets a newer minor version. Nodes that are there keep theirs. Omitted: left as it is.
    pub auto_upgrade_minor_version: Option<bool>,
    /// Whether Azure upgrades the extension on nodes that are there. Omitted: left as it is.
    pub enable_automatic_upgrade: Option<bool>,
    /// The extension's public settings, as its publisher describes them; any JSON object.
    pub settings: Option<BTreeMap<String, Value>>,
    /// The extension's secret settings, each a text that stands as `${env:NAME}` only.
    ///
    /// Azure never answers them, so a new value is not seen as a change. What is secret and no text (a list, an
    /// object) cannot be given.
    pub protected_settings: Option<BTreeMap<String, Secret>>,
    /// Names of the extensions that are installed before this one. Omitted: none.
    #[serde(default)]
    pub provision_after_extensions: Vec<String>,
}

/// A service artifact: one image version in all regions at the same time under automatic OS upgrade.
///
/// Omitted: none; what is there is taken away. A change is taken only with zero nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceArtifactReference {
    /// The resource id of a profile of a service artifact in a gallery:
    /// `…/galleries/G/serviceArtifacts/A/vmArtifactsProfiles/P`.
    #[schemars(length(min = 1))]
    pub id: String,
}
