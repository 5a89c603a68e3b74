//! What an image version's body holds, by api-version.
//! A table: the rules that a version must fit stand in `image_version`, `publishing` and `version_source`.

use crate::emulator::azure::compute::Model;
use crate::emulator::azure::compute::disk_shape::CACHING;
use crate::emulator::azure::shape::Shape;

/// What an image version holds.
pub(crate) const MODEL: Model = Model { word: "galleryImageVersion", envelope: &[], properties: &VERSION };

const VERSION: Shape = Shape::Object(&[
    ("publishingProfile", PUBLISHING),
    ("provisioningState", Shape::ReadOnly),
    ("storageProfile", STORAGE),
    (
        "safetyProfile",
        Shape::Object(&[
            ("allowDeletionOfReplicatedLocations", Shape::Flag),
            ("blockDeletionBeforeEndOfLife", Shape::Since("2024-03-03", &Shape::Flag)),
            ("reportedForPolicyViolation", Shape::ReadOnly),
            ("policyViolations", Shape::ReadOnly),
        ]),
    ),
    ("replicationStatus", Shape::ReadOnly),
    ("securityProfile", SECURITY),
    ("restore", Shape::Since("2024-03-03", &Shape::Flag)),
    ("validationsProfile", Shape::Since("2024-03-03", &Shape::ReadOnly)),
    ("imageMetadataProfiles", Shape::Since("2026-03-03", &Shape::ReadOnly)),
]);

const STORAGE: Shape = Shape::Object(&[
    (
        "source",
        Shape::Object(&[
            ("id", Shape::Text),
            ("communityGalleryImageId", Shape::Text),
            ("virtualMachineId", Shape::Text),
        ]),
    ),
    (
        "osDiskImage",
        Shape::Object(&[("sizeInGB", Shape::ReadOnly), ("hostCaching", CACHING), ("source", DISK_SOURCE)]),
    ),
    (
        "dataDiskImages",
        Shape::List(&Shape::Object(&[
            ("lun", Shape::Int),
            ("sizeInGB", Shape::ReadOnly),
            ("hostCaching", CACHING),
            ("source", DISK_SOURCE),
        ])),
    ),
]);

const DISK_SOURCE: Shape =
    Shape::Object(&[("id", Shape::Text), ("uri", Shape::Text), ("storageAccountId", Shape::Text)]);

const ACCOUNT: Shape = Shape::Word(&["Standard_LRS", "Standard_ZRS", "Premium_LRS"]);
const NEWER_ACCOUNT: Shape = Shape::Word(&["Standard_LRS", "Standard_ZRS", "Premium_LRS", "PremiumV2_LRS"]);

const PUBLISHING: Shape = Shape::Object(&[
    (
        "targetRegions",
        Shape::List(&Shape::Object(&[
            ("name", Shape::Text),
            ("regionalReplicaCount", Shape::Int),
            ("storageAccountType", Shape::Until("2024-03-03", &ACCOUNT)),
            ("storageAccountType", Shape::Since("2024-03-03", &NEWER_ACCOUNT)),
            ("encryption", ENCRYPTION),
            ("excludeFromLatest", Shape::Flag),
            (
                "additionalReplicaSets",
                Shape::Since(
                    "2024-03-03",
                    &Shape::List(&Shape::Object(&[
                        ("storageAccountType", NEWER_ACCOUNT),
                        ("regionalReplicaCount", Shape::Int),
                    ])),
                ),
            ),
        ])),
    ),
    ("replicaCount", Shape::Int),
    ("excludeFromLatest", Shape::Flag),
    ("publishedDate", Shape::ReadOnly),
    ("endOfLifeDate", Shape::Date),
    ("storageAccountType", Shape::Until("2024-03-03", &ACCOUNT)),
    ("storageAccountType", Shape::Since("2024-03-03", &NEWER_ACCOUNT)),
    ("replicationMode", Shape::Word(&["Full", "Shallow"])),
    (
        "targetExtendedLocations",
        Shape::List(&Shape::Object(&[
            ("name", Shape::Text),
            (
                "extendedLocation",
                Shape::Object(&[("name", Shape::Text), ("type", Shape::Word(&["EdgeZone", "Unknown"]))]),
            ),
            ("extendedLocationReplicaCount", Shape::Int),
            (
                "storageAccountType",
                Shape::Word(&["Standard_LRS", "Standard_ZRS", "StandardSSD_LRS", "Premium_LRS"]),
            ),
            ("encryption", ENCRYPTION),
        ])),
    ),
    (
        "storageAccountStrategy",
        Shape::Since("2025-03-03", &Shape::Word(&["PreferStandard_ZRS", "DefaultStandard_LRS"])),
    ),
]);

const CONFIDENTIAL_WORDS: Shape = Shape::Word(&[
    "EncryptedVMGuestStateOnlyWithPmk",
    "EncryptedWithPmk",
    "EncryptedWithCmk",
    "NonPersistedTPM",
]);
const NEWER_CONFIDENTIAL_WORDS: Shape = Shape::Word(&[
    "EncryptedVMGuestStateOnlyWithPmk",
    "EncryptedWithPmk",
    "EncryptedWithCmk",
    "NonPersistedTPM",
    "DataDiskEncryptedWithCmk",
]);

const CONFIDENTIAL: Shape = Shape::Object(&[
    ("confidentialVMEncryptionType", Shape::Until("2025-12-03", &CONFIDENTIAL_WORDS)),
    ("confidentialVMEncryptionType", Shape::Since("2025-12-03", &NEWER_CONFIDENTIAL_WORDS)),
    ("secureVMDiskEncryptionSetId", Shape::Text),
]);

const ENCRYPTION: Shape = Shape::Object(&[
    (
        "osDiskImage",
        Shape::Object(&[("diskEncryptionSetId", Shape::Text), ("securityProfile", CONFIDENTIAL)]),
    ),
    (
        "dataDiskImages",
        Shape::List(&Shape::Object(&[
            ("lun", Shape::Int),
            ("diskEncryptionSetId", Shape::Text),
            ("securityProfile", Shape::Since("2025-12-03", &CONFIDENTIAL)),
        ])),
    ),
]);

const KEY: Shape =
    Shape::Object(&[("type", Shape::Word(&["sha256", "x509"])), ("value", Shape::List(&Shape::Text))]);

const SECURITY: Shape = Shape::Object(&[
    (
        "uefiSettings",
        Shape::Object(&[
            (
                "signatureTemplateNames",
                Shape::List(&Shape::Word(&[
                    "NoSignatureTemplate",
                    "MicrosoftUefiCertificateAuthorityTemplate",
                    "MicrosoftWindowsTemplate",
                ])),
            ),
            (
                "additionalSignatures",
                Shape::Object(&[
                    ("pk", KEY),
                    ("kek", Shape::List(&KEY)),
                    ("db", Shape::List(&KEY)),
                    ("dbx", Shape::List(&KEY)),
                ]),
            ),
        ]),
    ),
    ("secretsProvisioningSettings", Shape::Since("2026-03-03", &Shape::Any)),
]);
