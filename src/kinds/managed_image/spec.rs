//! What a user writes for a managed image.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::vocabulary::{Caching, HyperVGeneration, OsState, OsType};

/// A managed image: the intermediate form from which image versions are made. Pools cannot boot it themselves since
/// 2026-03-31. Only its tags can change; any other change makes it anew.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedImageSpec {
    /// Its name. It cannot change.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$"), example = &"render-3-4-0")]
    pub name: String,
    /// Which generation of virtual machine boots it. Always written, because Azure's default depends on the API version.
    pub hyper_v_generation: HyperVGeneration,
    /// The disk with the operating system.
    pub os_disk: ImageOsDisk,
    /// Further disks. They arrive unmounted on a node: mount them in the start task.
    #[serde(default)]
    pub data_disks: Vec<ImageDataDisk>,
    /// Whether it is stored in three zones. Azure's default: false.
    pub zone_resilient: Option<bool>,
    /// The subscription it is in, if not the stack's.
    pub subscription: Option<String>,
    /// The resource group it is in, if not the stack's.
    pub resource_group: Option<String>,
    /// The region it is in, if not the stack's; it must be that of its disks.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over an image of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// The disk with the operating system: from exactly one of `snapshot` and `managedDisk`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageOsDisk {
    /// Which operating system it holds.
    pub os_type: OsType,
    /// Whether it was generalized. Batch boots generalized images only.
    pub os_state: OsState,
    /// A disk snapshot, by its name in this stack or by its resource id.
    pub snapshot: Option<String>,
    /// A managed disk, by its resource id.
    pub managed_disk: Option<String>,
    /// The host's cache. `ReadWrite` makes nodes start sooner. Azure's default: `None` for standard disks, `ReadOnly` for premium ones.
    pub caching: Option<Caching>,
    /// The size in GB, if larger than the source.
    #[schemars(range(min = 1, max = 2048))]
    #[serde(rename = "diskSizeGB")]
    pub disk_size_gb: Option<u32>,
    /// The storage it is kept on. Azure's default: `Standard_LRS`.
    pub storage_account_type: Option<ImageDiskStorage>,
}

/// A further disk: from exactly one of `snapshot` and `managedDisk`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageDataDisk {
    /// The logical unit number under which a node sees it.
    #[schemars(range(min = 0, max = 63))]
    pub lun: u32,
    /// A disk snapshot, by its name in this stack or by its resource id.
    pub snapshot: Option<String>,
    /// A managed disk, by its resource id.
    pub managed_disk: Option<String>,
    /// The host's cache.
    pub caching: Option<Caching>,
    /// The size in GB, if larger than the source.
    #[schemars(range(min = 1, max = 2048))]
    #[serde(rename = "diskSizeGB")]
    pub disk_size_gb: Option<u32>,
    /// The storage it is kept on.
    pub storage_account_type: Option<ImageDiskStorage>,
}

/// The storage of a disk of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ImageDiskStorage {
    /// Standard disks.
    #[serde(rename = "Standard_LRS")]
    StandardLrs,
    /// Standard SSDs.
    #[serde(rename = "StandardSSD_LRS")]
    StandardSsdLrs,
    /// Premium SSDs.
    #[serde(rename = "Premium_LRS")]
    PremiumLrs,
}
