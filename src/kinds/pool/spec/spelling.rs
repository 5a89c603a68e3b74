//! Keys that people paste from elsewhere, and what to write instead: Azure's long form, the data plane's spelling,
//! azurerm's, and properties that are gone.
//! Only foreign keys: a test demands that none of them is one of ours.

use std::collections::BTreeMap;

/// At the level of a pool.
pub(super) fn pool() -> BTreeMap<&'static str, &'static str> {
    POOL.iter().copied().collect()
}

/// In a data disk.
pub(super) fn data_disk() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("storageAccountType", "write it as `managedDisk: { storageAccountType: … }`")])
}

/// In the network configuration.
pub(super) fn network() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("dynamicVNetAssignmentScope", "write `dynamicVnetAssignmentScope`")])
}

/// In the endpoint configuration.
pub(super) fn endpoints() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("inboundNATPools", "write `inboundNatPools`")])
}

/// In the user a task runs as, and in an SMB mount.
pub(super) fn user_name() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("username", "write `userName`: so Azure's management API spells it here")])
}

/// In a container registry.
pub(super) fn registry() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("userName", "write `username`: so Azure's management API spells it here")])
}

/// In an application package.
pub(super) fn application_package() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("applicationId", "write `id`, with the resource id of the application")])
}

/// In the identity of a pool.
pub(super) fn identity() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("type", "leave it out: the identities of a pool are always `UserAssigned`")])
}

const LIFTED: &str = "leave it out, and write what is in it at the level of the pool";

const POOL: &[(&str, &str)] = &[
    // Azure's long form.
    ("properties", LIFTED),
    ("deploymentConfiguration", LIFTED),
    ("virtualMachineConfiguration", LIFTED),
    ("imageReference", "write `image`: NAME@VERSION, NAME@latest, NAME, or a resource id"),
    ("name", "write `id`"),
    ("fixedScale", "write it in `scaleSettings`"),
    ("autoScale", "write it in `scaleSettings`"),
    // The data plane's spelling.
    ("nodeAgentSKUId", "write `nodeAgentSkuId`"),
    ("virtualMachineImageId", "write `image` with the resource id"),
    ("targetDedicatedNodes", "write it in `scaleSettings.fixedScale`"),
    ("targetLowPriorityNodes", "write it in `scaleSettings.fixedScale`"),
    ("resizeTimeout", "write it in `scaleSettings.fixedScale`"),
    ("nodeDeallocationOption", "write it in `scaleSettings.fixedScale`"),
    ("enableAutoScale", "leave it out: `scaleSettings.autoScale` with a formula says it"),
    ("autoScaleFormula", "write `scaleSettings: { autoScale: { formula: … } }`"),
    ("autoScaleEvaluationInterval", "write `scaleSettings: { autoScale: { evaluationInterval: … } }`"),
    ("enableInterNodeCommunication", "write `interNodeCommunication: Enabled` or `Disabled`"),
    (
        "applicationPackageReferences",
        "write `applicationPackages`, each with the resource `id` of its application",
    ),
    ("maxTasksPerNode", "write `taskSlotsPerNode`"),
    ("nodeFillType", "write `taskSchedulingPolicy: { nodeFillType: Spread }` or `Pack`"),
    ("subnetId", "write it in `networkConfiguration`"),
    // What other tools call it.
    ("account_name", "write `account`, with an alias of `accounts`"),
    ("auto_scale", "write `scaleSettings: { autoScale: { formula: … } }`"),
    ("batchAccount", "write `account`, with an alias of `accounts`"),
    ("container_configuration", "write `containerConfiguration`"),
    ("data_disks", "write `dataDisks`"),
    ("disk_encryption", "write `diskEncryptionConfiguration`"),
    ("display_name", "write `displayName`"),
    ("fixed_scale", "write `scaleSettings: { fixedScale: { targetDedicatedNodes: … } }`"),
    ("inter_node_communication", "write `interNodeCommunication`"),
    ("license_type", "write `licenseType`"),
    ("max_tasks_per_node", "write `taskSlotsPerNode`"),
    ("mount", "write `mountConfiguration`"),
    ("mounts", "write `mountConfiguration`"),
    ("network_configuration", "write `networkConfiguration`"),
    ("node_agent_sku_id", "write `nodeAgentSkuId`"),
    ("node_placement", "write `nodePlacementConfiguration`"),
    ("os_disk_placement", "write `osDisk: { ephemeralOSDiskSettings: { placement: CacheDisk } }`"),
    ("security_profile", "write `securityProfile`"),
    ("start_task", "write `startTask`"),
    ("storage_image_reference", "write `image`: NAME@VERSION, NAME@latest, NAME, or a resource id"),
    ("task_scheduling_policy", "write `taskSchedulingPolicy`"),
    ("user_accounts", "write `userAccounts`"),
    ("vm_size", "write `vmSize`"),
    ("windows", "write `windowsConfiguration`"),
    // What is gone.
    (
        "certificates",
        "leave it out: Azure has retired certificates on pools; read them from Key Vault instead",
    ),
    (
        "certificateReferences",
        "leave it out: Azure has retired certificates on pools; read them from Key Vault instead",
    ),
    (
        "targetNodeCommunicationMode",
        "leave it out: every pool has the simplified communication since the classic one is retired",
    ),
    (
        "target_node_communication_mode",
        "leave it out: every pool has the simplified communication since the classic one is retired",
    ),
    ("resourceTags", "write `tags`: the property of this name is gone from Azure's API"),
    ("applicationLicenses", "leave it out: Azure has retired licences by the hour on pools"),
];

#[cfg(test)]
mod tests {
    use super::{POOL, pool};
    use crate::kinds::pool::spec::PoolSpec;

    #[test]
    fn no_key_of_ours_is_called_foreign() {
        assert_eq!(pool().len(), POOL.len(), "a key is there twice");
        let schema = schemars::schema_for!(PoolSpec).to_value();
        for key in pool().keys() {
            assert!(schema["properties"].get(key).is_none(), "{key} is a property of a pool");
        }
        assert_eq!(schema["x-azure-spelling"]["vm_size"], "write `vmSize`");
    }
}
