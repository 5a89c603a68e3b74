//! What a user writes for a resource group.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A resource group that the stack makes and keeps. It comes before all that is in it, and goes when nothing else is in
/// it: a group with anything that the stack does not own is not removed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceGroupSpec {
    /// The group's name. It may be the stack's own `resourceGroup`. It cannot change.
    #[schemars(regex(pattern = r"^[\w.()-]{0,89}[\w()-]$"), example = &"render-images")]
    pub name: String,
    /// The subscription it is in, if not the stack's. A group cannot be moved.
    pub subscription: Option<String>,
    /// The region of the group's own metadata, if not the stack's. What is in it may be in any region. It cannot change.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed. What is in the group does not inherit them.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over a group of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove it.
    #[serde(default)]
    pub protect: bool,
}
