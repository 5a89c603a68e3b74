//! The shape of a Batch pool: every property a request may carry, in the spelling of both planes.
//! A table only: `pool_body` reads and prints by it, and decides nothing that is not written here.
//!
//! Source: the Pool models of the management API 2024-07-01 and 2025-06-01 and of the data plane of the same dates.

use crate::emulator::azure::batch::field::Shape::{
    Any, Bool, Choice, Duration, Int, List, Object, Secret, Text, Texts,
};
use crate::emulator::azure::batch::field::Spelling::{Camel, Lower, Same};
use crate::emulator::azure::batch::field::{ANY_INT, COUNT, Era, Field, Shape, field, renamed};
use crate::emulator::azure::batch::pool_machine::{REGISTRY, VIRTUAL_MACHINE};

const ELEVATION: Shape = Choice(&["NonAdmin", "Admin"], Lower);
pub(crate) const IDENTITY: Shape = Object(&[field("resourceId", Text)]);
const DEALLOCATION: Shape = Choice(&["Requeue", "Terminate", "TaskCompletion", "RetainedData"], Lower);

/// What stands under `properties` in a pool of the management plane.
pub(crate) const MANAGEMENT: &[Field] = &[
    field("displayName", Text),
    field("vmSize", Text),
    field(
        "deploymentConfiguration",
        Object(&[field("virtualMachineConfiguration", Object(VIRTUAL_MACHINE)).required()]),
    ),
    field(
        "scaleSettings",
        Object(&[
            field(
                "fixedScale",
                Object(&[
                    field("resizeTimeout", Duration),
                    field("targetDedicatedNodes", COUNT),
                    field("targetLowPriorityNodes", COUNT),
                    field("nodeDeallocationOption", DEALLOCATION),
                ]),
            ),
            field(
                "autoScale",
                Object(&[field("formula", Text).required(), field("evaluationInterval", Duration)]),
            ),
        ]),
    ),
    field("interNodeCommunication", Choice(&["Enabled", "Disabled"], Same)),
    field("networkConfiguration", Object(NETWORK)),
    field("taskSlotsPerNode", Int(1, 256)),
    field("taskSchedulingPolicy", Object(SCHEDULING)),
    field("userAccounts", List(&Object(USER_ACCOUNT))),
    field("metadata", List(&Object(METADATA))),
    field("startTask", Object(START_TASK)),
    field("applicationPackages", List(&Object(&[field("id", Text).required(), field("version", Text)]))),
    field("mountConfiguration", List(&Object(MOUNT))),
    field("upgradePolicy", Object(UPGRADE)),
    field("certificates", List(&Any)).in_era(Era::Old),
    field("applicationLicenses", List(&Text)).in_era(Era::Old),
    field("targetNodeCommunicationMode", COMMUNICATION).in_era(Era::Old),
    field("resourceTags", Texts).in_era(Era::Old),
];

/// What a pool of the data plane has at its top when it is created. The names are the data plane's own; those
/// whose place differs are moved by `pool_body`.
pub(crate) const DATA_PLANE: &[Field] = &[
    field("id", Text).required(),
    field("displayName", Text),
    field("vmSize", Text).required(),
    field("virtualMachineConfiguration", Object(VIRTUAL_MACHINE)).required(),
    field("resizeTimeout", Duration),
    field("targetDedicatedNodes", COUNT),
    field("targetLowPriorityNodes", COUNT),
    field("enableAutoScale", Bool),
    field("autoScaleFormula", Text),
    field("autoScaleEvaluationInterval", Duration),
    field("enableInterNodeCommunication", Bool),
    field("networkConfiguration", Object(NETWORK)),
    field("startTask", Object(START_TASK)),
    field("applicationPackageReferences", List(&Object(APPLICATION_REFERENCE))),
    field("taskSlotsPerNode", Int(1, 256)),
    field("taskSchedulingPolicy", Object(SCHEDULING)),
    field("userAccounts", List(&Object(USER_ACCOUNT))),
    field("metadata", List(&Object(METADATA))),
    field("mountConfiguration", List(&Object(MOUNT))),
    field("upgradePolicy", Object(UPGRADE)),
    field("certificateReferences", List(&Any)).in_era(Era::Old),
    field("applicationLicenses", List(&Text)).in_era(Era::Old),
    field("targetNodeCommunicationMode", COMMUNICATION).in_era(Era::Old),
    field("resourceTags", Texts).in_era(Era::Old),
];

/// The body of the data plane's PATCH.
pub(crate) const DATA_PLANE_PATCH: &[&str] = &[
    "displayName",
    "vmSize",
    "enableInterNodeCommunication",
    "startTask",
    "applicationPackageReferences",
    "metadata",
    "virtualMachineConfiguration",
    "taskSlotsPerNode",
    "taskSchedulingPolicy",
    "networkConfiguration",
    "userAccounts",
    "mountConfiguration",
    "upgradePolicy",
    "certificateReferences",
    "targetNodeCommunicationMode",
    "resourceTags",
];

/// The body of the data plane's `updateproperties`.
pub(crate) const DATA_PLANE_REPLACE: &[&str] = &[
    "startTask",
    "applicationPackageReferences",
    "metadata",
    "certificateReferences",
    "targetNodeCommunicationMode",
];

/// The body of `resize`.
pub(crate) const RESIZE: &[Field] = &[
    field("targetDedicatedNodes", COUNT),
    field("targetLowPriorityNodes", COUNT),
    field("resizeTimeout", Duration),
    field("nodeDeallocationOption", DEALLOCATION),
];

/// The body of `removenodes`.
pub(crate) const REMOVE_NODES: &[Field] = &[
    field("nodeList", List(&Text)).required(),
    field("resizeTimeout", Duration),
    field("nodeDeallocationOption", DEALLOCATION),
];

/// The bodies of `enableautoscale` and `evaluateautoscale`.
pub(crate) const AUTO_SCALE: &[Field] =
    &[field("autoScaleFormula", Text), field("autoScaleEvaluationInterval", Duration)];

/// What the management plane answers and a request may repeat without effect.
pub(crate) const READ_ONLY: &[&str] = &[
    "lastModified",
    "creationTime",
    "provisioningState",
    "provisioningStateTransitionTime",
    "allocationState",
    "allocationStateTransitionTime",
    "currentDedicatedNodes",
    "currentLowPriorityNodes",
    "currentNodeCommunicationMode",
    "autoScaleRun",
    "resizeOperationStatus",
];

const COMMUNICATION: Shape = Choice(&["Default", "Classic", "Simplified"], Lower);

const NETWORK: &[Field] = &[
    field("subnetId", Text),
    renamed("dynamicVnetAssignmentScope", "dynamicVNetAssignmentScope", Choice(&["none", "job"], Same)),
    field(
        "endpointConfiguration",
        Object(&[renamed(
            "inboundNatPools",
            "inboundNATPools",
            List(&Object(&[
                field("name", Text).required(),
                field("protocol", Choice(&["TCP", "UDP"], Lower)).required(),
                field("backendPort", Int(1, 65_535)).required(),
                field("frontendPortRangeStart", Int(1, 65_534)).required(),
                field("frontendPortRangeEnd", Int(1, 65_534)).required(),
                field(
                    "networkSecurityGroupRules",
                    List(&Object(&[
                        field("priority", Int(150, 4_096)).required(),
                        field("access", Choice(&["Allow", "Deny"], Lower)).required(),
                        field("sourceAddressPrefix", Text).required(),
                        field("sourcePortRanges", List(&Text)),
                    ])),
                ),
            ])),
        )
        .required()]),
    ),
    field(
        "publicIPAddressConfiguration",
        Object(&[
            field("provision", Choice(&["BatchManaged", "UserManaged", "NoPublicIPAddresses"], Lower)),
            field("ipAddressIds", List(&Text)),
            field("ipFamilies", List(&Choice(&["IPv4", "IPv6"], Same))).in_era(Era::New),
            field("ipTags", List(&Object(&[field("ipTagType", Text), field("tag", Text)]))).in_era(Era::New),
        ]),
    ),
    field("enableAcceleratedNetworking", Bool),
];

const SCHEDULING: &[Field] = &[
    field("jobDefaultOrder", Choice(&["None", "CreationTime"], Lower)).in_era(Era::New),
    field("nodeFillType", Choice(&["Spread", "Pack"], Lower)).required(),
];

const USER_ACCOUNT: &[Field] = &[
    field("name", Text).required(),
    field("password", Secret).required(),
    field("elevationLevel", ELEVATION),
    field(
        "linuxUserConfiguration",
        Object(&[field("uid", ANY_INT), field("gid", ANY_INT), field("sshPrivateKey", Secret)]),
    ),
    field(
        "windowsUserConfiguration",
        Object(&[field("loginMode", Choice(&["Batch", "Interactive"], Lower))]),
    ),
];

pub(crate) const METADATA: &[Field] = &[field("name", Text).required(), field("value", Text).required()];

pub(crate) const APPLICATION_REFERENCE: &[Field] =
    &[field("applicationId", Text).required(), field("version", Text)];

const START_TASK: &[Field] = &[
    field("commandLine", Text),
    field("resourceFiles", RESOURCE_FILES),
    field("environmentSettings", ENVIRONMENT),
    field("userIdentity", USER_IDENTITY),
    field("maxTaskRetryCount", ANY_INT),
    field("waitForSuccess", Bool),
    field("containerSettings", CONTAINER),
];

/// Files that a task of any kind is given.
pub(crate) const RESOURCE_FILES: Shape = List(&Object(&[
    field("autoStorageContainerName", Text),
    field("storageContainerUrl", Text),
    field("httpUrl", Text),
    field("blobPrefix", Text),
    field("filePath", Text),
    field("fileMode", Text),
    field("identityReference", IDENTITY),
]));

/// The environment of a task of any kind.
pub(crate) const ENVIRONMENT: Shape = List(&Object(&[field("name", Text).required(), field("value", Text)]));

/// Who a task of any kind runs as.
pub(crate) const USER_IDENTITY: Shape = Object(&[
    renamed("userName", "username", Text),
    field(
        "autoUser",
        Object(&[field("scope", Choice(&["Task", "Pool"], Lower)), field("elevationLevel", ELEVATION)]),
    ),
]);

/// The container that a task of any kind runs in.
pub(crate) const CONTAINER: Shape = Object(&[
    field("containerRunOptions", Text),
    field("imageName", Text).required(),
    field("registry", Object(REGISTRY)),
    field("workingDirectory", Choice(&["TaskWorkingDirectory", "ContainerImageDefault"], Camel)),
    field("containerHostBatchBindMounts", List(&Object(BIND_MOUNT))),
]);

const BIND_MOUNT: &[Field] = &[
    field("source", Choice(&["Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications"], Same)),
    field("isReadOnly", Bool),
];

const MOUNT: &[Field] = &[
    field(
        "azureBlobFileSystemConfiguration",
        Object(&[
            field("accountName", Text).required(),
            field("containerName", Text).required(),
            field("accountKey", Secret),
            field("sasKey", Secret),
            field("blobfuseOptions", Text),
            field("relativeMountPath", Text).required(),
            field("identityReference", IDENTITY),
        ]),
    ),
    field(
        "nfsMountConfiguration",
        Object(&[
            field("source", Text).required(),
            field("relativeMountPath", Text).required(),
            field("mountOptions", Text),
        ]),
    ),
    field(
        "cifsMountConfiguration",
        Object(&[
            renamed("userName", "username", Text).required(),
            field("source", Text).required(),
            field("relativeMountPath", Text).required(),
            field("mountOptions", Text),
            field("password", Secret).required(),
        ]),
    ),
    field(
        "azureFileShareConfiguration",
        Object(&[
            field("accountName", Text).required(),
            field("azureFileUrl", Text).required(),
            field("accountKey", Secret).required(),
            field("relativeMountPath", Text).required(),
            field("mountOptions", Text),
        ]),
    ),
];

const UPGRADE: &[Field] = &[
    field("mode", Choice(&["automatic", "manual", "rolling"], Same)).required(),
    field(
        "automaticOSUpgradePolicy",
        Object(&[
            field("disableAutomaticRollback", Bool),
            field("enableAutomaticOSUpgrade", Bool),
            field("useRollingUpgradePolicy", Bool),
            field("osRollingUpgradeDeferral", Bool),
        ]),
    ),
    field(
        "rollingUpgradePolicy",
        Object(&[
            field("enableCrossZoneUpgrade", Bool),
            field("maxBatchInstancePercent", Int(5, 100)),
            field("maxUnhealthyInstancePercent", Int(5, 100)),
            field("maxUnhealthyUpgradedInstancePercent", Int(0, 100)),
            field("pauseTimeBetweenBatches", Duration),
            field("prioritizeUnhealthyInstances", Bool),
            field("rollbackFailedInstancesOnPolicyBreach", Bool),
        ]),
    ),
];
