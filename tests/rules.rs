//! The rules of the field on documents that break them and on documents that do not: `tests/diag/*.yaml`.
//!
//! What is expected stands in the document, on a line under what it is about:
//!
//! ```text
//!     resizeTimeout: PT5M
//! #                  ^^^^ warning[pool/resize-timeout-too-short] part of the message
//! ```
//!
//! The carets stand under the place, the rest of the line is severity, code, and a part of the message. A document says all
//! that is found in it; one without such a line is a document in which nothing is found. `codes: CODE…` in its first
//! comment names the rules that it is about: each must have a document that breaks it and one that does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use poolwright::diag::{Code, Diagnostic, Place, Report, Severity};
use poolwright::kinds::declared::declare;
use poolwright::lint::rule::Needs;
use poolwright::lint::subject::Subject;
use poolwright::lint::{lint, page, rules};
use poolwright::spec::edit::mend;
use poolwright::spec::{self, interpolate::Variables};

use crate::plan_cases::blessing;
use crate::rehearsal::{TODAY, repository};

/// What is said about a place: line and columns from 1, severity and code, and the message.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    line: usize,
    columns: (usize, usize),
    what: String,
    message: String,
}

fn documents() -> Vec<(String, String)> {
    cases("tests/diag")
}

/// The documents of a folder, by name, with their texts.
pub(crate) fn cases(folder: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(repository(folder)).expect("the documents are there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let read = |path: PathBuf| (name(&path), std::fs::read_to_string(&path).expect("it is readable"));
    paths.into_iter().map(read).collect()
}

/// What the rules say of a text, which must be right but for them.
pub(crate) fn found(name: &str, text: &str, strict: bool) -> (Vec<Diagnostic>, poolwright::diag::Files) {
    let environment = |name: &str| (name == "PASSWORD").then(|| "secret".to_owned());
    let variables = Variables { given: BTreeMap::new(), environment: &environment };
    let mut report = Report::default();
    let spec = spec::read_texts(&[(name.to_owned(), text.to_owned())], &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    assert!(!report.has_errors(), "{name}: {report:#?}");
    let stack = stack.expect("a document without errors has a stack");
    lint(&Subject::of(&stack, Some(TODAY.to_owned()), None), strict, &mut report);
    (report.sorted().iter().cloned().collect(), spec.files)
}

#[test]
fn a_comment_that_hides_nothing_is_an_error_to_the_strict() {
    let text = std::fs::read_to_string(repository("tests/diag/control.yaml")).expect("it is there");
    let (diagnostics, _) = found("control.yaml", &text, true);
    let unused = diagnostics.iter().filter(|found| found.code == Code::UnusedIgnore);
    let severities: Vec<Severity> = unused.map(|found| found.severity).collect();
    assert!(severities.len() > 1 && severities.iter().all(|one| *one == Severity::Error), "{severities:?}");
}

fn position(text: &str, place: Place) -> (usize, (usize, usize)) {
    let start = place.span.start as usize;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = (place.span.end as usize).min(line_end);
    let column = |at: usize| text[line_start..at].chars().count() + 1;
    (text[..start].matches('\n').count() + 1, (column(start), column(end)))
}

/// The lines of a document that say what is expected.
fn expected(text: &str) -> Vec<Said> {
    let mut all = Vec::new();
    let mut about = 0;
    for (number, line) in text.lines().enumerate() {
        let Some(rest) = line.strip_prefix('#').filter(|rest| rest.trim_start().starts_with('^')) else {
            about = number + 1;
            continue;
        };
        let begin = line.chars().take_while(|letter| *letter != '^').count() + 1;
        let length = rest.trim_start().chars().take_while(|letter| *letter == '^').count();
        let words = rest.trim_start().trim_start_matches('^').trim();
        let (what, message) = words.split_once("] ").unwrap_or_else(|| panic!("{words:?} has no code"));
        let what = format!("{what}]");
        all.push(Said { line: about, columns: (begin, begin + length), what, message: message.to_owned() });
    }
    all
}

/// The document with these lines in the place of those that say what is expected.
fn annotated(text: &str, said: &[Said]) -> String {
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.strip_prefix('#').is_some_and(|rest| rest.trim_start().starts_with('^')) {
            continue;
        }
        lines.push(line.to_owned());
        for said in said.iter().filter(|said| said.line == number + 1) {
            let (from, to) = said.columns;
            let (gap, carets) =
                (" ".repeat(from.saturating_sub(2)), "^".repeat(to.saturating_sub(from).max(1)));
            lines.push(format!("#{gap}{carets} {} {}", said.what, said.message));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Holds what a document says against what is found in it. Gives the codes that it is about.
/// `POOLWRIGHT_BLESS=1` writes into the document what is found.
pub(crate) fn agrees(folder: &str, name: &str, text: &str, found: &[Diagnostic]) -> BTreeSet<String> {
    let mut said: Vec<Said> = found
        .iter()
        .map(|diagnostic| {
            let (line, columns) = position(text, diagnostic.place().expect("a rule points at something"));
            let what = format!("{}[{}]", diagnostic.severity.word(), diagnostic.code);
            Said { line, columns, what, message: diagnostic.message.clone() }
        })
        .collect();
    said.sort();
    let mut wanted = expected(text);
    wanted.sort();
    let is = |said: &Said, wanted: &Said| {
        (said.line, said.columns, &said.what) == (wanted.line, wanted.columns, &wanted.what)
            && said.message.contains(&wanted.message)
    };
    let fits = said.len() == wanted.len() && said.iter().zip(&wanted).all(|(said, wanted)| is(said, wanted));
    if !fits && blessing() {
        let lines = said.into_iter().map(|said| {
            // The part of the message that somebody chose stays.
            let chosen = wanted.iter().position(|wanted| is(&said, wanted));
            chosen.map_or(said, |at| wanted.remove(at))
        });
        let text = annotated(text, &lines.collect::<Vec<_>>());
        std::fs::write(repository(folder).join(name), text).expect("it can be written");
    } else {
        assert!(fits, "{name}\nfound  {said:#?}\nwanted {wanted:#?}");
    }
    let first = text.lines().next().unwrap_or_default();
    let codes = first.strip_prefix("# codes: ").unwrap_or_else(|| panic!("{name} names no codes"));
    codes.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn documents_say_what_is_found_in_them() {
    let mut broken: BTreeSet<String> = BTreeSet::new();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for (name, text) in documents() {
        let (found, _) = found(&name, &text, false);
        let codes = agrees("tests/diag", &name, &text, &found);
        let here: BTreeSet<String> = found.iter().map(|diagnostic| diagnostic.code.to_string()).collect();
        kept.extend(codes.into_iter().filter(|code| !here.contains(code)));
        broken.extend(here);
    }
    // Rules that need Azure have theirs in tests/preflight.
    for rule in rules::ALL.iter().filter(|rule| rule.needs != Needs::Azure) {
        assert!(broken.contains(rule.code.0), "no document in tests/diag breaks {}", rule.code);
        assert!(kept.contains(rule.code.0), "no document in tests/diag is about {} and keeps it", rule.code);
    }
}

/// The edits of a diagnostic are safe: `--fix` carries them out, what they make of the document is right, and the rule has
/// nothing to say there any more.
#[test]
fn edits_mend_what_they_are_for() {
    for (name, text) in documents() {
        let (diagnostics, files) = found(&name, &text, false);
        for diagnostic in diagnostics.iter().filter(|diagnostic| !diagnostic.edits.is_empty()) {
            let mended = mend(std::iter::once(diagnostic), &files, &|_| true);
            assert_eq!(mended.places, diagnostic.edits.len(), "{name}: {diagnostic:?}");
            let (left, _) = found(&name, mended.texts.values().next().expect("one file"), false);
            for edit in &diagnostic.edits {
                let again = left.iter().any(|other| {
                    other.code == diagnostic.code
                        && other.place().map(|place| place.span.start) == Some(edit.place.span.start)
                });
                assert!(!again, "{name}: {} is still there after {edit:?}", diagnostic.code);
            }
        }
    }
}

/// Specs that the project ships are examples: no rule has anything to say of them.
#[test]
fn the_projects_own_specs_keep_the_rules() {
    for entry in std::fs::read_dir(repository("specs")).expect("specs are there").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("it is readable");
            let (found, _) = found(&path.to_string_lossy(), &text, false);
            let loud: Vec<_> =
                found.iter().filter(|found| found.severity != poolwright::diag::Severity::Note).collect();
            assert!(loud.is_empty(), "{}: {loud:#?}", path.display());
        }
    }
}

/// `POOLWRIGHT_BLESS=1 cargo test --locked rules_page` writes it anew.
#[test]
fn rules_page_is_what_the_rules_say() {
    let path = repository("docs/rules.md");
    let page = page::page();
    if std::env::var_os("POOLWRIGHT_BLESS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/rules.md differs: POOLWRIGHT_BLESS=1 cargo test --locked rules_page writes it anew"
    );
}
