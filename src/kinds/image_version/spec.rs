//! What a user writes for an image version.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::vocabulary::{OtherRegions, SafetyProfile, TargetRegion, VersionStorage};
use crate::model::region;

/// One version of an image: made once from its source, and replicated to its regions. Its content never changes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageVersionSpec {
    /// `Major.Minor.Patch`, three decimal numbers. It cannot change.
    #[schemars(regex(pattern = r"^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})$"), example = &"3.4.0")]
    pub version: String,
    /// What it is made from. Only read at creation: a source that is gone afterwards is no error.
    pub source: Option<VersionSource>,
    /// The regions it is replicated to; the version's own region must be among them. The list is complete, unless
    /// `otherRegions` says otherwise: a region that is left out loses its replicas. Inherited from the image where it is left out.
    #[serde(default)]
    pub target_regions: Vec<TargetRegion>,
    /// What becomes of regions that Azure has and `targetRegions` does not name. Omitted: `remove`. Inherited from the image.
    pub other_regions: Option<OtherRegions>,
    /// Where its replicas are stored. Azure's default: `Standard_LRS`. It cannot change. Inherited from the image.
    pub storage_account_type: Option<VersionStorage>,
    /// `Full` copies the image to every region; `Shallow` does not, for tests only: one replica, few nodes. It cannot change.
    pub replication_mode: Option<ReplicationMode>,
    /// Never chosen as the latest version. Azure's default: false. Changed in place.
    pub exclude_from_latest: Option<bool>,
    /// When it should no longer be used: a date, or a date and time. Information only: nodes still start.
    #[schemars(regex(pattern = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$"), example = &"2027-06-30")]
    pub end_of_life_date: Option<String>,
    /// What Azure refuses, so that a version is not lost by mistake. Inherited from the image.
    pub safety_profile: Option<SafetyProfile>,
    /// The region it is made in, if not the stack's. It cannot change.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Delete this version. Leaving it out of the file does not: versions are never removed by absence.
    #[serde(default)]
    pub remove: bool,
    /// Take over a version of this number that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove it.
    #[serde(default)]
    pub protect: bool,
}

impl ImageVersionSpec {
    /// Whether regions that it does not name stay.
    pub fn keeps_other_regions(&self) -> bool {
        self.other_regions == Some(OtherRegions::Keep)
    }

    /// The regions that it is to have, as far as the file names them.
    pub fn wanted_regions(&self) -> impl Iterator<Item = &TargetRegion> {
        self.target_regions.iter().filter(|target| !target.remove)
    }

    /// Whether it may be chosen as the latest in a region that it is in, in Azure's short form: the region's own flag wins over
    /// the version's.
    pub fn may_be_latest_in(&self, wanted: &str) -> bool {
        let here = self.wanted_regions().find(|target| region::normal(&target.name) == wanted);
        !here.and_then(|here| here.exclude_from_latest).or(self.exclude_from_latest).unwrap_or(false)
    }
}

/// What a version is made from: exactly one of `managedImage`, `virtualMachine`, `snapshots`, `vhd` and `imageVersion`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "allOf" = [{ "oneOf": ORIGINS.map(|key| serde_json::json!({ "required": [key] })) }],
    "dependentRequired" = { "via": ["virtualMachine"], "keepIntermediates": ["via"] }
))]
pub struct VersionSource {
    /// A managed image, by its name in this stack or by its resource id.
    pub managed_image: Option<String>,
    /// A generalized virtual machine, by its resource id.
    pub virtual_machine: Option<String>,
    /// `snapshots`: the version is not made from the machine itself, but from a managed image of disk snapshots that are taken of
    /// its disks. The plan shows each of them.
    pub via: Option<Via>,
    /// Whether the disk snapshots and the managed image of `via` stay when the version has Succeeded. Omitted: true. With false
    /// they are deleted then, by the same run.
    pub keep_intermediates: Option<bool>,
    /// Disk snapshots (or managed disks), each by name in this stack or by resource id.
    pub snapshots: Option<SnapshotsSource>,
    /// A VHD in a storage account, or on this machine.
    pub vhd: Option<VhdSource>,
    /// Another image version, by its resource id: how an image is copied to another gallery.
    pub image_version: Option<String>,
}

/// The keys of which a source has exactly one.
pub(super) const ORIGINS: [&str; 5] = ["managedImage", "virtualMachine", "snapshots", "vhd", "imageVersion"];

/// What stands between a virtual machine and a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Via {
    /// Disk snapshots, and a managed image made of them: the most reliable source for an image that many nodes boot.
    #[serde(rename = "snapshots")]
    Snapshots,
}

/// Disk snapshots that make a version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotsSource {
    /// The disk with the operating system.
    pub os: String,
    /// Further disks.
    #[serde(default)]
    pub data: Vec<DataSnapshot>,
}

/// A further disk of a version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSnapshot {
    /// The logical unit number under which a node sees it.
    #[schemars(range(min = 0, max = 63))]
    pub lun: u32,
    /// The snapshot, by its name in this stack or by its resource id.
    pub snapshot: String,
}

/// A VHD in a storage account: one that is there (`uri`), or a file on this machine that is uploaded first (`file`).
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VhdSource {
    /// The URL of the page blob with the operating system's disk, without a shared access signature.
    #[schemars(regex(pattern = r"^https://[^/?#]+/[^?#]+$"), example = &"https://renderbuild.blob.core.windows.net/vhds/render.vhd")]
    pub uri: Option<String>,
    /// The fixed VHD with the operating system's disk, beside the file in which this stands. It is read when the version is
    /// made, and may be gone afterwards.
    #[schemars(length(min = 1), example = &"./build/render.vhd")]
    pub file: Option<String>,
    /// The resource id of the storage account that holds it.
    #[schemars(example = &"/subscriptions/…/resourceGroups/build/providers/Microsoft.Storage/storageAccounts/renderbuild")]
    pub storage_account_id: String,
    /// The container that a `file` is uploaded to. It has to be there.
    #[schemars(regex(pattern = r"^[a-z0-9](-?[a-z0-9]){2,62}$"), length(max = 63), example = &"images")]
    pub container: Option<String>,
    /// The blob that a `file` becomes. Omitted: `GALLERY/IMAGE/VERSION.vhd`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*$"), length(max = 1024), example = &"render-3.4.0.vhd")]
    pub name: Option<String>,
    /// Further disks.
    #[serde(default)]
    pub data: Vec<DataVhd>,
}

/// A further disk of a version, from a VHD.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataVhd {
    /// The logical unit number under which a node sees it.
    #[schemars(range(min = 0, max = 63))]
    pub lun: u32,
    /// The URL of the page blob, without a shared access signature.
    #[schemars(regex(pattern = r"^https://[^/?#]+/[^?#]+$"))]
    pub uri: Option<String>,
    /// The fixed VHD that is uploaded, beside the file in which this stands.
    #[schemars(length(min = 1))]
    pub file: Option<String>,
    /// The resource id of the storage account that holds it, if another than that of the first disk.
    pub storage_account_id: Option<String>,
    /// The container that a `file` is uploaded to, if another than that of the first disk.
    #[schemars(regex(pattern = r"^[a-z0-9](-?[a-z0-9]){2,62}$"), length(max = 63))]
    pub container: Option<String>,
    /// The blob that a `file` becomes. Omitted: `GALLERY/IMAGE/VERSION-lunNUMBER.vhd`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*$"), length(max = 1024))]
    pub name: Option<String>,
}

/// How a version reaches its regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ReplicationMode {
    /// Copied.
    Full,
    /// Not copied; for tests only.
    Shallow,
}
