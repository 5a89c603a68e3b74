//! What poolwright knows about each property of a pool: where it stands in Azure's body, how it compares, what a
//! change forces, what omission means. Rows only.
//!
//! When Azure takes a change is from Microsoft's page on updating pools (batch-pool-update-properties, 2025-04-02):
//! with nodes running `applicationPackages`, `metadata`, `scaleSettings` and `startTask`, everything else with none.
//! `identity` is taken with nodes, but they keep the old one, so it is treated like the rest. Defaults are those of
//! the contract; where Azure's texts contradict each other the property is left alone.

use crate::model::field::FieldRule;

/// A property that stands in Azure's body where it stands in the file.
macro_rules! pool {
    ($path:literal) => {
        FieldRule::new($path, concat!("properties.", $path))
    };
}

/// A property of `deploymentConfiguration.virtualMachineConfiguration`, which a file has at the level of the pool.
macro_rules! vm {
    ($path:literal) => {
        FieldRule::new(
            $path,
            concat!("properties.deploymentConfiguration.virtualMachineConfiguration.", $path),
        )
    };
}

/// A row for each property of a pool that Azure has.
pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("tags", "tags").in_place().merged().leave(),
    FieldRule::new("identity", "identity").zero_nodes().leave(),
    // In the body it is a map with the ids as keys.
    FieldRule::new("identity.userAssignedIdentities", "identity.userAssignedIdentities").id().set(),
    pool!("displayName").zero_nodes().leave(),
    pool!("metadata").in_place().keyed("name").merged().leave(),
    pool!("metadata[].name"),
    pool!("metadata[].value"),
    pool!("vmSize").zero_nodes().ignore_case().leave(),
    pool!("interNodeCommunication").zero_nodes().ignore_case().default("\"Disabled\""),
    pool!("taskSlotsPerNode").zero_nodes().number().default("1"),
    pool!("taskSchedulingPolicy").zero_nodes().default(r#"{"nodeFillType":"Spread"}"#),
    pool!("taskSchedulingPolicy.nodeFillType").ignore_case().default("\"Spread\""),
    pool!("taskSchedulingPolicy.jobDefaultOrder").ignore_case().default("\"None\""),
    // Of the two, the one that is not written goes.
    pool!("scaleSettings").in_place().leave(),
    pool!("scaleSettings.fixedScale").reset("null"),
    pool!("scaleSettings.fixedScale.targetDedicatedNodes").number().default("0"),
    pool!("scaleSettings.fixedScale.targetLowPriorityNodes").number().default("0"),
    pool!("scaleSettings.fixedScale.resizeTimeout").duration().default("\"PT15M\""),
    pool!("scaleSettings.fixedScale.nodeDeallocationOption").write_only().leave(),
    pool!("scaleSettings.autoScale").reset("null"),
    pool!("scaleSettings.autoScale.formula"),
    pool!("scaleSettings.autoScale.evaluationInterval").duration().default("\"PT15M\""),
    // An empty object is what takes a start task away.
    pool!("startTask").reboot().reset("{}"),
    pool!("startTask.commandLine"),
    pool!("startTask.resourceFiles").reset("[]"),
    pool!("startTask.resourceFiles[].autoStorageContainerName").reset("null"),
    pool!("startTask.resourceFiles[].storageContainerUrl").reset("null"),
    pool!("startTask.resourceFiles[].httpUrl").reset("null"),
    pool!("startTask.resourceFiles[].blobPrefix").reset("null"),
    pool!("startTask.resourceFiles[].filePath").reset("null"),
    pool!("startTask.resourceFiles[].fileMode").default("\"0770\""),
    pool!("startTask.resourceFiles[].identityReference").reset("null"),
    pool!("startTask.resourceFiles[].identityReference.resourceId").id(),
    pool!("startTask.environmentSettings").keyed("name").reset("[]"),
    pool!("startTask.environmentSettings[].name"),
    pool!("startTask.environmentSettings[].value").reset("null"),
    pool!("startTask.userIdentity").default(r#"{"autoUser":{"scope":"Task","elevationLevel":"NonAdmin"}}"#),
    pool!("startTask.userIdentity.userName").reset("null"),
    pool!("startTask.userIdentity.autoUser").reset("null"),
    pool!("startTask.userIdentity.autoUser.scope").ignore_case().default("\"Pool\""),
    pool!("startTask.userIdentity.autoUser.elevationLevel").ignore_case().default("\"NonAdmin\""),
    pool!("startTask.maxTaskRetryCount").number().default("0"),
    pool!("startTask.waitForSuccess").default("true"),
    pool!("startTask.containerSettings").reset("null"),
    pool!("startTask.containerSettings.imageName"),
    pool!("startTask.containerSettings.containerRunOptions").reset("null"),
    pool!("startTask.containerSettings.registry").reset("null"),
    pool!("startTask.containerSettings.registry.registryServer").ignore_case().default("\"docker.io\""),
    pool!("startTask.containerSettings.registry.username").reset("null"),
    pool!("startTask.containerSettings.registry.password").secret(),
    pool!("startTask.containerSettings.registry.identityReference").reset("null"),
    pool!("startTask.containerSettings.registry.identityReference.resourceId").id(),
    pool!("startTask.containerSettings.workingDirectory").ignore_case().default("\"TaskWorkingDirectory\""),
    pool!("startTask.containerSettings.containerHostBatchBindMounts").reset("null"),
    pool!("startTask.containerSettings.containerHostBatchBindMounts[].source").ignore_case(),
    pool!("startTask.containerSettings.containerHostBatchBindMounts[].isReadOnly").default("false"),
    pool!("applicationPackages").reboot().keyed("id").reset("[]"),
    pool!("applicationPackages[].id").id(),
    pool!("applicationPackages[].version").reset("null"),
    pool!("userAccounts").zero_nodes().keyed("name").reset("[]"),
    pool!("userAccounts[].name"),
    pool!("userAccounts[].password").secret(),
    pool!("userAccounts[].elevationLevel").ignore_case().default("\"NonAdmin\""),
    pool!("userAccounts[].linuxUserConfiguration").reset("null"),
    pool!("userAccounts[].linuxUserConfiguration.uid").number(),
    pool!("userAccounts[].linuxUserConfiguration.gid").number(),
    pool!("userAccounts[].linuxUserConfiguration.sshPrivateKey").secret(),
    pool!("userAccounts[].windowsUserConfiguration").leave(),
    pool!("userAccounts[].windowsUserConfiguration.loginMode").ignore_case().leave(),
    // By position: what would be the key stands one level deeper, in one of four objects.
    pool!("mountConfiguration").zero_nodes().keyed("*.relativeMountPath").reset("[]"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration").reset("null"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.accountName"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.containerName"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.accountKey").secret(),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.sasKey").secret(),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.blobfuseOptions").reset("null"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.relativeMountPath"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.identityReference").reset("null"),
    pool!("mountConfiguration[].azureBlobFileSystemConfiguration.identityReference.resourceId").id(),
    pool!("mountConfiguration[].nfsMountConfiguration").reset("null"),
    pool!("mountConfiguration[].nfsMountConfiguration.source"),
    pool!("mountConfiguration[].nfsMountConfiguration.relativeMountPath"),
    pool!("mountConfiguration[].nfsMountConfiguration.mountOptions").reset("null"),
    pool!("mountConfiguration[].cifsMountConfiguration").reset("null"),
    pool!("mountConfiguration[].cifsMountConfiguration.userName"),
    pool!("mountConfiguration[].cifsMountConfiguration.source"),
    pool!("mountConfiguration[].cifsMountConfiguration.relativeMountPath"),
    pool!("mountConfiguration[].cifsMountConfiguration.mountOptions").reset("null"),
    pool!("mountConfiguration[].cifsMountConfiguration.password").secret(),
    pool!("mountConfiguration[].azureFileShareConfiguration").reset("null"),
    pool!("mountConfiguration[].azureFileShareConfiguration.accountName"),
    pool!("mountConfiguration[].azureFileShareConfiguration.azureFileUrl"),
    pool!("mountConfiguration[].azureFileShareConfiguration.accountKey").secret(),
    pool!("mountConfiguration[].azureFileShareConfiguration.relativeMountPath"),
    pool!("mountConfiguration[].azureFileShareConfiguration.mountOptions").reset("null"),
    pool!("networkConfiguration").zero_nodes().leave(),
    pool!("networkConfiguration.subnetId").id(),
    pool!("networkConfiguration.dynamicVnetAssignmentScope").ignore_case().default("\"none\""),
    pool!("networkConfiguration.enableAcceleratedNetworking").default("false"),
    pool!("networkConfiguration.endpointConfiguration").reset("null"),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools").keyed("name").reset("[]"),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].name"),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].protocol").ignore_case(),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].backendPort").number(),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].frontendPortRangeStart").number(),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].frontendPortRangeEnd").number(),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].networkSecurityGroupRules")
        .keyed("priority")
        .reset("[]"),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].networkSecurityGroupRules[].priority")
        .number(),
    pool!("networkConfiguration.endpointConfiguration.inboundNatPools[].networkSecurityGroupRules[].access")
        .ignore_case(),
    pool!(
        "networkConfiguration.endpointConfiguration.inboundNatPools[].networkSecurityGroupRules[].sourceAddressPrefix"
    )
    .ignore_case(),
    pool!(
        "networkConfiguration.endpointConfiguration.inboundNatPools[].networkSecurityGroupRules[].sourcePortRanges"
    )
    .set()
    .default(r#"["*"]"#),
    pool!("networkConfiguration.publicIPAddressConfiguration").default(r#"{"provision":"BatchManaged"}"#),
    pool!("networkConfiguration.publicIPAddressConfiguration.provision")
        .ignore_case()
        .default("\"BatchManaged\""),
    pool!("networkConfiguration.publicIPAddressConfiguration.ipAddressIds").id().set().reset("[]"),
    pool!("networkConfiguration.publicIPAddressConfiguration.ipFamilies").set().default(r#"["IPv4"]"#),
    pool!("networkConfiguration.publicIPAddressConfiguration.ipTags").reset("[]"),
    pool!("networkConfiguration.publicIPAddressConfiguration.ipTags[].ipTagType"),
    pool!("networkConfiguration.publicIPAddressConfiguration.ipTags[].tag"),
    pool!("upgradePolicy").zero_nodes().leave(),
    pool!("upgradePolicy.mode").ignore_case(),
    pool!("upgradePolicy.automaticOSUpgradePolicy"),
    pool!("upgradePolicy.automaticOSUpgradePolicy.disableAutomaticRollback"),
    pool!("upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade"),
    pool!("upgradePolicy.automaticOSUpgradePolicy.useRollingUpgradePolicy"),
    pool!("upgradePolicy.automaticOSUpgradePolicy.osRollingUpgradeDeferral"),
    pool!("upgradePolicy.rollingUpgradePolicy"),
    pool!("upgradePolicy.rollingUpgradePolicy.enableCrossZoneUpgrade"),
    pool!("upgradePolicy.rollingUpgradePolicy.maxBatchInstancePercent").number(),
    pool!("upgradePolicy.rollingUpgradePolicy.maxUnhealthyInstancePercent").number(),
    pool!("upgradePolicy.rollingUpgradePolicy.maxUnhealthyUpgradedInstancePercent").number(),
    pool!("upgradePolicy.rollingUpgradePolicy.pauseTimeBetweenBatches").duration(),
    pool!("upgradePolicy.rollingUpgradePolicy.prioritizeUnhealthyInstances"),
    pool!("upgradePolicy.rollingUpgradePolicy.rollbackFailedInstancesOnPolicyBreach"),
    // The virtual machine configuration: one unit in Azure, patched whole.
    FieldRule::new("image", "properties.deploymentConfiguration.virtualMachineConfiguration.imageReference.id")
        .zero_nodes()
        .id()
        .leave(),
    vm!("nodeAgentSkuId").zero_nodes().ignore_case().leave(),
    vm!("licenseType").zero_nodes().ignore_case().reset("null"),
    vm!("windowsConfiguration").zero_nodes().leave(),
    vm!("windowsConfiguration.enableAutomaticUpdates").default("true"),
    vm!("nodePlacementConfiguration").zero_nodes().default(r#"{"policy":"Regional"}"#),
    vm!("nodePlacementConfiguration.policy").ignore_case().default("\"Regional\""),
    vm!("serviceArtifactReference").zero_nodes().reset("null"),
    vm!("serviceArtifactReference.id").id(),
    vm!("osDisk").zero_nodes().leave(),
    vm!("osDisk.ephemeralOSDiskSettings"),
    vm!("osDisk.ephemeralOSDiskSettings.placement").ignore_case(),
    vm!("osDisk.caching").ignore_case(),
    vm!("osDisk.managedDisk"),
    vm!("osDisk.managedDisk.storageAccountType").ignore_case(),
    vm!("osDisk.managedDisk.securityProfile"),
    vm!("osDisk.managedDisk.securityProfile.securityEncryptionType").ignore_case(),
    vm!("osDisk.managedDisk.securityProfile.diskEncryptionSet"),
    vm!("osDisk.managedDisk.securityProfile.diskEncryptionSet.id").id(),
    vm!("osDisk.managedDisk.diskEncryptionSet"),
    vm!("osDisk.managedDisk.diskEncryptionSet.id").id(),
    vm!("osDisk.diskSizeGB").number(),
    vm!("osDisk.writeAcceleratorEnabled"),
    vm!("dataDisks").zero_nodes().keyed("lun").reset("[]"),
    vm!("dataDisks[].lun").number(),
    vm!("dataDisks[].diskSizeGB").number(),
    vm!("dataDisks[].caching").ignore_case().leave(),
    vm!("dataDisks[].managedDisk").default(r#"{"storageAccountType":"Standard_LRS"}"#),
    vm!("dataDisks[].managedDisk.storageAccountType").ignore_case().default("\"Standard_LRS\""),
    vm!("dataDisks[].managedDisk.securityProfile").reset("null"),
    vm!("dataDisks[].managedDisk.securityProfile.securityEncryptionType").ignore_case(),
    vm!("dataDisks[].managedDisk.securityProfile.diskEncryptionSet"),
    vm!("dataDisks[].managedDisk.securityProfile.diskEncryptionSet.id").id(),
    vm!("dataDisks[].managedDisk.diskEncryptionSet").reset("null"),
    vm!("dataDisks[].managedDisk.diskEncryptionSet.id").id(),
    vm!("diskEncryptionConfiguration").zero_nodes().reset("null"),
    vm!("diskEncryptionConfiguration.targets").set().reset("[]"),
    vm!("diskEncryptionConfiguration.customerManagedKey").reset("null"),
    vm!("diskEncryptionConfiguration.customerManagedKey.keyUrl").reset("null"),
    vm!("diskEncryptionConfiguration.customerManagedKey.rotationToLatestKeyVersionEnabled").default("false"),
    vm!("diskEncryptionConfiguration.customerManagedKey.identityReference").reset("null"),
    vm!("diskEncryptionConfiguration.customerManagedKey.identityReference.resourceId").id(),
    vm!("securityProfile").zero_nodes().leave(),
    vm!("securityProfile.securityType").ignore_case(),
    vm!("securityProfile.encryptionAtHost").default("false"),
    vm!("securityProfile.uefiSettings"),
    vm!("securityProfile.uefiSettings.secureBootEnabled"),
    vm!("securityProfile.uefiSettings.vTpmEnabled"),
    vm!("securityProfile.proxyAgentSettings"),
    vm!("securityProfile.proxyAgentSettings.enabled").default("false"),
    vm!("securityProfile.proxyAgentSettings.imds"),
    vm!("securityProfile.proxyAgentSettings.imds.mode").ignore_case(),
    vm!("securityProfile.proxyAgentSettings.imds.inVMAccessControlProfileReferenceId").id(),
    vm!("securityProfile.proxyAgentSettings.wireServer"),
    vm!("securityProfile.proxyAgentSettings.wireServer.mode").ignore_case(),
    vm!("securityProfile.proxyAgentSettings.wireServer.inVMAccessControlProfileReferenceId").id(),
    vm!("containerConfiguration").zero_nodes().reset("null"),
    vm!("containerConfiguration.type").ignore_case(),
    vm!("containerConfiguration.containerImageNames").set().reset("[]"),
    vm!("containerConfiguration.containerRegistries").reset("[]"),
    vm!("containerConfiguration.containerRegistries[].registryServer").ignore_case().default("\"docker.io\""),
    vm!("containerConfiguration.containerRegistries[].username").reset("null"),
    vm!("containerConfiguration.containerRegistries[].password").secret(),
    vm!("containerConfiguration.containerRegistries[].identityReference").reset("null"),
    vm!("containerConfiguration.containerRegistries[].identityReference.resourceId").id(),
    vm!("extensions").zero_nodes().keyed("name").reset("[]"),
    vm!("extensions[].name"),
    vm!("extensions[].publisher").ignore_case(),
    vm!("extensions[].type").ignore_case(),
    vm!("extensions[].typeHandlerVersion").leave(),
    vm!("extensions[].autoUpgradeMinorVersion").leave(),
    vm!("extensions[].enableAutomaticUpgrade").leave(),
    vm!("extensions[].settings").json().reset("null"),
    vm!("extensions[].protectedSettings").secret(),
    vm!("extensions[].provisionAfterExtensions").set().reset("[]"),
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::FIELDS;
    use crate::kinds::pool::spec::contract;
    use crate::model::field::{Compare, Elements, Forces, Omitted};

    /// The words of ours that Azure never sees, with all below them. `account` and `id` make the resource's id, and
    /// `profile` is gone when a pool is read; `image` has a row.
    const OURS: &[&str] = &["account", "adopt", "id", "maxNodes", "profile", "protect", "rollout"];

    #[test]
    fn every_property_has_one_row_and_every_row_a_property() {
        let properties = contract::ours();
        let ours = |path: &str| OURS.contains(&path.split('.').next().unwrap_or_default());
        let wanted: BTreeSet<&str> =
            properties.keys().map(String::as_str).filter(|path| !ours(path)).collect();
        let rows: BTreeSet<&str> = FIELDS.iter().map(|rule| rule.spec).collect();
        assert_eq!(rows.len(), FIELDS.len(), "a property has two rows");
        let differ: Vec<_> = rows.symmetric_difference(&wanted).collect();
        assert!(differ.is_empty(), "only a row, or only a property: {differ:?}");
    }

    #[test]
    fn every_row_stands_in_azures_body() {
        let Some(bodies) = contract::body_paths() else { return };
        let lost: Vec<&str> =
            FIELDS.iter().map(|rule| rule.body).filter(|body| !bodies.contains(*body)).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn rows_hold_together() {
        let rows: BTreeMap<&str, _> = FIELDS.iter().map(|rule| (rule.spec, rule)).collect();
        let secrets: BTreeSet<&str> =
            FIELDS.iter().filter(|rule| rule.compare == Compare::Secret).map(|rule| rule.spec).collect();
        let properties = contract::ours();
        let expected: BTreeSet<&str> = properties
            .iter()
            .filter(|(_, property)| property.secret)
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(secrets, expected);
        for rule in FIELDS {
            if let Elements::Keyed(key) = rule.elements {
                let list = format!("{}[].", rule.spec);
                let inside = rows.keys().filter_map(|row| row.strip_prefix(list.as_str()));
                let mut keys = inside.filter(|row| match key.strip_prefix("*.") {
                    Some(deeper) => row.split_once('.').is_some_and(|(_, name)| name == deeper),
                    None => *row == key,
                });
                assert!(keys.next().is_some(), "the key of {}", rule.spec);
            }
            if let Some(Omitted::Default(json) | Omitted::Reset(json)) = rule.omitted {
                serde_json::from_str::<serde_json::Value>(json)
                    .unwrap_or_else(|error| panic!("{}: {error}", rule.spec));
            }
        }
    }

    #[test]
    fn what_azure_takes_while_nodes_run_is_what_its_page_lists() {
        let taken: BTreeSet<&str> = FIELDS
            .iter()
            .filter(|rule| matches!(rule.forces, Some(Forces::InPlace | Forces::Reboot)))
            .map(|rule| rule.spec)
            .collect();
        assert_eq!(
            taken,
            BTreeSet::from(["applicationPackages", "metadata", "scaleSettings", "startTask", "tags"])
        );
        for rule in FIELDS.iter().filter(|rule| !rule.spec.contains('.') && !rule.spec.contains('[')) {
            assert!(rule.forces.is_some() && rule.omitted.is_some(), "{} leaves something open", rule.spec);
        }
    }
}
