//! What is known of an image version's properties (Compute Gallery API 2024-03-03).

use crate::model::field::FieldRule;

const NEW: &str = "publish a new version: the content and storage of a version never change";

pub(super) const FIELDS: &[FieldRule] = &[
    FieldRule::new("location", "location").region().never(NEW),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("source.managedImage", "properties.storageProfile.source.id").id().create_only(),
    FieldRule::new("source.snapshots.os", "properties.storageProfile.osDiskImage.source.id")
        .id()
        .create_only(),
    FieldRule::new("source.snapshots.data", "properties.storageProfile.dataDiskImages")
        .keyed("lun")
        .create_only(),
    FieldRule::new("source.snapshots.data[].lun", "properties.storageProfile.dataDiskImages[].lun").number(),
    FieldRule::new(
        "source.snapshots.data[].snapshot",
        "properties.storageProfile.dataDiskImages[].source.id",
    )
    .id(),
    FieldRule::new("source.virtualMachine", "properties.storageProfile.source.virtualMachineId")
        .id()
        .create_only(),
    FieldRule::new("source.vhd.uri", "properties.storageProfile.osDiskImage.source.uri").create_only(),
    FieldRule::new(
        "source.vhd.storageAccountId",
        "properties.storageProfile.osDiskImage.source.storageAccountId",
    )
    .id()
    .create_only(),
    FieldRule::new("source.vhd.data[].uri", "properties.storageProfile.dataDiskImages[].source.uri"),
    FieldRule::new(
        "source.vhd.data[].storageAccountId",
        "properties.storageProfile.dataDiskImages[].source.storageAccountId",
    )
    .id(),
    FieldRule::new("targetRegions", "properties.publishingProfile.targetRegions").keyed("name"),
    FieldRule::new("targetRegions[].name", "properties.publishingProfile.targetRegions[].name").region(),
    FieldRule::new(
        "targetRegions[].regionalReplicaCount",
        "properties.publishingProfile.targetRegions[].regionalReplicaCount",
    )
    .number()
    .default("1"),
    FieldRule::new(
        "targetRegions[].storageAccountType",
        "properties.publishingProfile.targetRegions[].storageAccountType",
    )
    .ignore_case()
    .never(NEW)
    .leave(),
    FieldRule::new(
        "targetRegions[].excludeFromLatest",
        "properties.publishingProfile.targetRegions[].excludeFromLatest",
    )
    .default("false"),
    FieldRule::new("targetRegions[].encryption", "properties.publishingProfile.targetRegions[].encryption")
        .never(NEW)
        .leave(),
    FieldRule::new(
        "targetRegions[].encryption.osDiskImage",
        "properties.publishingProfile.targetRegions[].encryption.osDiskImage",
    ),
    FieldRule::new(
        "targetRegions[].encryption.osDiskImage.diskEncryptionSetId",
        "properties.publishingProfile.targetRegions[].encryption.osDiskImage.diskEncryptionSetId",
    )
    .id(),
    FieldRule::new(
        "targetRegions[].encryption.dataDiskImages",
        "properties.publishingProfile.targetRegions[].encryption.dataDiskImages",
    )
    .keyed("lun"),
    FieldRule::new(
        "targetRegions[].encryption.dataDiskImages[].lun",
        "properties.publishingProfile.targetRegions[].encryption.dataDiskImages[].lun",
    )
    .number(),
    FieldRule::new(
        "targetRegions[].encryption.dataDiskImages[].diskEncryptionSetId",
        "properties.publishingProfile.targetRegions[].encryption.dataDiskImages[].diskEncryptionSetId",
    )
    .id(),
    // Replicas that no file can write yet: a patch replaces the whole unit, and would take them away.
    FieldRule::new(
        "targetRegions[].additionalReplicaSets",
        "properties.publishingProfile.targetRegions[].additionalReplicaSets",
    )
    .leave(),
    FieldRule::new("targetExtendedLocations", "properties.publishingProfile.targetExtendedLocations").leave(),
    FieldRule::new("storageAccountType", "properties.publishingProfile.storageAccountType")
        .ignore_case()
        .never(NEW),
    FieldRule::new("replicationMode", "properties.publishingProfile.replicationMode")
        .never(NEW)
        .default("\"Full\""),
    FieldRule::new("excludeFromLatest", "properties.publishingProfile.excludeFromLatest").default("false"),
    FieldRule::new("endOfLifeDate", "properties.publishingProfile.endOfLifeDate").date_time().leave(),
    FieldRule::new(
        "safetyProfile.allowDeletionOfReplicatedLocations",
        "properties.safetyProfile.allowDeletionOfReplicatedLocations",
    )
    .default("true"),
    FieldRule::new(
        "safetyProfile.blockDeletionBeforeEndOfLife",
        "properties.safetyProfile.blockDeletionBeforeEndOfLife",
    )
    .default("false"),
];
