//! What a user writes for an image definition.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::image_definition::retention::RetentionSpec;
use crate::kinds::vocabulary::{
    HyperVGeneration, OsState, OsType, OtherRegions, SafetyProfile, TargetRegion, VersionStorage,
};

/// An image definition: what all versions of an image have in common. Most of it cannot change.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageDefinitionSpec {
    /// Its name: letters, digits, `.`, `_` and `-`. It cannot change.
    #[schemars(regex(pattern = r"^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9])?$"), example = &"ubuntu-2404-render")]
    pub name: String,
    /// The gallery it is in, by name. May be left out where the stack owns exactly one.
    pub gallery: Option<String>,
    /// The operating system. It cannot change.
    pub os_type: OsType,
    /// Whether its versions are generalized. Batch boots only those. It cannot change.
    pub os_state: OsState,
    /// Which generation of virtual machine boots it. It cannot change. Always written, because Azure's default depends
    /// on the API version.
    pub hyper_v_generation: HyperVGeneration,
    /// The processor architecture. Azure's default: `x64`. It cannot change.
    pub architecture: Option<Architecture>,
    /// The three names under which the image is known. They are unique in a gallery and cannot change.
    pub identifier: ImageIdentifier,
    /// What the image is for. Changed in place; left as it is when omitted.
    pub description: Option<String>,
    /// The end user licence. It cannot change.
    pub eula: Option<String>,
    /// Where the privacy statement is. It cannot change.
    pub privacy_statement_uri: Option<String>,
    /// Where the release notes are. Left as it is when omitted.
    pub release_note_uri: Option<String>,
    /// When the image should no longer be used: a date, or a date and time. Information only: nodes still start.
    #[schemars(regex(pattern = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$"), example = &"2027-06-30")]
    pub end_of_life_date: Option<String>,
    /// The sizes of virtual machine that the image is meant for. Information only.
    pub recommended: Option<RecommendedMachine>,
    /// The disk types that the image must not be started from. It cannot change.
    pub disallowed: Option<Disallowed>,
    /// The purchase plan of the Marketplace image it was built from, exactly as that image has it. It cannot change.
    pub purchase_plan: Option<PurchasePlan>,
    /// Features, such as `SecurityType: TrustedLaunchSupported` or `DiskControllerTypes: SCSI, NVMe`. They cannot change.
    #[serde(default)]
    pub features: Vec<ImageFeature>,
    /// Inherited by the versions below that do not write their own.
    #[serde(default)]
    pub target_regions: Vec<TargetRegion>,
    /// Inherited by the versions below that do not write their own.
    pub other_regions: Option<OtherRegions>,
    /// Inherited by the versions below that do not write their own.
    pub storage_account_type: Option<VersionStorage>,
    /// Inherited by the versions below that do not write their own.
    pub safety_profile: Option<SafetyProfile>,
    /// When old versions go. Omitted: never, but by `remove: true`.
    pub retention: Option<RetentionSpec>,
    /// The subscription it is in. It is its gallery's: written only to say so.
    pub subscription: Option<String>,
    /// The resource group it is in. It is its gallery's: written only to say so.
    pub resource_group: Option<String>,
    /// The region of the definition's own metadata, if not the stack's. It cannot change.
    pub location: Option<String>,
    /// Tags beside the stack's. Only the keys written here are managed.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Take over a definition of this name that exists and bears no mark of this stack.
    #[serde(default)]
    pub adopt: bool,
    /// Never remove or replace it.
    #[serde(default)]
    pub protect: bool,
}

/// The three names under which an image is known.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageIdentifier {
    /// Who makes it.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{0,127}[A-Za-z0-9_-]$"))]
    pub publisher: String,
    /// The group of images it belongs to.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{0,63}[A-Za-z0-9_-]$"))]
    pub offer: String,
    /// Which one of the group it is.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{0,63}[A-Za-z0-9_-]$"))]
    pub sku: String,
}

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Architecture {
    /// 64-bit Intel and AMD.
    #[serde(rename = "x64")]
    X64,
    /// 64-bit ARM.
    Arm64,
}

/// The sizes of virtual machine that an image is meant for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendedMachine {
    /// Processor cores.
    #[serde(rename = "vCPUs")]
    pub vcpus: Option<ResourceRange>,
    /// Memory in GB.
    pub memory: Option<ResourceRange>,
}

/// From and to, both included.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceRange {
    /// At least.
    #[schemars(range(min = 1))]
    pub min: Option<u32>,
    /// At most.
    #[schemars(range(min = 1))]
    pub max: Option<u32>,
}

/// What an image must not be started from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disallowed {
    /// Disk types, such as `Standard_LRS`.
    #[serde(default)]
    pub disk_types: Vec<String>,
}

/// The purchase plan of a Marketplace image.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PurchasePlan {
    /// The plan's name.
    pub name: Option<String>,
    /// Who sells it.
    pub publisher: Option<String>,
    /// What is sold.
    pub product: Option<String>,
}

/// One feature of an image.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageFeature {
    /// Its name, such as `SecurityType`.
    pub name: String,
    /// Its value, such as `TrustedLaunchSupported`.
    pub value: String,
}
