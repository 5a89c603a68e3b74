//! What a plan says beside its changes, for programs: places, notes and findings, as version 1 of the formats has them.
//! Part of `plan_json` and of the first line of `progress::jsonl`, and frozen as they are.

use serde::Serialize;

use crate::diag::{Diagnostic, Files, Place};
use crate::model::address::Address;
use crate::model::plan::Note;

/// Where something stands; lines and columns count from 1.
#[derive(Debug, Serialize)]
pub(crate) struct PlaceV1<'a> {
    file: &'a str,
    line: usize,
    column: usize,
}

/// A note of a plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoteV1<'a> {
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
}

/// What a rule found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingV1<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    help: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceV1<'a>>,
    /// Other places that explain it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<LabelV1<'a>>,
}

#[derive(Debug, Serialize)]
struct LabelV1<'a> {
    text: &'a str,
    place: PlaceV1<'a>,
}

pub(crate) fn located(place: Place, files: &Files) -> PlaceV1<'_> {
    let position = files.position(place);
    PlaceV1 { file: files.name(place.file), line: position.line, column: position.column }
}

pub(crate) fn note<'a>(note: &'a Note, files: &'a Files) -> NoteV1<'a> {
    let Note { address, kind, text, place } = note;
    NoteV1 {
        kind: kind.name(),
        text,
        address: address.as_ref().map(Address::as_str),
        place: place.map(|place| located(place, files)),
    }
}

pub(crate) fn finding<'a>(finding: &'a Diagnostic, files: &'a Files) -> FindingV1<'a> {
    let Diagnostic { code, severity, message, labels, help, edits: _ } = finding;
    let others = labels.iter().filter(|label| !label.primary);
    FindingV1 {
        code: code.as_str(),
        severity: severity.word(),
        message,
        help,
        place: finding.place().map(|place| located(place, files)),
        labels: others
            .map(|label| LabelV1 { text: &label.text, place: located(label.place, files) })
            .collect(),
    }
}
