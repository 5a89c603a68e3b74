//! A difference of files for programs: version 1 of the format. The types here are the format.
//! A field is never renamed, removed or given another meaning; that would be version 2.

use serde::Serialize;
use serde_json::Value;

use crate::diag::{Diagnostic, Files};
use crate::model::difference::{Difference, Differing, PropertyChange, Side, Where};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DifferenceV1<'a> {
    format: &'static str,
    version: u32,
    unchanged: usize,
    resources: Vec<ResourceV1<'a>>,
    remarks: &'a [String],
    new_findings: Vec<FindingV1<'a>>,
    gone_findings: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceV1<'a> {
    address: &'a str,
    fate: &'static str,
    remarks: &'a [String],
    changes: Vec<ChangeV1<'a>>,
    place: PlaceV1<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeV1<'a> {
    property: &'a str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    forces: &'static str,
    instead: Option<&'static str>,
    place: PlaceV1<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingV1<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    place: Option<PlaceV1<'a>>,
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    side: &'static str,
    file: &'a str,
    line: usize,
    column: usize,
}

/// The difference as one JSON document (`poolwright/diff`, version 1), with a line feed at its end.
///
/// # Errors
/// Only if `serde_json` cannot write plain structures to memory.
pub fn difference<'a>(
    difference: &'a Difference,
    files: &dyn Fn(Side) -> &'a Files,
) -> serde_json::Result<String> {
    let Difference { resources, unchanged, remarks, findings, gone } = difference;
    let document = DifferenceV1 {
        format: "poolwright/diff",
        version: 1,
        unchanged: *unchanged,
        resources: resources.iter().map(|differing| resource(differing, files)).collect(),
        remarks,
        new_findings: findings.iter().map(|found| finding(found, files)).collect(),
        gone_findings: *gone,
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn resource<'a>(differing: &'a Differing, files: &dyn Fn(Side) -> &'a Files) -> ResourceV1<'a> {
    let Differing { address, fate, at, remarks, changes } = differing;
    ResourceV1 {
        address: address.as_str(),
        fate: fate.name(),
        remarks,
        changes: changes.iter().map(|change| self::change(change, files)).collect(),
        place: located(*at, files),
    }
}

fn change<'a>(change: &'a PropertyChange, files: &dyn Fn(Side) -> &'a Files) -> ChangeV1<'a> {
    let PropertyChange { property, before, after, effect, at } = change;
    ChangeV1 {
        property,
        before: before.as_ref(),
        after: after.as_ref(),
        forces: effect.name(),
        instead: effect.instead(),
        place: located(*at, files),
    }
}

fn finding<'a>(found: &'a Diagnostic, files: &dyn Fn(Side) -> &'a Files) -> FindingV1<'a> {
    FindingV1 {
        code: found.code.as_str(),
        severity: found.severity.word(),
        message: &found.message,
        place: found.place().map(|place| located(Where { side: Side::New, place }, files)),
    }
}

fn located<'a>(at: Where, files: &dyn Fn(Side) -> &'a Files) -> PlaceV1<'a> {
    let files = files(at.side);
    let position = files.position(at.place);
    PlaceV1 {
        side: at.side.name(),
        file: files.name(at.place.file),
        line: position.line,
        column: position.column,
    }
}
