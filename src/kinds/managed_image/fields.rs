//! What is known of a managed image's properties (Compute API 2024-07-01): only tags can change.

use crate::model::field::FieldRule;

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().replace(),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("hyperVGeneration", "properties.hyperVGeneration").replace(),
    FieldRule::new("osDisk", "properties.storageProfile.osDisk").replace(),
    FieldRule::new("osDisk.osType", "properties.storageProfile.osDisk.osType"),
    FieldRule::new("osDisk.osState", "properties.storageProfile.osDisk.osState"),
    FieldRule::new("osDisk.snapshot", "properties.storageProfile.osDisk.snapshot.id").id().create_only(),
    FieldRule::new("osDisk.managedDisk", "properties.storageProfile.osDisk.managedDisk.id")
        .id()
        .create_only(),
    FieldRule::new("osDisk.caching", "properties.storageProfile.osDisk.caching").leave(),
    FieldRule::new("osDisk.diskSizeGB", "properties.storageProfile.osDisk.diskSizeGB").number().leave(),
    FieldRule::new("osDisk.storageAccountType", "properties.storageProfile.osDisk.storageAccountType")
        .leave(),
    FieldRule::new("dataDisks", "properties.storageProfile.dataDisks").keyed("lun").replace().reset("[]"),
    FieldRule::new("dataDisks[].lun", "properties.storageProfile.dataDisks[].lun").number(),
    FieldRule::new("dataDisks[].snapshot", "properties.storageProfile.dataDisks[].snapshot.id")
        .id()
        .create_only(),
    FieldRule::new("dataDisks[].managedDisk", "properties.storageProfile.dataDisks[].managedDisk.id")
        .id()
        .create_only(),
    FieldRule::new("dataDisks[].caching", "properties.storageProfile.dataDisks[].caching").leave(),
    FieldRule::new("dataDisks[].diskSizeGB", "properties.storageProfile.dataDisks[].diskSizeGB")
        .number()
        .leave(),
    FieldRule::new(
        "dataDisks[].storageAccountType",
        "properties.storageProfile.dataDisks[].storageAccountType",
    )
    .leave(),
    FieldRule::new("zoneResilient", "properties.storageProfile.zoneResilient").replace().default("false"),
];
