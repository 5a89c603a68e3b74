//! Azure's built-in roles that matter here, with their real ids and actions.
//! A fixed table; roles that people make are in the world.

use serde_json::{Value, json};

use crate::emulator::azure::authorization::grants::Plane;

/// One built-in role.
#[derive(Debug)]
pub(super) struct BuiltIn {
    /// The GUID it has in every tenant.
    pub(super) guid: &'static str,
    /// The name people know it by.
    pub(super) name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    data_actions: &'static [&'static str],
}

impl BuiltIn {
    /// What it grants on a plane, and what it takes out again.
    pub(super) fn lists(&self, plane: Plane) -> (&'static [&'static str], &'static [&'static str]) {
        match plane {
            Plane::Management => (self.actions, self.not_actions),
            Plane::Data => (self.data_actions, NONE),
        }
    }

    /// The role's properties as they are answered.
    pub(super) fn properties(&self) -> Value {
        json!({
            "roleName": self.name, "type": "BuiltInRole", "description": self.description, "assignableScopes": ["/"],
            "permissions": [{
                "actions": self.actions, "notActions": self.not_actions,
                "dataActions": self.data_actions, "notDataActions": [],
            }],
        })
    }
}

/// The built-in role of that GUID.
pub(super) fn find(guid: &str) -> Option<&'static BuiltIn> {
    ALL.iter().find(|role| role.guid.eq_ignore_ascii_case(guid))
}

/// The GUID of Owner.
pub(super) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

const NONE: &[&str] = &[];

const fn role(
    guid: &'static str,
    name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    not_actions: &'static [&'static str],
    data_actions: &'static [&'static str],
) -> BuiltIn {
    BuiltIn { guid, name, description, actions, not_actions, data_actions }
}

/// All of them: the general ones, Batch, galleries, the rest.
pub(super) const ALL: &[BuiltIn] = &[
    role(
        OWNER,
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        &["*"],
        NONE,
        NONE,
    ),
    role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
            "Microsoft.Subscription/cancel/action",
            "Microsoft.Subscription/enable/action",
        ],
        NONE,
    ),
    role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        &["*/read"],
        NONE,
        NONE,
    ),
    role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        NONE,
        NONE,
    ),
    role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage access using other ways, such as Azure Policy.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        NONE,
        NONE,
    ),
    role(
        "29fe4964-1e60-436b-bd3a-77fd4c178b3c",
        "Azure Batch Account Contributor",
        "Grants full access to manage all Batch resources, including Batch accounts, pools and jobs.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Batch/*",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        NONE,
        &["Microsoft.Batch/*"],
    ),
    role(
        "11076f67-66f6-4be0-8f6b-f0609fd05cc9",
        "Azure Batch Account Reader",
        "Lets you view all resources including pools and jobs in the Batch account.",
        &[
            "Microsoft.Batch/batchAccounts/read",
            "Microsoft.Batch/batchAccounts/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        NONE,
        &["Microsoft.Batch/batchAccounts/*/read"],
    ),
    role(
        "6aaa78f1-f7de-44ca-8722-c64a23943cae",
        "Azure Batch Data Contributor",
        "Grants permissions to manage Batch pools and jobs but not to modify accounts.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Batch/batchAccounts/read",
            "Microsoft.Batch/batchAccounts/applications/*",
            "Microsoft.Batch/batchAccounts/certificates/*",
            "Microsoft.Batch/batchAccounts/certificateOperationResults/*",
            "Microsoft.Batch/batchAccounts/pools/*",
            "Microsoft.Batch/batchAccounts/poolOperationResults/*",
            "Microsoft.Batch/locations/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        NONE,
        &["Microsoft.Batch/batchAccounts/jobSchedules/*", "Microsoft.Batch/batchAccounts/jobs/*"],
    ),
    role(
        "48e5e92e-a480-4e71-aa9c-2778f4c13781",
        "Azure Batch Job Submitter",
        "Lets you submit and manage jobs in the Batch account.",
        &[
            "Microsoft.Batch/batchAccounts/applications/read",
            "Microsoft.Batch/batchAccounts/applications/versions/read",
            "Microsoft.Batch/batchAccounts/pools/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        NONE,
        &["Microsoft.Batch/batchAccounts/jobSchedules/*", "Microsoft.Batch/batchAccounts/jobs/*"],
    ),
    role(
        "a35466a1-cfd6-450a-b35e-683fcdf30363",
        "Azure Batch Service Orchestration Role",
        "Grants the required permissions to Azure Batch Resource Provider to manage compute and other backing resources in the subscription.",
        &[
            "Microsoft.AzureFleet/fleets/*",
            "Microsoft.Compute/virtualMachineScaleSets/*",
            "Microsoft.Compute/virtualMachines/*",
            "Microsoft.Compute/disks/*",
            "Microsoft.Network/loadBalancers/*",
            "Microsoft.Network/networkSecurityGroups/*",
            "Microsoft.Network/publicIPAddresses/*",
            "Microsoft.Network/virtualNetworks/*",
            "Microsoft.Resources/subscriptions/resourceGroups/*",
        ],
        NONE,
        NONE,
    ),
    role(
        "85a2d0d9-2eba-4c9c-b355-11c2cc0788ab",
        "Compute Gallery Artifacts Publisher",
        "This is the role for publishing gallery artifacts.",
        &[
            "Microsoft.Compute/galleries/*",
            "Microsoft.Compute/locations/capsOperations/read",
            "Microsoft.Compute/locations/communityGalleries/*",
            "Microsoft.Compute/locations/sharedGalleries/*",
            "Microsoft.Compute/images/*",
            "Microsoft.Compute/virtualMachines/write",
            "Microsoft.Compute/disks/write",
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
        ],
        &["Microsoft.Compute/galleries/share/action"],
        NONE,
    ),
    role(
        "cf7c76d2-98a3-4358-a134-615aa78bf44d",
        "Compute Gallery Image Reader",
        "This is the role for reading gallery images.",
        &["Microsoft.Compute/galleries/images/read", "Microsoft.Compute/galleries/images/versions/read"],
        NONE,
        NONE,
    ),
    role(
        "1ef6a3be-d0ac-425d-8c01-acb62866290b",
        "Compute Gallery Sharing Admin",
        "This role allows user to share gallery to another subscription/tenant or share it to the public.",
        &["Microsoft.Compute/galleries/share/action"],
        NONE,
        NONE,
    ),
    role(
        "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        "Virtual Machine Contributor",
        "Lets you manage virtual machines, but not access to them, and not the virtual network or storage account they're connected to.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Compute/availabilitySets/*",
            "Microsoft.Compute/locations/*",
            "Microsoft.Compute/virtualMachines/*",
            "Microsoft.Compute/virtualMachineScaleSets/*",
            "Microsoft.Compute/cloudServices/*",
            "Microsoft.Compute/disks/write",
            "Microsoft.Compute/disks/read",
            "Microsoft.Compute/disks/delete",
            "Microsoft.DevTestLab/schedules/*",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Network/applicationGateways/backendAddressPools/join/action",
            "Microsoft.Network/loadBalancers/backendAddressPools/join/action",
            "Microsoft.Network/loadBalancers/inboundNatPools/join/action",
            "Microsoft.Network/loadBalancers/inboundNatRules/join/action",
            "Microsoft.Network/loadBalancers/probes/join/action",
            "Microsoft.Network/loadBalancers/read",
            "Microsoft.Network/locations/*",
            "Microsoft.Network/networkInterfaces/*",
            "Microsoft.Network/networkSecurityGroups/join/action",
            "Microsoft.Network/networkSecurityGroups/read",
            "Microsoft.Network/publicIPAddresses/join/action",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.RecoveryServices/locations/*",
            "Microsoft.RecoveryServices/Vaults/backupFabrics/backupProtectionIntent/write",
            "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/*/read",
            "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
            "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/write",
            "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
            "Microsoft.RecoveryServices/Vaults/backupPolicies/write",
            "Microsoft.RecoveryServices/Vaults/read",
            "Microsoft.RecoveryServices/Vaults/usages/read",
            "Microsoft.RecoveryServices/Vaults/write",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.SerialConsole/serialPorts/connect/action",
            "Microsoft.SqlVirtualMachine/*",
            "Microsoft.Storage/storageAccounts/listKeys/action",
            "Microsoft.Storage/storageAccounts/read",
            "Microsoft.Support/*",
        ],
        NONE,
        NONE,
    ),
    role(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        "Read and Assign User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Support/*",
        ],
        NONE,
        NONE,
    ),
    role(
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        "Create, Read, Update, and Delete User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Support/*",
        ],
        NONE,
        NONE,
    ),
    role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        "Allows for read, write and delete access to Azure Storage blob containers and data",
        &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
            "Microsoft.Storage/storageAccounts/blobServices/containers/read",
            "Microsoft.Storage/storageAccounts/blobServices/containers/write",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ],
        NONE,
        &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
        ],
    ),
    role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        "Allows for read access to Azure Storage blob containers and data",
        &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/read",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ],
        NONE,
        &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
    ),
];
