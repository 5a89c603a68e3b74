//! The shape of jobs, tasks and job schedules: every property a request may carry, as the data plane spells it.
//! A table only, in the manner of `pool_schema`; what values mean is `job_body`'s.
//!
//! Source: the models of the data plane 2024-07-01.20.0 and 2025-06-01.

use crate::emulator::azure::batch::field::Shape::{
    Any, Bool, Choice, Date, Duration, Int, List, Object, Secret, Text,
};
use crate::emulator::azure::batch::field::Spelling::{Lower, Same};
use crate::emulator::azure::batch::field::{ANY_INT, Era, Field, Shape, field};
use crate::emulator::azure::batch::pool_schema::{
    APPLICATION_REFERENCE, CONTAINER, DATA_PLANE, ENVIRONMENT, IDENTITY, METADATA, RESOURCE_FILES,
    USER_IDENTITY,
};

/// The body of `POST /jobs`.
pub(crate) const JOB: &[Field] = &[
    field("id", Text).required(),
    field("displayName", Text),
    field("priority", Int(-1_000, 1_000)),
    field("maxParallelTasks", ANY_INT),
    field("allowTaskPreemption", Bool),
    field("constraints", JOB_CONSTRAINTS),
    field("jobManagerTask", Object(JOB_MANAGER)),
    field("jobPreparationTask", Object(JOB_PREPARATION)),
    field("jobReleaseTask", Object(JOB_RELEASE)),
    field("commonEnvironmentSettings", ENVIRONMENT),
    field("poolInfo", POOL_INFO).required(),
    field("onAllTasksComplete", Choice(&["NoAction", "TerminateJob"], Lower)),
    field("onTaskFailure", Choice(&["NoAction", "PerformExitOptionsJobAction"], Lower)),
    field("metadata", List(&Object(METADATA))),
    field("usesTaskDependencies", Bool),
    field("networkConfiguration", JOB_NETWORK),
];

/// The properties that PATCH and PUT of a job change.
pub(crate) const JOB_UPDATE: &[&str] = &[
    "priority",
    "maxParallelTasks",
    "allowTaskPreemption",
    "constraints",
    "poolInfo",
    "onAllTasksComplete",
    "metadata",
    "networkConfiguration",
];

/// What jobs, tasks and job schedules are answered with beside what a request may carry.
pub(crate) const ANSWERED: &[&str] = &[
    "url",
    "eTag",
    "lastModified",
    "creationTime",
    "state",
    "stateTransitionTime",
    "previousState",
    "previousStateTransitionTime",
    "executionInfo",
    "nodeInfo",
    "stats",
    "odata.metadata",
];

/// The body of `disable`.
pub(crate) const DISABLE: &[Field] =
    &[field("disableTasks", Choice(&["requeue", "terminate", "wait"], Same)).required()];

/// The body of `terminate`.
pub(crate) const TERMINATE: &[Field] = &[field("terminateReason", Text)];

/// The body of `POST /jobschedules`.
pub(crate) const JOB_SCHEDULE: &[Field] = &[
    field("id", Text).required(),
    field("displayName", Text),
    field("schedule", Object(SCHEDULE)).required(),
    field("jobSpecification", Object(JOB_SPECIFICATION)).required(),
    field("metadata", List(&Object(METADATA))),
];

/// The properties that PATCH and PUT of a job schedule change.
pub(crate) const JOB_SCHEDULE_UPDATE: &[&str] = &["schedule", "jobSpecification", "metadata"];

/// The body of `POST /jobs/{id}/tasks`.
pub(crate) const TASK: &[Field] = &[
    field("id", Text).required(),
    field("displayName", Text),
    field("commandLine", Text).required(),
    field("containerSettings", CONTAINER),
    field("exitConditions", Object(EXIT_CONDITIONS)),
    field("resourceFiles", RESOURCE_FILES),
    field("outputFiles", OUTPUT_FILES),
    field("environmentSettings", ENVIRONMENT),
    field("affinityInfo", Object(&[field("affinityId", Text).required()])),
    field("constraints", TASK_CONSTRAINTS),
    field("requiredSlots", Int(1, 256)),
    field("userIdentity", USER_IDENTITY),
    field(
        "multiInstanceSettings",
        Object(&[
            field("numberOfInstances", Int(1, 100_000)),
            field("coordinationCommandLine", Text).required(),
            field("commonResourceFiles", RESOURCE_FILES),
        ]),
    ),
    field(
        "dependsOn",
        Object(&[
            field("taskIds", List(&Text)),
            field(
                "taskIdRanges",
                List(&Object(&[field("start", ANY_INT).required(), field("end", ANY_INT).required()])),
            ),
        ]),
    ),
    field("applicationPackageReferences", List(&Object(APPLICATION_REFERENCE))),
    field("authenticationTokenSettings", TOKEN).in_era(Era::Old),
];

/// What PUT of a task changes.
pub(crate) const TASK_UPDATE: &[&str] = &["constraints"];

/// The body of `addtaskcollection`; each entry is read by itself.
pub(crate) const TASK_COLLECTION: &[Field] = &[field("value", List(&Any)).required()];

/// The bodies of `reboot`, `reimage`, `deallocate` and `disablescheduling`.
pub(crate) const NODE_ACTION: &[Field] = &[
    field("nodeRebootOption", NODE_OPTION),
    field("nodeReimageOption", NODE_OPTION),
    field("nodeDeallocateOption", NODE_OPTION),
    field("nodeDisableSchedulingOption", Choice(&["requeue", "terminate", "taskcompletion"], Same)),
];

/// The bodies of `POST …/users`, and of `PUT …/users/{name}`: what is not sent is as if it had never been.
pub(crate) const NODE_USER: &[Field] = &[
    field("name", Text).required(),
    field("isAdmin", Bool),
    field("expiryTime", Date),
    field("password", Secret),
    field("sshPublicKey", Text),
];
pub(crate) const NODE_USER_UPDATE: &[Field] =
    &[field("password", Secret), field("expiryTime", Date), field("sshPublicKey", Text)];

const NODE_OPTION: Shape = Choice(&["requeue", "terminate", "taskcompletion", "retaineddata"], Same);

/// What a job schedule makes its jobs from, whose ids it gives itself.
const JOB_SPECIFICATION: &[Field] = without_id(JOB);

const SCHEDULE: &[Field] = &[
    field("doNotRunUntil", Date),
    field("doNotRunAfter", Date),
    field("startWindow", Duration),
    field("recurrenceInterval", Duration),
];

/// A pool as it is created, but for the id, which the service gives.
const AUTO_POOL: &[Field] = without_id(DATA_PLANE);

/// The fields of what is named by the service instead of by the request; the id comes first in every table.
const fn without_id(fields: &'static [Field]) -> &'static [Field] {
    match fields.split_first() {
        Some((_id, rest)) => rest,
        None => fields,
    }
}

const POOL_INFO: Shape = Object(&[
    field("poolId", Text),
    field(
        "autoPoolSpecification",
        Object(&[
            field("autoPoolIdPrefix", Text),
            field("poolLifetimeOption", Choice(&["jobschedule", "job"], Same)).required(),
            field("keepAlive", Bool),
            field("pool", Object(AUTO_POOL)),
        ]),
    ),
]);

const JOB_CONSTRAINTS: Shape =
    Object(&[field("maxWallClockTime", Duration), field("maxTaskRetryCount", ANY_INT)]);

const TASK_CONSTRAINTS: Shape = Object(&[
    field("maxWallClockTime", Duration),
    field("retentionTime", Duration),
    field("maxTaskRetryCount", ANY_INT),
]);

const JOB_NETWORK: Shape = Object(&[field("subnetId", Text).required(), field("skipWithdrawFromVNet", Bool)]);

const TOKEN: Shape = Object(&[field("access", List(&Choice(&["job"], Same)))]);

const JOB_MANAGER: &[Field] = &[
    field("id", Text).required(),
    field("displayName", Text),
    field("commandLine", Text).required(),
    field("containerSettings", CONTAINER),
    field("resourceFiles", RESOURCE_FILES),
    field("outputFiles", OUTPUT_FILES),
    field("environmentSettings", ENVIRONMENT),
    field("constraints", TASK_CONSTRAINTS),
    field("requiredSlots", Int(1, 256)),
    field("killJobOnCompletion", Bool),
    field("userIdentity", USER_IDENTITY),
    field("runExclusive", Bool),
    field("applicationPackageReferences", List(&Object(APPLICATION_REFERENCE))),
    field("authenticationTokenSettings", TOKEN).in_era(Era::Old),
    field("allowLowPriorityNode", Bool),
];

const JOB_PREPARATION: &[Field] = &[
    field("id", Text),
    field("commandLine", Text).required(),
    field("containerSettings", CONTAINER),
    field("resourceFiles", RESOURCE_FILES),
    field("environmentSettings", ENVIRONMENT),
    field("constraints", TASK_CONSTRAINTS),
    field("waitForSuccess", Bool),
    field("userIdentity", USER_IDENTITY),
    field("rerunOnNodeRebootAfterSuccess", Bool),
];

const JOB_RELEASE: &[Field] = &[
    field("id", Text),
    field("commandLine", Text).required(),
    field("containerSettings", CONTAINER),
    field("resourceFiles", RESOURCE_FILES),
    field("environmentSettings", ENVIRONMENT),
    field("maxWallClockTime", Duration),
    field("retentionTime", Duration),
    field("userIdentity", USER_IDENTITY),
];

const EXIT_OPTIONS: Shape = Object(&[
    field("jobAction", Choice(&["None", "Disable", "Terminate"], Lower)),
    field("dependencyAction", Choice(&["Satisfy", "Block"], Lower)),
]);

const EXIT_CONDITIONS: &[Field] = &[
    field(
        "exitCodes",
        List(&Object(&[field("code", ANY_INT).required(), field("exitOptions", EXIT_OPTIONS).required()])),
    ),
    field(
        "exitCodeRanges",
        List(&Object(&[
            field("start", ANY_INT).required(),
            field("end", ANY_INT).required(),
            field("exitOptions", EXIT_OPTIONS).required(),
        ])),
    ),
    field("preProcessingError", EXIT_OPTIONS),
    field("fileUploadError", EXIT_OPTIONS),
    field("default", EXIT_OPTIONS),
];

const OUTPUT_FILES: Shape = List(&Object(&[
    field("filePattern", Text).required(),
    field(
        "destination",
        Object(&[field(
            "container",
            Object(&[
                field("path", Text),
                field("containerUrl", Text).required(),
                field("identityReference", IDENTITY),
                field(
                    "uploadHeaders",
                    List(&Object(&[field("name", Text).required(), field("value", Text)])),
                ),
            ]),
        )]),
    )
    .required(),
    field(
        "uploadOptions",
        Object(&[field("uploadCondition", Choice(&["TaskSuccess", "TaskFailure", "TaskCompletion"], Lower))
            .required()]),
    )
    .required(),
]));
