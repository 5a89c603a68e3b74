//! The disks of a node.
//! Types only.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::pool::spec::spelling;

/// The node's operating system disk. Everything here changes only with zero nodes.
///
/// Omitted: left as it is; a new pool takes what the image and the VM size give.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolOsDisk {
    /// Puts the disk on the host instead of in storage: quicker, and gone with the node. Omitted: left as it is.
    #[serde(rename = "ephemeralOSDiskSettings")]
    pub ephemeral_os_disk_settings: Option<EphemeralOsDiskSettings>,
    /// Host caching; `ReadWrite` speeds up the start of nodes from a custom image. Omitted: left as it is; `None` on
    /// standard and `ReadOnly` on premium storage for a new pool.
    pub caching: Option<Caching>,
    /// The storage of the disk. Omitted: left as it is.
    pub managed_disk: Option<PoolManagedDisk>,
    /// Its size in GB, no smaller than the image's. Omitted: left as it is; the image's size for a new pool.
    #[serde(rename = "diskSizeGB")]
    #[schemars(range(min = 1, max = 4095), example = 128)]
    pub disk_size_gb: Option<u32>,
    /// Whether writes are accelerated, on VM sizes that can. Omitted: left as it is; off for a new pool.
    pub write_accelerator_enabled: Option<bool>,
}

/// An operating system disk on the host.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EphemeralOsDiskSettings {
    /// Where on the host. The VM size must have room for the image there; not with Spot nodes.
    pub placement: Option<EphemeralPlacement>,
}

/// Where on the host an operating system disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum EphemeralPlacement {
    /// In the host's cache.
    CacheDisk,
}

/// Host caching of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Caching {
    /// No caching.
    None,
    /// Reads are cached.
    ReadOnly,
    /// Reads and writes are cached.
    ReadWrite,
}

/// The storage of a disk.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolManagedDisk {
    /// The sort of storage. Omitted: `Standard_LRS` for a data disk; left as it is for the operating system disk.
    pub storage_account_type: Option<DiskStorage>,
    /// What a confidential VM (`securityType: confidentialVM`) must have, and no other may.
    pub security_profile: Option<DiskSecurityProfile>,
    /// The disk encryption set with the customer's key; only in accounts with user subscription mode.
    pub disk_encryption_set: Option<DiskEncryptionSet>,
}

/// The sort of storage of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DiskStorage {
    /// Standard, on hard disks.
    #[serde(rename = "Standard_LRS")]
    StandardLrs,
    /// Premium, on solid-state disks. The VM size must support it.
    #[serde(rename = "Premium_LRS")]
    PremiumLrs,
    /// Standard, on solid-state disks.
    #[serde(rename = "StandardSSD_LRS")]
    StandardSsdLrs,
}

/// How the disk of a confidential VM is encrypted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskSecurityProfile {
    /// What is encrypted. A confidential VM must say it.
    pub security_encryption_type: Option<SecurityEncryptionType>,
    /// The disk encryption set with the customer's key; only in accounts with user subscription mode.
    pub disk_encryption_set: Option<DiskEncryptionSet>,
}

/// What of a confidential VM's disk is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SecurityEncryptionType {
    /// The firmware's state is not kept at all.
    NonPersistedTPM,
    /// The VM's guest state.
    VMGuestStateOnly,
    /// The disk together with the guest state; not on data disks.
    DiskWithVMGuestState,
}

/// A disk encryption set.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskEncryptionSet {
    /// Its resource id.
    #[schemars(length(min = 1))]
    pub id: String,
}

/// An empty disk beside those of the image. It arrives unformatted and unmounted: the start task must do both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::data_disk()))]
pub struct PoolDataDisk {
    /// Its number, unique among the pool's disks and best also among those of the image.
    #[schemars(range(min = 0, max = 63), example = 1)]
    pub lun: u32,
    /// Its size in GB.
    #[serde(rename = "diskSizeGB")]
    #[schemars(range(min = 1, max = 32767), example = 512)]
    pub disk_size_gb: u32,
    /// Host caching. Better written: Azure's two APIs name different defaults. Omitted: left as it is.
    pub caching: Option<Caching>,
    /// The storage of the disk. Omitted: `Standard_LRS`.
    pub managed_disk: Option<PoolManagedDisk>,
}
