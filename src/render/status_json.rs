//! How a stack is, for programs: version 1 of the format. The types here are the format; nothing else is ever serialized for
//! output. A change that breaks a reader of version 1 makes a version 2 beside it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::status::{
    Allocation, AzureError, NodesByState, NowAndWanted, PoolStatus, RegionState, RegionStatus,
    ResourceStatus, Status, VersionStatus,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusV1<'a> {
    format_version: &'static str,
    stack: &'a str,
    versions: Vec<VersionV1<'a>>,
    pools: Vec<PoolV1<'a>>,
    others: Vec<ResourceV1<'a>>,
    /// What could not be read, in words; the exit code is 1 then.
    unreadable: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceV1<'a> {
    address: &'a str,
    id: String,
    presence: &'static str,
    action: &'static str,
    reasons: &'a [String],
    differs: &'a [String],
}

#[derive(Serialize)]
struct VersionV1<'a> {
    #[serde(flatten)]
    resource: ResourceV1<'a>,
    regions: Vec<RegionV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionV1<'a> {
    region: &'a str,
    /// `absent`, `ready`, `replicating`, `failed`, or `not-asked`.
    state: &'static str,
    percent: Option<u8>,
    replicas: NowAndWantedV1<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a str>,
}

#[derive(Serialize)]
struct NowAndWantedV1<T> {
    now: Option<T>,
    wanted: Option<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolV1<'a> {
    #[serde(flatten)]
    resource: ResourceV1<'a>,
    image: NowAndWantedV1<String>,
    allocation: Option<AllocationV1<'a>>,
    nodes: Option<NodesV1<'a>>,
    resize_errors: Vec<ErrorV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutV1>,
}

#[derive(Serialize)]
struct AllocationV1<'a> {
    state: &'a str,
    dedicated: NowAndWantedV1<u64>,
    spot: NowAndWantedV1<u64>,
}

#[derive(Serialize)]
struct NodesV1<'a> {
    dedicated: &'a BTreeMap<String, u64>,
    spot: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct ErrorV1<'a> {
    code: &'a str,
    message: &'a str,
}

/// A pool that is emptied so that it can be changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RolloutV1 {
    nodes_to_go: u64,
}

/// The status as one JSON document on many lines, with a line feed at the end.
pub fn pretty(status: &Status) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&document(status)).map(|text| text + "\n")
}

/// The same on one line.
pub fn line(status: &Status) -> serde_json::Result<String> {
    serde_json::to_string(&document(status)).map(|text| text + "\n")
}

fn document(status: &Status) -> StatusV1<'_> {
    let Status { stack, versions, pools, others, unreadable } = status;
    StatusV1 {
        format_version: "1",
        stack,
        versions: versions.iter().map(version).collect(),
        pools: pools.iter().map(pool).collect(),
        others: others.iter().map(resource).collect(),
        unreadable,
    }
}

fn resource(status: &ResourceStatus) -> ResourceV1<'_> {
    let ResourceStatus { address, id, presence, action, reasons, differs } = status;
    ResourceV1 {
        address: address.as_str(),
        id: id.to_string(),
        presence: presence.name(),
        action: action.name(),
        reasons,
        differs,
    }
}

fn version(status: &VersionStatus) -> VersionV1<'_> {
    let VersionStatus { resource, regions } = status;
    VersionV1 { resource: self::resource(resource), regions: regions.iter().map(region).collect() }
}

fn region(status: &RegionStatus) -> RegionV1<'_> {
    let RegionStatus { region, state, percent, replicas } = status;
    let (state, details) = match state {
        RegionState::Absent => ("absent", None),
        RegionState::Ready => ("ready", None),
        RegionState::Replicating(words) => ("replicating", Some(words.as_str())),
        RegionState::Failed(why) => ("failed", Some(why.as_str())),
        RegionState::NotAsked => ("not-asked", None),
    };
    RegionV1 { region, state, percent: *percent, replicas: both(replicas), details }
}

fn both(numbers: &NowAndWanted<u64>) -> NowAndWantedV1<u64> {
    let NowAndWanted { now, wanted } = *numbers;
    NowAndWantedV1 { now, wanted }
}

fn pool(status: &PoolStatus) -> PoolV1<'_> {
    let PoolStatus { resource, image, allocation, nodes, resize_errors, nodes_to_go } = status;
    PoolV1 {
        resource: self::resource(resource),
        image: NowAndWantedV1 {
            now: image.now.as_ref().map(ToString::to_string),
            wanted: image.wanted.as_ref().map(ToString::to_string),
        },
        allocation: allocation.as_ref().map(|Allocation { state, dedicated, spot }| AllocationV1 {
            state,
            dedicated: both(dedicated),
            spot: both(spot),
        }),
        nodes: nodes.as_ref().map(|NodesByState { dedicated, spot }| NodesV1 { dedicated, spot }),
        resize_errors: resize_errors
            .iter()
            .map(|AzureError { code, message }| ErrorV1 { code, message })
            .collect(),
        rollout: nodes_to_go.map(|nodes_to_go| RolloutV1 { nodes_to_go }),
    }
}
