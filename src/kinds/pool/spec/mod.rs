//! What users write about a Batch pool: the properties of the management API 2025-06-01, those of
//! `deploymentConfiguration.virtualMachineConfiguration` lifted to the pool, and a few words of our own.
//! Types only; the doc comments are the schema's text. Each change also stands in `fields`, which a test demands.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub mod application_packages;
pub mod containers;
pub mod disks;
pub mod encryption;
pub mod extensions;
pub mod identity;
pub mod mounts;
pub mod network;
pub mod placement;
pub mod registry;
pub mod resource_files;
pub mod rollout;
pub mod scale;
pub mod security;
mod spelling;
pub mod start_task;
pub mod upgrade_policy;
pub mod users;
pub mod windows;

use crate::kinds::pool::spec::application_packages::{ApplicationPackage, MetadataItem};
use crate::kinds::pool::spec::containers::ContainerConfiguration;
use crate::kinds::pool::spec::disks::{PoolDataDisk, PoolOsDisk};
use crate::kinds::pool::spec::encryption::DiskEncryptionConfiguration;
use crate::kinds::pool::spec::extensions::{ServiceArtifactReference, VmExtension};
use crate::kinds::pool::spec::identity::PoolIdentity;
use crate::kinds::pool::spec::mounts::MountConfiguration;
use crate::kinds::pool::spec::network::NetworkConfiguration;
use crate::kinds::pool::spec::placement::{
    InterNodeCommunication, NodePlacementConfiguration, TaskSchedulingPolicy,
};
use crate::kinds::pool::spec::rollout::Rollout;
use crate::kinds::pool::spec::scale::ScaleSettings;
use crate::kinds::pool::spec::security::SecurityProfile;
use crate::kinds::pool::spec::start_task::StartTask;
use crate::kinds::pool::spec::upgrade_policy::UpgradePolicy;
use crate::kinds::pool::spec::users::UserAccount;
use crate::kinds::pool::spec::windows::{LicenseType, WindowsConfiguration};

/// A Batch pool: nodes of one size that boot one image.
///
/// `account` and `id` name it; `vmSize`, `image` and `nodeAgentSkuId` must be written here or in its profile.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = spelling::pool()))]
pub struct PoolSpec {
    /// The Batch account the pool is in: an alias of `accounts`. Another account is another pool.
    #[schemars(length(min = 1), example = &"eus2")]
    pub account: String,
    /// The pool's id, unique in its account without regard to case: letters, digits, `-` and `_`, at most 64.
    /// Another id is another pool.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_-]+$"), example = &"render")]
    pub id: String,
    /// The profile whose settings this pool has where it writes none: maps merge, lists and single values replace.
    #[schemars(length(min = 1), example = &"render")]
    pub profile: Option<String>,
    /// The image the nodes boot. Required, here or in the profile.
    ///
    /// `name@1.2.3` is that version; `name@latest` the highest that fits, chosen when planning and pinned; `name`
    /// alone leaves the choice to Azure whenever a node is made, as automatic OS upgrade needs it;
    /// `alias/name@1.2.3` is in a referenced gallery; a resource id works too. The version must be replicated in the
    /// account's region. A change is taken only with zero nodes: `rollout` says how it gets there.
    #[schemars(length(min = 1), example = &"ubuntu-2404-render@3.4.0", example = &"corp/ubuntu-2404@latest")]
    pub image: Option<String>,
    /// The Batch agent that fits the image's operating system. Required, here or in the profile.
    ///
    /// `az batch pool supported-images list` shows them; with a wrong or retired one, nodes never start or the pool
    /// is refused. A change is taken only with zero nodes.
    #[schemars(length(min = 1), example = &"batch.node.ubuntu 24.04", example = &"batch.node.windows amd64")]
    pub node_agent_sku_id: Option<String>,
    /// The size of the nodes' virtual machines. Required, here or in the profile.
    ///
    /// It must boot the image's generation, and the account needs core quota for its family. A change is taken only
    /// with zero nodes.
    #[schemars(length(min = 1), example = &"Standard_D4ds_v5")]
    pub vm_size: Option<String>,
    /// How many nodes there are. Omitted: none in a new pool; left as it is on one that exists, so that something
    /// else may scale it. Changes are taken with nodes running.
    pub scale_settings: Option<ScaleSettings>,
    /// The most nodes the pool can have, for replicas and quota. Omitted: the fixed target; must be given with
    /// `autoScale` where `auto` depends on it. Azure never sees it.
    #[schemars(range(min = 1, max = 2_147_483_647), example = 400)]
    pub max_nodes: Option<u32>,
    /// How a new image, and any other change that needs zero nodes, reaches the pool while it works.
    pub rollout: Option<Rollout>,
    /// Whether the pool is kept from being removed or replaced. Omitted: false.
    pub protect: Option<bool>,
    /// Whether a pool that exists without our mark is taken over. Omitted: false; then it is blocked if it differs.
    pub adopt: Option<bool>,
    /// A name for people, at most 1024 characters. Omitted: left as it is. A change is taken only with zero nodes.
    #[schemars(length(max = 1024))]
    pub display_name: Option<String>,
    /// Tags of the pool as an Azure resource; only the keys written here are managed. Changes are taken at once.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Names and values that Batch keeps and does not interpret; only the names written here are managed. Changes
    /// are taken at once.
    #[serde(default)]
    pub metadata: Vec<MetadataItem>,
    /// The user-assigned managed identities of the nodes.
    pub identity: Option<PoolIdentity>,
    /// What every node runs before it takes work.
    pub start_task: Option<StartTask>,
    /// Application packages that every node gets, at most 10. Omitted: none; those that are there are taken away.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub application_packages: Vec<ApplicationPackage>,
    /// How many tasks run on a node at the same time: 1 to four times its cores, at most 256. Omitted: 1. A change
    /// is taken only with zero nodes.
    #[schemars(range(min = 1, max = 256), example = 4)]
    pub task_slots_per_node: Option<u32>,
    /// On which node a task runs.
    pub task_scheduling_policy: Option<TaskSchedulingPolicy>,
    /// Whether nodes can talk to each other, as MPI needs it. Omitted: `Disabled`.
    ///
    /// `Enabled` bounds the pool at 100 nodes (80 in user subscription mode) and makes allocation harder. A change is
    /// taken only with zero nodes.
    pub inter_node_communication: Option<InterNodeCommunication>,
    /// The network the nodes are in.
    pub network_configuration: Option<NetworkConfiguration>,
    /// How nodes are spread over the availability zones.
    pub node_placement_configuration: Option<NodePlacementConfiguration>,
    /// The nodes' operating system disk.
    pub os_disk: Option<PoolOsDisk>,
    /// Empty disks beside those of the image. Omitted: none; those that are there are taken away. Changes are taken
    /// only with zero nodes.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub data_disks: Vec<PoolDataDisk>,
    /// Encryption of the nodes' disks from inside the node.
    pub disk_encryption_configuration: Option<DiskEncryptionConfiguration>,
    /// Secure start of the nodes.
    pub security_profile: Option<SecurityProfile>,
    /// File systems that every node mounts, at most 10, in this order. Omitted: none; those that are there are taken
    /// away. Changes are taken only with zero nodes.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub mount_configuration: Vec<MountConfiguration>,
    /// User accounts that every node has. Omitted: none; those that are there are taken away. Changes are taken only
    /// with zero nodes.
    #[serde(default)]
    pub user_accounts: Vec<UserAccount>,
    /// What prepares the nodes for containers.
    pub container_configuration: Option<ContainerConfiguration>,
    /// Extensions that are installed on every node. Omitted: none; those that are there are taken away. Changes are
    /// taken only with zero nodes.
    #[serde(default)]
    pub extensions: Vec<VmExtension>,
    /// What only Windows nodes know.
    pub windows_configuration: Option<WindowsConfiguration>,
    /// The Windows licence that the user already holds for the nodes. Omitted: none; what is there is taken away. A
    /// change is taken only with zero nodes.
    pub license_type: Option<LicenseType>,
    /// How Azure itself brings a new image to the nodes.
    pub upgrade_policy: Option<UpgradePolicy>,
    /// The service artifact that keeps the image version the same in all regions under automatic OS upgrade.
    pub service_artifact_reference: Option<ServiceArtifactReference>,
}

impl PoolSpec {
    /// The properties that Azure demands, that may stand in a profile, and that this pool has from neither place.
    pub fn missing(&self) -> Vec<&'static str> {
        [
            ("image", self.image.is_none()),
            ("nodeAgentSkuId", self.node_agent_sku_id.is_none()),
            ("vmSize", self.vm_size.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect()
    }
}

#[cfg(test)]
pub(in crate::kinds::pool) mod contract;
