//! What the bodies of managed disks and disk snapshots hold, by api-version.
//! A table: what they are made from stands in `disk_source`, how they live in `disk`.

use crate::emulator::azure::compute::Model;
use crate::emulator::azure::shape::{SUB_RESOURCE, Shape};

/// The first api-version of what 2024-03-02 did not have.
const AFTER_2024: &str = "2025-01-02";
/// The api-version that has what neither of the earlier ones had.
const NEWEST: &str = "2026-03-02";

/// What a managed disk holds.
pub(crate) const DISK: Model = Model {
    word: "disk",
    envelope: &[
        ("managedBy", Shape::ReadOnly),
        ("managedByExtended", Shape::ReadOnly),
        ("sku", Shape::Object(&[("name", Shape::Text), ("tier", Shape::Text)])),
        ("zones", Shape::List(&Shape::Text)),
        ("extendedLocation", Shape::Any),
    ],
    properties: &DISK_PROPERTIES,
};

/// What a disk snapshot holds.
pub(crate) const SNAPSHOT: Model = Model {
    word: "snapshot",
    envelope: &[
        ("managedBy", Shape::ReadOnly),
        ("sku", Shape::Object(&[("name", Shape::Text), ("tier", Shape::Text)])),
        ("extendedLocation", Shape::Any),
    ],
    properties: &SNAPSHOT_PROPERTIES,
};

/// The storage types of a disk, and of a snapshot.
pub(crate) const DISK_SKUS: &[&str] = &[
    "Standard_LRS",
    "Premium_LRS",
    "StandardSSD_LRS",
    "UltraSSD_LRS",
    "Premium_ZRS",
    "StandardSSD_ZRS",
    "PremiumV2_LRS",
];
pub(crate) const SNAPSHOT_SKUS: &[&str] = &["Standard_LRS", "Premium_LRS", "Standard_ZRS"];

const IMAGE: Shape = Shape::Object(&[
    ("id", Shape::Text),
    ("sharedGalleryImageId", Shape::Text),
    ("communityGalleryImageId", Shape::Text),
    ("lun", Shape::Int),
]);

const CREATION: Shape = Shape::Object(&[
    (
        "createOption",
        Shape::Word(&[
            "Empty",
            "Attach",
            "FromImage",
            "Import",
            "Copy",
            "Restore",
            "Upload",
            "CopyStart",
            "ImportSecure",
            "UploadPreparedSecure",
            "CopyFromSanSnapshot",
        ]),
    ),
    ("storageAccountId", Shape::Text),
    ("imageReference", IMAGE),
    ("galleryImageReference", IMAGE),
    ("sourceUri", Shape::Text),
    ("sourceResourceId", Shape::Text),
    ("sourceUniqueId", Shape::ReadOnly),
    ("uploadSizeBytes", Shape::Long),
    ("logicalSectorSize", Shape::Int),
    ("securityDataUri", Shape::Text),
    ("securityMetadataUri", Shape::Since(AFTER_2024, &Shape::Text)),
    ("performancePlus", Shape::Flag),
    ("elasticSanResourceId", Shape::Text),
    ("provisionedBandwidthCopySpeed", Shape::Word(&["None", "Enhanced"])),
    ("instantAccessDurationMinutes", Shape::Since(AFTER_2024, &Shape::Int)),
]);

const OS: Shape = Shape::Word(&["Windows", "Linux"]);
const GENERATION: Shape = Shape::Word(&["V1", "V2"]);

const PLAN: Shape = Shape::Object(&[
    ("name", Shape::Text),
    ("publisher", Shape::Text),
    ("product", Shape::Text),
    ("promotionCode", Shape::Text),
]);

const CAPABILITIES: Shape = Shape::Object(&[
    ("diskControllerTypes", Shape::Text),
    ("acceleratedNetwork", Shape::Flag),
    ("architecture", Shape::Word(&["x64", "Arm64"])),
    (
        "supportedSecurityOption",
        Shape::Since(
            AFTER_2024,
            &Shape::Word(&["TrustedLaunchSupported", "TrustedLaunchAndConfidentialVMSupported"]),
        ),
    ),
]);

/// How a machine caches one of its disks.
pub(crate) const CACHING: Shape = Shape::Word(&["None", "ReadOnly", "ReadWrite"]);
/// The storage types of the disks of machines and images.
pub(crate) const STORAGE_TYPE: Shape = Shape::Word(DISK_SKUS);

const SECRET: Shape = Shape::Object(&[("sourceVault", SUB_RESOURCE), ("secretUrl", Shape::Text)]);
const KEY: Shape = Shape::Object(&[("sourceVault", SUB_RESOURCE), ("keyUrl", Shape::Text)]);

const DISK_ENCRYPTION: Shape = Shape::Object(&[
    ("enabled", Shape::Flag),
    (
        "encryptionSettings",
        Shape::List(&Shape::Object(&[("diskEncryptionKey", SECRET), ("keyEncryptionKey", KEY)])),
    ),
    ("encryptionSettingsVersion", Shape::Text),
]);

const ENCRYPTION: Shape = Shape::Object(&[
    ("diskEncryptionSetId", Shape::Text),
    (
        "type",
        Shape::Word(&[
            "EncryptionAtRestWithPlatformKey",
            "EncryptionAtRestWithCustomerKey",
            "EncryptionAtRestWithPlatformAndCustomerKeys",
        ]),
    ),
]);

const SECURITY: Shape = Shape::Object(&[
    (
        "securityType",
        Shape::Word(&[
            "TrustedLaunch",
            "ConfidentialVM_VMGuestStateOnlyEncryptedWithPlatformKey",
            "ConfidentialVM_DiskEncryptedWithPlatformKey",
            "ConfidentialVM_DiskEncryptedWithCustomerKey",
            "ConfidentialVM_NonPersistedTPM",
        ]),
    ),
    ("secureVMDiskEncryptionSetId", Shape::Text),
    ("confidentialVMVersion", Shape::Since(NEWEST, &Shape::ReadOnly)),
]);

const NETWORK: Shape = Shape::Word(&["AllowAll", "AllowPrivate", "DenyAll"]);
const PUBLIC: Shape = Shape::Word(&["Enabled", "Disabled"]);
const SIGN_IN: Shape = Shape::Word(&["AzureActiveDirectory", "None"]);

const DISK_PROPERTIES: Shape = Shape::Object(&[
    ("creationData", CREATION),
    ("osType", OS),
    ("hyperVGeneration", GENERATION),
    ("purchasePlan", PLAN),
    ("supportedCapabilities", CAPABILITIES),
    ("diskSizeGB", Shape::Int),
    ("encryptionSettingsCollection", DISK_ENCRYPTION),
    ("encryption", ENCRYPTION),
    ("networkAccessPolicy", NETWORK),
    ("diskAccessId", Shape::Text),
    ("securityProfile", SECURITY),
    ("supportsHibernation", Shape::Flag),
    ("publicNetworkAccess", PUBLIC),
    ("dataAccessAuthMode", SIGN_IN),
    ("diskIOPSReadWrite", Shape::Long),
    ("diskMBpsReadWrite", Shape::Long),
    ("diskIOPSReadOnly", Shape::Long),
    ("diskMBpsReadOnly", Shape::Long),
    ("maxShares", Shape::Int),
    ("tier", Shape::Text),
    ("burstingEnabled", Shape::Flag),
    ("optimizedForFrequentAttach", Shape::Flag),
    (
        "availabilityPolicy",
        Shape::Since(
            AFTER_2024,
            &Shape::Object(&[("actionOnDiskDelay", Shape::Word(&["None", "AutomaticReattach"]))]),
        ),
    ),
    ("timeCreated", Shape::ReadOnly),
    ("diskSizeBytes", Shape::ReadOnly),
    ("uniqueId", Shape::ReadOnly),
    ("provisioningState", Shape::ReadOnly),
    ("diskState", Shape::ReadOnly),
    ("completionPercent", Shape::ReadOnly),
    ("shareInfo", Shape::ReadOnly),
    ("burstingEnabledTime", Shape::ReadOnly),
    ("propertyUpdatesInProgress", Shape::ReadOnly),
    ("LastOwnershipUpdateTime", Shape::ReadOnly),
]);

const SNAPSHOT_PROPERTIES: Shape = Shape::Object(&[
    ("creationData", CREATION),
    ("osType", OS),
    ("hyperVGeneration", GENERATION),
    ("purchasePlan", PLAN),
    ("supportedCapabilities", CAPABILITIES),
    ("diskSizeGB", Shape::Int),
    ("encryptionSettingsCollection", DISK_ENCRYPTION),
    ("incremental", Shape::Flag),
    ("encryption", ENCRYPTION),
    ("networkAccessPolicy", NETWORK),
    ("diskAccessId", Shape::Text),
    ("securityProfile", SECURITY),
    ("supportsHibernation", Shape::Flag),
    ("publicNetworkAccess", PUBLIC),
    ("dataAccessAuthMode", SIGN_IN),
    ("timeCreated", Shape::ReadOnly),
    ("diskSizeBytes", Shape::ReadOnly),
    ("uniqueId", Shape::ReadOnly),
    ("provisioningState", Shape::ReadOnly),
    ("diskState", Shape::ReadOnly),
    ("incrementalSnapshotFamilyId", Shape::ReadOnly),
    ("completionPercent", Shape::ReadOnly),
    ("copyCompletionError", Shape::ReadOnly),
    ("snapshotAccessState", Shape::Since(AFTER_2024, &Shape::ReadOnly)),
    ("immutabilityPolicy", Shape::Since(NEWEST, &Shape::ReadOnly)),
]);
