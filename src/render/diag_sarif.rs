//! Reports as SARIF 2.1.0, which code scanning and editors read. Quotes no text of a file: only places in it.
//! What codes mean is handed in; a result has no fingerprint, for one would be made of lines in which secrets may stand.

mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::path::is_separator;

use crate::diag::{Code, Diagnostic, Edit, FileId, Files, Label, Place, Report, Severity};
use crate::render::diag_sarif::log::{
    ArtifactChange, ArtifactLocation, Configuration, Descriptor, DescriptorReference, Driver, Finding, Fix,
    Help, Invocation, Location, Log, Notification, Physical, Region, Replacement, Run, Text, Tool,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// In a sentence.
    pub short: String,
    /// In a paragraph.
    pub full: String,
    /// All there is to say, in Markdown.
    pub help: String,
    /// How bad it is, unless a run is told otherwise.
    pub severity: Severity,
}

/// The report as one SARIF document with one run, with a line feed at its end. What has no place in a file, such as a path
/// that could not be read, is told as a notification: code scanning refuses a result without a place.
///
/// # Errors
/// Only if `serde_json` cannot write plain structures to memory.
pub fn report(
    report: &Report,
    files: &Files,
    meaning: &dyn Fn(Code) -> Meaning,
) -> serde_json::Result<String> {
    let (placed, unplaced): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        report.iter().partition(|diagnostic| diagnostic.place().is_some());
    let rules = codes(&placed);
    let notices = codes(&unplaced);
    let mut notifications: Vec<Notification> =
        unplaced.iter().map(|diagnostic| notification(diagnostic, files, &notices)).collect();
    if report.left_out() > 0 {
        let text = format!("{} more are not in this list", report.left_out());
        notifications.push(Notification { descriptor: None, level: "warning", message: Text { text } });
    }
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: if_any(env!("CARGO_PKG_REPOSITORY")),
                    rules: rules.iter().map(|code| descriptor(*code, &meaning(*code))).collect(),
                    notifications: notices.iter().map(|code| descriptor(*code, &meaning(*code))).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: notifications.iter().all(|notification| notification.level != "error"),
                tool_execution_notifications: notifications,
            }],
            results: placed.iter().map(|diagnostic| finding(diagnostic, files, &rules)).collect(),
        }],
    };
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

fn if_any(text: &'static str) -> Option<&'static str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The codes that appear, each once, in their order.
fn codes(diagnostics: &[&Diagnostic]) -> Vec<Code> {
    let codes: BTreeSet<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.into_iter().collect()
}

fn index(code: Code, codes: &[Code]) -> usize {
    codes.binary_search(&code).unwrap_or_else(|at| at)
}

fn descriptor(code: Code, meaning: &Meaning) -> Descriptor {
    // Without `..`: a new field is a decision to make here.
    let Meaning { short, full, help, severity } = meaning;
    Descriptor {
        id: code.as_str(),
        short_description: Text { text: short.clone() },
        full_description: Text { text: full.clone() },
        help: Help { text: help.clone(), markdown: help.clone() },
        default_configuration: Configuration { level: severity.word() },
    }
}

fn notification(diagnostic: &Diagnostic, files: &Files, notices: &[Code]) -> Notification {
    let code = diagnostic.code;
    Notification {
        descriptor: Some(DescriptorReference { id: code.as_str(), index: index(code, notices) }),
        level: diagnostic.severity.word(),
        message: Text { text: text(diagnostic, &[], files) },
    }
}

fn finding(diagnostic: &Diagnostic, files: &Files, rules: &[Code]) -> Finding {
    let Diagnostic { code, severity, message: _, labels, help, edits } = diagnostic;
    let others: Vec<&Label> = labels.iter().filter(|label| !label.primary).collect();
    let related = others.iter().enumerate().map(|(at, label)| Location {
        id: Some(at + 1),
        physical: physical(label.place, files),
        message: Some(Text { text: label.text.clone() }),
    });
    Finding {
        rule_id: code.as_str(),
        rule_index: index(*code, rules),
        level: severity.word(),
        message: Text { text: text(diagnostic, &others, files) },
        locations: diagnostic
            .place()
            .map(|place| Location { id: None, physical: physical(place, files), message: None })
            .into_iter()
            .collect(),
        related_locations: related.collect(),
        fixes: fix(edits, help, files).into_iter().collect(),
    }
}

/// The message, what stands under its place, the other places as links to them, and the ways out, a line each.
fn text(diagnostic: &Diagnostic, others: &[&Label], files: &Files) -> String {
    let mut lines = vec![unlinked(&diagnostic.message)];
    let own = diagnostic.labels.iter().filter(|label| label.primary && !label.text.is_empty());
    lines.extend(own.map(|label| unlinked(&label.text)));
    for (at, label) in others.iter().enumerate() {
        let words = if label.text.is_empty() { files.locate(label.place) } else { label.text.clone() };
        let words = words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        lines.push(format!("[{words}]({})", at + 1));
    }
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {}", unlinked(help))));
    lines.join("\n")
}

/// Text in which nothing is a link: a message may quote what stands in a file.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

fn fix(edits: &[Edit], help: &[String], files: &Files) -> Option<Fix> {
    let mut changes: BTreeMap<FileId, Vec<Replacement>> = BTreeMap::new();
    for edit in edits {
        changes.entry(edit.place.file).or_default().push(Replacement {
            deleted_region: region(edit.place, files),
            inserted_content: Text { text: edit.replacement.clone() },
        });
    }
    let changes = changes.into_iter().map(|(file, replacements)| ArtifactChange {
        artifact_location: artifact(file, files),
        replacements,
    });
    let description = help.first().map(|help| Text { text: unlinked(help) });
    (!edits.is_empty()).then(|| Fix { description, artifact_changes: changes.collect() })
}

fn physical(place: Place, files: &Files) -> Physical {
    Physical { artifact_location: artifact(place.file, files), region: region(place, files) }
}

fn artifact(file: FileId, files: &Files) -> ArtifactLocation {
    ArtifactLocation { uri: uri(files.name(file)) }
}

fn region(place: Place, files: &Files) -> Region {
    let (start, end) = (files.position(place), files.end_position(place));
    // What a byte order mark takes is no column to those who read this.
    let marked = files.text(place.file).starts_with('\u{feff}');
    let column = |line: usize, column: usize| {
        if marked && line == 1 { column.saturating_sub(1).max(1) } else { column }
    };
    Region {
        start_line: start.line,
        start_column: column(start.line, start.column),
        end_line: end.line,
        end_column: column(end.line, end.column),
    }
}

/// The name of a file as a URI reference: an absolute path as `file:///…`, a relative one as it is, without `./`.
fn uri(name: &str) -> String {
    let segments = name.split(is_separator).filter(|segment| !segment.is_empty() && *segment != ".");
    let path = segments.map(encoded).collect::<Vec<_>>().join("/");
    if name.starts_with(is_separator) { format!("file:///{path}") } else { path }
}

/// A segment with everything escaped that is not unreserved: `:` in the first would make a scheme of it.
fn encoded(segment: &str) -> String {
    let bytes = segment.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Meaning, report, uri};
    use crate::diag::{Code, Diagnostic, FileId, Files, Place, Report, Severity, Span};

    fn meaning(code: Code) -> Meaning {
        let words = |word: &str| format!("{word} of {code}");
        Meaning {
            short: words("short"),
            full: words("full"),
            help: words("help"),
            severity: Severity::Warning,
        }
    }

    fn run(found: &Report, files: &Files) -> Value {
        let text = report(found, files, &meaning).expect("JSON");
        serde_json::from_str::<Value>(&text).expect("JSON")["runs"][0].take()
    }

    fn place(files: &Files, file: FileId, text: &str) -> Place {
        let start = files.text(file).find(text).expect("there");
        let at = |offset: usize| u32::try_from(offset).expect("small");
        Place { file, span: Span { start: at(start), end: at(start + text.len()) } }
    }

    /// The region of a place in a text: lines and columns of its start and its end.
    fn region(text: &str, marked: &str) -> [u64; 4] {
        let mut files = Files::default();
        let file = files.add("a.yaml", text);
        let mut found = Report::default();
        found.push(Diagnostic::error(Code::WrongType, place(&files, file, marked), "m"));
        let run = run(&found, &files);
        let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
        ["startLine", "startColumn", "endLine", "endColumn"]
            .map(|key| region[key].as_u64().expect("a number"))
    }

    #[test]
    fn a_result_has_its_rule_its_places_its_ways_out_and_its_mend() {
        let mut files = Files::default();
        let (a, b) = (files.add("./a b.yaml", "ü: no\n"), files.add("/b.yaml", "x: 1\n"));
        let no = place(&files, a, "no");
        let mut found = Report::default();
        found.push(Diagnostic::error(Code::DuplicateKey, no, "another"));
        found.push(
            Diagnostic::error(Code::WrongType, no, "not [this](http://x)")
                .label("l")
                .also(place(&files, b, "1"), "list[0] \\ here")
                .help("h")
                .edit(no, "false"),
        );
        let run = run(&found, &files);
        let rules = &run["tool"]["driver"]["rules"];
        assert_eq!(rules[1]["id"], "spec/wrong-type");
        assert_eq!(rules[1]["shortDescription"]["text"], "short of spec/wrong-type");
        assert_eq!(rules[1]["fullDescription"]["text"], "full of spec/wrong-type");
        assert_eq!(rules[1]["help"]["markdown"], "help of spec/wrong-type");
        assert_eq!(rules[1]["defaultConfiguration"], json!({ "level": "warning" }));
        assert_eq!(
            (&rules[0]["id"], rules.as_array().map(Vec::len)),
            (&json!("spec/duplicate-key"), Some(2))
        );
        let region = json!({ "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 6 });
        assert_eq!(
            run["results"][1],
            json!({
                "ruleId": "spec/wrong-type", "ruleIndex": 1, "level": "error",
                "message": { "text": "not [this] (http://x)\nl\n[list\\[0\\] \\\\ here](1)\nhelp: h" },
                "locations": [{
                    "physicalLocation": { "artifactLocation": { "uri": "a%20b.yaml" }, "region": region }
                }],
                "relatedLocations": [{
                    "id": 1,
                    "physicalLocation": {
                        "artifactLocation": { "uri": "file:///b.yaml" },
                        "region": { "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5 }
                    },
                    "message": { "text": "list[0] \\ here" }
                }],
                "fixes": [{
                    "description": { "text": "h" },
                    "artifactChanges": [{
                        "artifactLocation": { "uri": "a%20b.yaml" },
                        "replacements": [{ "deletedRegion": region, "insertedContent": { "text": "false" } }]
                    }]
                }]
            })
        );
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert_eq!(run["invocations"], json!([{ "executionSuccessful": true }]));
    }

    #[test]
    fn lines_and_columns_are_those_of_the_file() {
        assert_eq!(region("größe: 🦀x\n", "x"), [1, 9, 1, 10]);
        assert_eq!(region("a:\r\n  b: 1\r\n  c: 2\r\n", "b: 1\r\n  c: 2"), [2, 3, 3, 7]);
        assert_eq!(region("a: 1\nb:", ""), [1, 1, 1, 1]);
        assert_eq!(region("{a: 1, b: 2}", "b: 2}"), [1, 8, 1, 13]);
        assert_eq!(region("\u{feff}a: 1\nb: 2\n", "a"), [1, 1, 1, 2]);
        assert_eq!(region("\u{feff}a: 1\nb: 2\n", "2"), [2, 4, 2, 5]);
    }

    #[test]
    fn names_become_references_that_lead_back_to_them() {
        for (name, reference) in [
            ("specs/a.yaml", "specs/a.yaml"),
            ("./specs//a.yaml", "specs/a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
            ("c:/50%#?.yaml", "c%3A/50%25%23%3F.yaml"),
            ("größe.yaml", "gr%C3%B6%C3%9Fe.yaml"),
            ("[a]\"<>^`{|}.yaml", "%5Ba%5D%22%3C%3E%5E%60%7B%7C%7D.yaml"),
        ] {
            assert_eq!(uri(name), reference);
        }
    }

    #[test]
    fn what_has_no_place_and_what_is_left_out_are_notifications() {
        let files = Files::default();
        let mut found = Report::default();
        for number in 0..1_002 {
            let place = Place::default();
            found.push(Diagnostic::error(Code::UnknownKey, place, number.to_string()));
        }
        found.push(Diagnostic::new(Code::Unreadable, Severity::Warning, "cannot read x").help("h"));
        let told = run(&found, &files);
        assert_eq!(
            told["invocations"],
            json!([{
                "executionSuccessful": true,
                "toolExecutionNotifications": [
                    {
                        "descriptor": { "id": "spec/unreadable", "index": 0 },
                        "level": "warning",
                        "message": { "text": "cannot read x\nhelp: h" }
                    },
                    { "level": "warning", "message": { "text": "2 more are not in this list" } }
                ]
            }])
        );
        assert_eq!(told["tool"]["driver"]["notifications"][0]["id"], "spec/unreadable");
        assert_eq!(told["results"].as_array().map(Vec::len), Some(1_000));
        let mut found = Report::default();
        found.push(Diagnostic::new(Code::Unreadable, Severity::Error, "cannot read x"));
        assert_eq!(run(&found, &files)["invocations"][0]["executionSuccessful"], json!(false));
    }
}
