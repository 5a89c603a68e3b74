//! What a user writes for a gallery.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// An Azure Compute Gallery: `name` for one that the stack makes and keeps, `id` for one that it only refers to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GallerySpec {
    /// The gallery's name: letters, digits, `.` and `_`, no dash. It cannot change.
    #[schemars(regex(pattern = r"^[A-Za-z0-9](?:[A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$"), example = &"renderGallery")]
    pub name: Option<String>,
    /// The resource id of a gallery that others keep. It is read, and never written.
    #[schemars(example = &"/subscriptions/…/resourceGroups/corp/providers/Microsoft.Compute/galleries/corpimages")]
    pub id: Option<String>,
    /// The alias under which pools name a gallery given by `id`: `alias/image@1.2.3`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"))]
    #[serde(rename = "as")]
    pub alias: Option<String>,
    /// What the gallery is for. Changed in place; left as it is when omitted.
    pub description: Option<String>,
    /// Whether a version that is deleted can be brought back for a while; its name is taken that long. Changed in place; left
    /// as it is when omitted.
    pub soft_delete_policy: Option<SoftDeletePolicy>,
    /// The subscription it is in, if not the stack's. A gallery cannot be moved.
    pub subscription: Option<String>,
    /// The resource group it is in, if not the stack's. A gallery cannot be moved.
    pub resource_group: Option<String>,
    /// The region of the gallery's own metadata, if not the stack's. It does not limit where images are replicated, and
    /// cannot change.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over a gallery of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// What becomes of versions that are deleted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoftDeletePolicy {
    /// Whether they are kept for a while.
    pub is_soft_delete_enabled: bool,
}
