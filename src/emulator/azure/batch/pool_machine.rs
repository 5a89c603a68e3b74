//! The shape of a pool's virtual machines: `virtualMachineConfiguration`, in the spelling of both planes.
//! A table only, like the rest of the pool's shape in `pool_schema`.

use crate::emulator::azure::batch::field::Shape::{
    Any, Bool, Choice, Int, List, Object, Secret, SecretAny, Text,
};
use crate::emulator::azure::batch::field::Spelling::{self, Camel, Lower, Same};
use crate::emulator::azure::batch::field::{COUNT, Era, Field, Shape, field, renamed};
use crate::emulator::azure::batch::pool_schema::IDENTITY;

const CACHING: Shape = Choice(&["None", "ReadOnly", "ReadWrite"], Lower);
const STORAGE: Shape = Choice(&["Standard_LRS", "Premium_LRS", "StandardSSD_LRS"], Lower);

pub(crate) const VIRTUAL_MACHINE: &[Field] = &[
    field(
        "imageReference",
        Object(&[
            field("publisher", Text),
            field("offer", Text),
            field("sku", Text),
            field("version", Text),
            renamed("id", "virtualMachineImageId", Text),
            field("sharedGalleryImageId", Text),
            field("communityGalleryImageId", Text),
        ]),
    )
    .required(),
    renamed("nodeAgentSkuId", "nodeAgentSKUId", Text).required(),
    field("windowsConfiguration", Object(&[field("enableAutomaticUpdates", Bool)])),
    field("dataDisks", List(&Object(DATA_DISK))),
    field("licenseType", Text),
    field(
        "containerConfiguration",
        Object(&[
            field("type", Choice(&["DockerCompatible", "CriCompatible"], Camel)).required(),
            field("containerImageNames", List(&Text)),
            field("containerRegistries", List(&Object(REGISTRY))),
        ]),
    ),
    field(
        "diskEncryptionConfiguration",
        Object(&[
            field("targets", List(&Choice(&["OsDisk", "TemporaryDisk"], Lower))),
            field(
                "customerManagedKey",
                Object(&[
                    field("keyUrl", Text),
                    field("rotationToLatestKeyVersionEnabled", Bool),
                    field("identityReference", IDENTITY),
                ]),
            )
            .in_era(Era::New),
        ]),
    ),
    field("nodePlacementConfiguration", Object(&[field("policy", Choice(&["Regional", "Zonal"], Lower))])),
    field(
        "extensions",
        List(&Object(&[
            field("name", Text).required(),
            field("publisher", Text).required(),
            field("type", Text).required(),
            field("typeHandlerVersion", Text),
            field("autoUpgradeMinorVersion", Bool),
            field("enableAutomaticUpgrade", Bool),
            field("settings", Any),
            field("protectedSettings", SecretAny),
            field("provisionAfterExtensions", List(&Text)),
        ])),
    ),
    field(
        "osDisk",
        Object(&[
            field("ephemeralOSDiskSettings", Object(&[field("placement", Choice(&["CacheDisk"], Lower))])),
            field("caching", CACHING),
            field("managedDisk", MANAGED_DISK),
            field("diskSizeGB", COUNT),
            field("writeAcceleratorEnabled", Bool),
        ]),
    ),
    field(
        "securityProfile",
        Object(&[
            field("securityType", Choice(&["trustedLaunch", "confidentialVM"], Spelling::SecurityType)),
            field("encryptionAtHost", Bool),
            field("uefiSettings", Object(&[field("secureBootEnabled", Bool), field("vTpmEnabled", Bool)])),
            field(
                "proxyAgentSettings",
                Object(&[
                    field("enabled", Bool),
                    field("imds", HOST_ENDPOINT),
                    field("wireServer", HOST_ENDPOINT),
                ]),
            )
            .in_era(Era::New),
        ]),
    ),
    field("serviceArtifactReference", Object(&[field("id", Text).required()])),
];

const HOST_ENDPOINT: Shape = Object(&[
    field("mode", Choice(&["Audit", "Enforce"], Same)),
    field("inVMAccessControlProfileReferenceId", Text),
]);

const DISK_ENCRYPTION_SET: Shape = Object(&[field("id", Text)]);

const MANAGED_DISK: Shape = Object(&[
    field("storageAccountType", STORAGE),
    field(
        "securityProfile",
        Object(&[
            field(
                "securityEncryptionType",
                Choice(&["NonPersistedTPM", "VMGuestStateOnly", "DiskWithVMGuestState"], Same),
            ),
            field("diskEncryptionSet", DISK_ENCRYPTION_SET).in_era(Era::New),
        ]),
    ),
    field("diskEncryptionSet", DISK_ENCRYPTION_SET).in_era(Era::New),
]);

const DATA_DISK: &[Field] = &[
    field("lun", Int(0, 63)).required(),
    field("caching", CACHING),
    field("diskSizeGB", Int(1, 65_536)).required(),
    field("managedDisk", MANAGED_DISK).in_era(Era::New),
    field("storageAccountType", STORAGE).in_era(Era::Old),
];

pub(crate) const REGISTRY: &[Field] = &[
    field("username", Text),
    field("password", Secret),
    field("registryServer", Text),
    field("identityReference", IDENTITY),
];
