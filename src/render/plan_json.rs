//! A plan for programs: version 1 of the format. The types here are the format; nothing else is ever serialized for output.
//! A change that breaks a reader of version 1 makes a version 2 beside it.

use serde::Serialize;
use serde_json::Value;

use crate::diag::Files;
use crate::model::plan::{Change, Plan, Planned};
use crate::model::request::Request;
use crate::model::step::{Step, Work};
use crate::render::remarks_json::{self, FindingV1, NoteV1, PlaceV1, located};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanV1<'a> {
    format_version: &'static str,
    stack: &'a str,
    resources: Vec<ResourceV1<'a>>,
    steps: Vec<StepV1<'a>>,
    notes: Vec<NoteV1<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceV1<'a> {
    address: &'a str,
    id: String,
    action: &'static str,
    reasons: &'a [String],
    changes: Vec<ChangeV1<'a>>,
    ways_out: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    course: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeV1<'a> {
    property: &'a str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    forces: &'static str,
    secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepV1<'a> {
    id: &'a str,
    address: &'a str,
    milestone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<UploadV1<'a>>,
    after: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestV1<'a> {
    method: &'static str,
    path: &'a str,
    api_version: &'static str,
}

/// A file on this machine that becomes a blob.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadV1<'a> {
    file: String,
    storage_account_id: String,
    container: &'a str,
    name: &'a str,
    /// What the content is known by.
    content: &'a str,
    /// How many bytes hold data, and are sent where none of them stands yet.
    bytes: u64,
    /// The size of the blob.
    size: u64,
}

/// The plan as one JSON document, with a line feed at the end.
pub fn plan(plan: &Plan, files: &Files) -> serde_json::Result<String> {
    let Plan { stack, resources, steps, notes, findings, loss: _ } = plan;
    let document = PlanV1 {
        format_version: "1",
        stack,
        resources: resources.iter().map(|planned| resource(planned, files)).collect(),
        steps: steps.iter().map(step).collect(),
        notes: notes.iter().map(|note| remarks_json::note(note, files)).collect(),
        findings: findings.iter().map(|diagnostic| remarks_json::finding(diagnostic, files)).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn resource<'a>(planned: &'a Planned, files: &'a Files) -> ResourceV1<'a> {
    let Planned { address, id, place, action, reasons, changes, ways_out, course, until: _ } = planned;
    ResourceV1 {
        address: address.as_str(),
        id: id.to_string(),
        action: action.name(),
        reasons,
        changes: changes.iter().map(|change| self::change(change, files)).collect(),
        ways_out,
        course,
        place: place.map(|place| located(place, files)),
    }
}

fn change<'a>(change: &'a Change, files: &'a Files) -> ChangeV1<'a> {
    let Change { property, unit: _, before, after, forces, place, secret } = change;
    ChangeV1 {
        property,
        before: before.as_ref().filter(|_| !secret),
        after: after.as_ref().filter(|_| !secret),
        forces: forces.words(),
        secret: *secret,
        place: place.map(|place| located(place, files)),
    }
}

fn step(step: &Step) -> StepV1<'_> {
    let Step { id, address, milestone, work, after, run: _ } = step;
    let request = match work {
        Work::Send { request, guard: _ } => {
            let Request { method, path, api_version, plane: _, query: _, body: _ } = request;
            Some(RequestV1 { method: method.as_str(), path, api_version })
        }
        Work::Wait(_) | Work::MoveJobs(_) | Work::Upload(_) => None,
    };
    let upload = match work {
        Work::Upload(upload) => Some(UploadV1 {
            file: upload.path.display().to_string(),
            storage_account_id: upload.blob.account_id.to_string(),
            container: &upload.blob.container,
            name: &upload.blob.name,
            content: &upload.content.id,
            bytes: upload.content.bytes(),
            size: upload.content.size,
        }),
        Work::Send { .. } | Work::Wait(_) | Work::MoveJobs(_) => None,
    };
    StepV1 {
        id: id.as_str(),
        address: address.as_str(),
        milestone: milestone.to_string(),
        request,
        upload,
        after: after.iter().map(crate::model::step::StepId::as_str).collect(),
    }
}
