//! What a user writes for a disk snapshot.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A snapshot of a managed disk: the most reliable source for an image that many nodes boot.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskSnapshotSpec {
    /// Its name. It cannot change.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$"), example = &"render-os-3-4-0")]
    pub name: String,
    /// The resource id of the managed disk, or of the snapshot, that is copied. Only read at creation: a disk that is
    /// gone afterwards is no error.
    #[schemars(example = &"/subscriptions/…/resourceGroups/build/providers/Microsoft.Compute/disks/render-builder-os")]
    pub source: String,
    /// Whether only what changed since the last snapshot is stored. Azure's default: false. It cannot change in place.
    pub incremental: Option<bool>,
    /// The storage it is kept on. Azure's default: `Standard_LRS`. Changed in place.
    pub sku: Option<DiskSnapshotSku>,
    /// The subscription it is in, if not the stack's.
    pub subscription: Option<String>,
    /// The resource group it is in, if not the stack's.
    pub resource_group: Option<String>,
    /// The region it is in, if not the stack's; it must be the source's.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over a snapshot of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// The storage of a disk snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DiskSnapshotSku {
    /// Standard disks, three copies in one place.
    #[serde(rename = "Standard_LRS")]
    StandardLrs,
    /// Premium disks, three copies in one place.
    #[serde(rename = "Premium_LRS")]
    PremiumLrs,
    /// Standard disks, copies in three zones.
    #[serde(rename = "Standard_ZRS")]
    StandardZrs,
}
