//! A plan for programs: version 1 of the format. The types here are the format; nothing else is ever serialized for output.
//! A change that breaks a reader of version 1 makes a version 2 beside it.

use serde::Serialize;
use serde_json::Value;

use crate::diag::{Diagnostic, Files, Place};
use crate::model::plan::{Change, Note, Plan, Planned};
use crate::model::request::Request;
use crate::model::step::{Step, Work};

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
    after: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestV1<'a> {
    method: &'static str,
    path: &'a str,
    api_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteV1<'a> {
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingV1<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    help: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    file: &'a str,
    line: usize,
    column: usize,
}

/// The plan as one JSON document, with a line feed at the end.
pub fn plan(plan: &Plan, files: &Files) -> serde_json::Result<String> {
    let Plan { stack, resources, steps, notes, findings } = plan;
    let document = PlanV1 {
        format_version: "1",
        stack,
        resources: resources.iter().map(|planned| resource(planned, files)).collect(),
        steps: steps.iter().map(step).collect(),
        notes: notes.iter().map(|note| self::note(note, files)).collect(),
        findings: findings.iter().map(|diagnostic| finding(diagnostic, files)).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn resource<'a>(planned: &'a Planned, files: &'a Files) -> ResourceV1<'a> {
    let Planned { address, id, place, action, reasons, changes, ways_out } = planned;
    ResourceV1 {
        address: address.as_str(),
        id: id.to_string(),
        action: action.name(),
        reasons,
        changes: changes.iter().map(|change| self::change(change, files)).collect(),
        ways_out,
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
        Work::Wait(_) => None,
    };
    StepV1 {
        id: id.as_str(),
        address: address.as_str(),
        milestone: milestone.to_string(),
        request,
        after: after.iter().map(crate::model::step::StepId::as_str).collect(),
    }
}

fn note<'a>(note: &'a Note, files: &'a Files) -> NoteV1<'a> {
    let Note { address, kind, text, place } = note;
    NoteV1 {
        kind: kind.name(),
        text,
        address: address.as_ref().map(crate::model::address::Address::as_str),
        place: place.map(|place| located(place, files)),
    }
}

fn finding<'a>(finding: &'a Diagnostic, files: &'a Files) -> FindingV1<'a> {
    let Diagnostic { code, severity, message, labels: _, help, edits: _ } = finding;
    FindingV1 {
        code: code.as_str(),
        severity: severity.word(),
        message,
        help,
        place: finding.place().map(|place| located(place, files)),
    }
}

fn located(place: Place, files: &Files) -> PlaceV1<'_> {
    let position = files.position(place);
    PlaceV1 { file: files.name(place.file), line: position.line, column: position.column }
}
