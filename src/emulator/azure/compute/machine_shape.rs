//! What the body of a virtual machine holds, by api-version.
//! A table: what images are made from is spelled out, the rest is taken as it comes.

use crate::emulator::azure::compute::Model;
use crate::emulator::azure::compute::disk_shape::{CACHING, STORAGE_TYPE};
use crate::emulator::azure::shape::{SUB_RESOURCE, Shape};

/// The first api-version of what 2024-07-01 did not have.
const AFTER_2024: &str = "2024-11-01";
/// The api-version that has what none of the earlier ones had.
const NEWEST: &str = "2026-04-01";
/// The one before it, which Azure SDKs for JavaScript speak.
const MARCH_2026: &str = "2026-03-01";

/// What a virtual machine holds.
pub(crate) const MODEL: Model = Model {
    word: "vm",
    envelope: &[
        ("identity", Shape::Any),
        ("plan", Shape::Any),
        ("zones", Shape::List(&Shape::Text)),
        ("extendedLocation", Shape::Any),
        ("placement", Shape::Since(AFTER_2024, &Shape::Any)),
        ("managedBy", Shape::ReadOnly),
        ("etag", Shape::ReadOnly),
        ("resources", Shape::ReadOnly),
    ],
    properties: &PROPERTIES,
};

const PROPERTIES: Shape = Shape::Object(&[
    (
        "hardwareProfile",
        Shape::Object(&[
            ("vmSize", Shape::Text),
            ("vmSizeProperties", Shape::Any),
            ("processorMode", Shape::Since(NEWEST, &Shape::Word(&["Deterministic", "Opportunistic"]))),
        ]),
    ),
    ("storageProfile", STORAGE),
    ("osProfile", Shape::Any),
    ("networkProfile", Shape::Any),
    (
        "securityProfile",
        Shape::Object(&[
            ("uefiSettings", Shape::Any),
            ("encryptionAtHost", Shape::Flag),
            ("securityType", Shape::Until(AFTER_2024, &Shape::Word(&["TrustedLaunch", "ConfidentialVM"]))),
            (
                "securityType",
                Shape::Since(AFTER_2024, &Shape::Word(&["Standard", "TrustedLaunch", "ConfidentialVM"])),
            ),
            ("encryptionIdentity", Shape::Any),
            ("proxyAgentSettings", PROXY_AGENT),
        ]),
    ),
    (
        "additionalCapabilities",
        Shape::Object(&[
            ("ultraSSDEnabled", Shape::Flag),
            ("hibernationEnabled", Shape::Flag),
            ("enableFips1403Encryption", Shape::Since(AFTER_2024, &Shape::Flag)),
        ]),
    ),
    ("diagnosticsProfile", Shape::Any),
    ("availabilitySet", SUB_RESOURCE),
    ("virtualMachineScaleSet", SUB_RESOURCE),
    ("proximityPlacementGroup", SUB_RESOURCE),
    ("host", SUB_RESOURCE),
    ("hostGroup", SUB_RESOURCE),
    ("priority", Shape::Until(NEWEST, &Shape::Word(&["Regular", "Low", "Spot"]))),
    ("priority", Shape::Since(NEWEST, &Shape::Word(&["Regular", "Low", "Spot", "SpotPlus"]))),
    ("evictionPolicy", Shape::Word(&["Deallocate", "Delete"])),
    ("billingProfile", Shape::Object(&[("maxPrice", Shape::Number)])),
    ("licenseType", Shape::Text),
    ("extensionsTimeBudget", Shape::Text),
    ("platformFaultDomain", Shape::Int),
    ("scheduledEventsProfile", Shape::Any),
    ("scheduledEventsPolicy", SCHEDULED_EVENTS),
    ("userData", Shape::Text),
    (
        "capacityReservation",
        Shape::Object(&[
            ("capacityReservationGroup", SUB_RESOURCE),
            ("disableCapacityReservationAssignment", Shape::Since(NEWEST, &Shape::Flag)),
        ]),
    ),
    ("applicationProfile", Shape::Any),
    ("resiliencyProfile", Shape::Since(MARCH_2026, &Shape::Any)),
    ("flexProfile", Shape::Since(NEWEST, &Shape::Any)),
    ("interconnectBlockProfile", Shape::Since(MARCH_2026, &Shape::Any)),
    ("provisioningState", Shape::ReadOnly),
    ("instanceView", Shape::ReadOnly),
    ("vmId", Shape::ReadOnly),
    ("timeCreated", Shape::ReadOnly),
]);

const ENDPOINT: Shape = Shape::Object(&[
    ("mode", Shape::Word(&["Audit", "Enforce", "Disabled"])),
    ("inVMAccessControlProfileReferenceId", Shape::Text),
    ("useLocalFileRules", Shape::Since(NEWEST, &Shape::Flag)),
]);

const PROXY_AGENT: Shape = Shape::Object(&[
    ("enabled", Shape::Flag),
    ("mode", Shape::Word(&["Audit", "Enforce"])),
    ("keyIncarnationId", Shape::Int),
    ("wireServer", Shape::Since(AFTER_2024, &ENDPOINT)),
    ("imds", Shape::Since(AFTER_2024, &ENDPOINT)),
    ("addProxyAgentExtension", Shape::Since(AFTER_2024, &Shape::Flag)),
]);

const APPROVED: Shape = Shape::Object(&[("automaticallyApprove", Shape::Flag)]);

const SCHEDULED_EVENTS: Shape = Shape::Object(&[
    ("userInitiatedRedeploy", APPROVED),
    ("userInitiatedReboot", APPROVED),
    ("allInstancesDown", Shape::Since(AFTER_2024, &APPROVED)),
    (
        "scheduledEventsAdditionalPublishingTargets",
        Shape::Object(&[(
            "eventGridAndResourceGraph",
            Shape::Object(&[
                ("enable", Shape::Flag),
                ("scheduledEventsApiVersion", Shape::Since(AFTER_2024, &Shape::Text)),
            ]),
        )]),
    ),
]);

const CREATE: Shape = Shape::Word(&["FromImage", "Empty", "Attach", "Copy", "Restore"]);
const DELETE: Shape = Shape::Word(&["Delete", "Detach"]);
const ALIGNMENT: Shape = Shape::Since(MARCH_2026, &Shape::Word(&["Aligned", "BestEffortAligned"]));
const BLOB: Shape = Shape::Object(&[("uri", Shape::Text)]);

const MANAGED: Shape = Shape::Object(&[
    ("id", Shape::Text),
    ("storageAccountType", STORAGE_TYPE),
    ("diskEncryptionSet", SUB_RESOURCE),
    ("securityProfile", Shape::Any),
    ("additionalDiskProperties", Shape::Since(NEWEST, &Shape::Any)),
]);

const STORAGE: Shape = Shape::Object(&[
    (
        "imageReference",
        Shape::Object(&[
            ("id", Shape::Text),
            ("publisher", Shape::Text),
            ("offer", Shape::Text),
            ("sku", Shape::Text),
            ("version", Shape::Text),
            ("exactVersion", Shape::ReadOnly),
            ("sharedGalleryImageId", Shape::Text),
            ("communityGalleryImageId", Shape::Text),
        ]),
    ),
    (
        "osDisk",
        Shape::Object(&[
            ("osType", Shape::Word(&["Windows", "Linux"])),
            ("encryptionSettings", Shape::Any),
            ("name", Shape::Text),
            ("vhd", BLOB),
            ("image", BLOB),
            ("caching", CACHING),
            ("writeAcceleratorEnabled", Shape::Flag),
            (
                "diffDiskSettings",
                Shape::Object(&[
                    ("option", Shape::Word(&["Local"])),
                    ("placement", Shape::Word(&["CacheDisk", "ResourceDisk", "NvmeDisk"])),
                    ("enableFullCaching", Shape::Since(MARCH_2026, &Shape::Flag)),
                ]),
            ),
            ("createOption", CREATE),
            ("diskSizeGB", Shape::Int),
            ("managedDisk", MANAGED),
            ("deleteOption", DELETE),
            ("storageFaultDomainAlignment", ALIGNMENT),
        ]),
    ),
    (
        "dataDisks",
        Shape::List(&Shape::Object(&[
            ("lun", Shape::Int),
            ("name", Shape::Text),
            ("vhd", BLOB),
            ("image", BLOB),
            ("caching", CACHING),
            ("writeAcceleratorEnabled", Shape::Flag),
            ("createOption", CREATE),
            ("diskSizeGB", Shape::Int),
            ("managedDisk", MANAGED),
            ("sourceResource", SUB_RESOURCE),
            ("toBeDetached", Shape::Flag),
            ("diskIOPSReadWrite", Shape::Until(NEWEST, &Shape::ReadOnly)),
            ("diskIOPSReadWrite", Shape::Since(NEWEST, &Shape::Long)),
            ("diskMBpsReadWrite", Shape::Until(NEWEST, &Shape::ReadOnly)),
            ("diskMBpsReadWrite", Shape::Since(NEWEST, &Shape::Long)),
            ("detachOption", Shape::Word(&["ForceDetach"])),
            ("deleteOption", DELETE),
            ("storageFaultDomainAlignment", ALIGNMENT),
        ])),
    ),
    ("diskControllerType", Shape::Word(&["SCSI", "NVMe"])),
    ("alignRegionalDisksToVMZone", Shape::Since(AFTER_2024, &Shape::Flag)),
    ("diskApiVersion", Shape::Since(NEWEST, &Shape::Text)),
]);
