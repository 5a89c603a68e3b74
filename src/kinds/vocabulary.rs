//! What users write in the same words for several kinds: regions, replicas, operating systems, generations.
//! Types only; what a kind makes of them is the kind's business.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A region that has replicas.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetRegion {
    /// The region, as `westeurope` or `West Europe`.
    #[schemars(example = &"westeurope")]
    pub name: String,
    /// How many replicas: a number; `auto`, one for every started 300 nodes of the pools there, and one for a shallow
    /// version; or `{ forNodes: 3000 }`.
    /// Azure's default: 1. Changed in place.
    pub regional_replica_count: Option<ReplicaCount>,
    /// Where the replicas of this region are stored, if not as elsewhere. It cannot change.
    pub storage_account_type: Option<VersionStorage>,
    /// Never chosen as the latest version in this region. Azure's default: false.
    pub exclude_from_latest: Option<bool>,
    /// Keys of your own that encrypt the replicas. All regions or none; they cannot change.
    pub encryption: Option<VersionEncryption>,
    /// Take this region away: with `otherRegions: keep`, leaving it out does not.
    #[serde(default)]
    pub remove: bool,
}

impl TargetRegion {
    /// Whether keys of your own encrypt its replicas.
    pub fn has_own_keys(&self) -> bool {
        let Some(encryption) = &self.encryption else { return false };
        let os = encryption.os_disk_image.iter().map(|disk| &disk.disk_encryption_set_id);
        let data = encryption.data_disk_images.iter().map(|disk| &disk.disk_encryption_set_id);
        os.chain(data).any(Option::is_some)
    }
}

/// What becomes of regions that Azure has and the list does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OtherRegions {
    /// They stay as they are: others manage them. One leaves by `{ name: REGION, remove: true }`.
    Keep,
    /// They lose their replicas: the list is complete.
    Remove,
}

/// How many replicas a region has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub enum ReplicaCount {
    /// So many.
    Fixed(u32),
    /// As many as the pools of the stack need.
    Auto,
    /// As many as so many nodes need.
    ForNodes(u64),
}

impl TryFrom<serde_json::Value> for ReplicaCount {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        let number = |value: &serde_json::Value| value.as_u64();
        if value.as_str() == Some("auto") {
            return Ok(Self::Auto);
        }
        if let Some(nodes) = value.get("forNodes").and_then(number) {
            return Ok(Self::ForNodes(nodes));
        }
        let count = number(&value).and_then(|count| u32::try_from(count).ok());
        count
            .map(Self::Fixed)
            .ok_or_else(|| "a number, `auto`, or `{ forNodes: NUMBER }` is expected".to_owned())
    }
}

impl JsonSchema for ReplicaCount {
    fn schema_name() -> Cow<'static, str> {
        "ReplicaCount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": 100 },
                { "type": "string", "enum": ["auto"] },
                {
                    "type": "object",
                    "properties": { "forNodes": { "type": "integer", "minimum": 1, "description": "The most nodes that boot from this region." } },
                    "required": ["forNodes"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// Keys of your own for the replicas of a region.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionEncryption {
    /// For the operating system's disk.
    pub os_disk_image: Option<OsDiskEncryption>,
    /// For further disks.
    #[serde(default)]
    pub data_disk_images: Vec<DataDiskEncryption>,
}

/// The key for the operating system's disk.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OsDiskEncryption {
    /// The resource id of the disk encryption set.
    pub disk_encryption_set_id: Option<String>,
}

/// The key for a further disk.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataDiskEncryption {
    /// The disk's logical unit number.
    #[schemars(range(min = 0, max = 63))]
    pub lun: u32,
    /// The resource id of the disk encryption set.
    pub disk_encryption_set_id: Option<String>,
}

/// Where replicas are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum VersionStorage {
    /// Three copies in one place.
    #[serde(rename = "Standard_LRS")]
    StandardLrs,
    /// Copies in three zones; only in regions that have zones.
    #[serde(rename = "Standard_ZRS")]
    StandardZrs,
    /// Premium storage.
    #[serde(rename = "Premium_LRS")]
    PremiumLrs,
}

/// What Azure refuses, so that a version is not lost by mistake.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SafetyProfile {
    /// Whether the version may be deleted while other regions have replicas. Azure's default: true.
    pub allow_deletion_of_replicated_locations: Option<bool>,
    /// Whether it may not be deleted before its end of life. Azure's default: false.
    pub block_deletion_before_end_of_life: Option<bool>,
}

/// The generation of virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum HyperVGeneration {
    /// BIOS boot.
    V1,
    /// UEFI boot; newer VM sizes need it.
    V2,
}

/// An operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum OsType {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

/// The state an operating system was captured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum OsState {
    /// Without what makes a machine unique; Batch needs this.
    Generalized,
    /// A copy of one machine. Batch cannot boot it.
    Specialized,
}

/// The host's cache for a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Caching {
    /// No cache.
    None,
    /// Reads are cached.
    ReadOnly,
    /// Reads and writes are cached.
    ReadWrite,
}
