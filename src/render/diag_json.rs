//! Reports as JSON: frozen types with a version, apart from the types that the program itself uses.
//! A field is never renamed, removed or given another meaning; that would be version 2.

use serde::Serialize;

use crate::diag::{Code, Diagnostic, Files, Place, Report, Severity};

/// The document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format: &'static str,
    version: u32,
    errors: usize,
    warnings: usize,
    notes: usize,
    /// How many of these are not in the list, because there are too many.
    left_out: usize,
    diagnostics: Vec<Item<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    labels: Vec<Mark<'a>>,
    help: &'a [String],
    edits: Vec<Replacement<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Mark<'a> {
    primary: bool,
    text: &'a str,
    place: Range<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    place: Range<'a>,
    replacement: &'a str,
}

/// Lines and columns count from 1, columns in characters; bytes count from 0. Ends are the first that no longer belongs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Range<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start_byte: u32,
    end_byte: u32,
}

/// The report as one JSON document (`poolwright/diagnostics`, version 1), with a line feed at its end.
///
/// # Errors
/// Only if `serde_json` cannot write plain structures to memory.
pub fn report(report: &Report, files: &Files) -> serde_json::Result<String> {
    let document = Document {
        format: "poolwright/diagnostics",
        version: 1,
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        notes: report.count(Severity::Note),
        left_out: report.left_out(),
        diagnostics: report.iter().map(|diagnostic| item(diagnostic, files)).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn item<'a>(diagnostic: &'a Diagnostic, files: &'a Files) -> Item<'a> {
    // Without `..`: a new field of a diagnostic is a decision to make here.
    let Diagnostic { code, severity, message, labels, help, edits } = diagnostic;
    let mark = |place: Place| range(place, files);
    Item {
        code: Code::as_str(*code),
        severity: severity.word(),
        message,
        labels: labels
            .iter()
            .map(|label| Mark { primary: label.primary, text: &label.text, place: mark(label.place) })
            .collect(),
        help,
        edits: edits
            .iter()
            .map(|edit| Replacement { place: mark(edit.place), replacement: &edit.replacement })
            .collect(),
    }
}

fn range(place: Place, files: &Files) -> Range<'_> {
    let start = files.position(place);
    let end = files.end_position(place);
    Range {
        file: files.name(place.file),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start_byte: place.span.start,
        end_byte: place.span.end,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::report;
    use crate::diag::{Code, Diagnostic, Files, Place, Report, Span};

    #[test]
    fn the_first_version_stays_as_it_is() {
        let mut files = Files::default();
        let file = files.add("a.yaml", "ü: no\n");
        let place = Place { file, span: Span { start: 4, end: 6 } };
        let mut found = Report::default();
        found.push(Diagnostic::error(Code::WrongType, place, "m").label("l").help("h").edit(place, "false"));
        let text = report(&found, &files).expect("JSON");
        let range = json!({
            "file": "a.yaml", "line": 1, "column": 4, "endLine": 1, "endColumn": 6, "startByte": 4, "endByte": 6
        });
        assert_eq!(
            serde_json::from_str::<Value>(&text).expect("JSON"),
            json!({
                "format": "poolwright/diagnostics", "version": 1, "errors": 1, "warnings": 0, "notes": 0, "leftOut": 0,
                "diagnostics": [{
                    "code": "spec/wrong-type", "severity": "error", "message": "m",
                    "labels": [{ "primary": true, "text": "l", "place": range }],
                    "help": ["h"],
                    "edits": [{ "place": range, "replacement": "false" }]
                }]
            })
        );
    }
}
