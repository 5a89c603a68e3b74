//! Sorts the documents of a run by their kind, and makes one stack of those that describe it.
//! Knows the names of documents only; what stands in a section is the kinds' business.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FileId, Place, Report};
use crate::spec::comments::Ignore;
use crate::spec::node::{Entry, Node, NodeValue};

/// The version of the format.
pub const API_VERSION: &str = "poolwright/v1";

/// The keys that only the document with the header has.
const HEADER: [&str; 4] = ["name", "subscription", "resourceGroup", "location"];

/// The documents of a run.
#[derive(Debug, Clone)]
pub struct Documents {
    /// The stack: every key of its documents, without `apiVersion` and `kind`.
    pub stack: Node,
    /// Where the header stands.
    pub header: Place,
    /// The `ImageVersion` documents, without `apiVersion` and `kind`.
    pub versions: Vec<Node>,
    /// What the files do not want to be told.
    pub ignores: Vec<Ignore>,
}

/// Sorts and merges. `None`: there is no stack.
pub(super) fn sort(documents: Vec<Node>, files: &[FileId], report: &mut Report) -> Option<Documents> {
    let mut stacks: Vec<Node> = Vec::new();
    let mut versions = Vec::new();
    for mut document in documents.into_iter().filter(|document| !document.is_null()) {
        let NodeValue::Map(_) = document.value else {
            report.push(
                Diagnostic::error(
                    Code::UnknownDocument,
                    document.place,
                    format!("a document is a map, and this is {}", document.describe()),
                )
                .help("begin with `apiVersion: poolwright/v1` and `kind: Stack`"),
            );
            continue;
        };
        let api_version = document.take("apiVersion");
        let kind = document.take("kind");
        check_api_version(&document, api_version.as_ref(), report);
        match kind.as_ref().and_then(|kind| kind.value.text()) {
            Some("Stack") => stacks.push(document),
            Some("ImageVersion") => versions.push(document),
            Some(other) => {
                let place = kind.as_ref().map_or(document.place, |kind| kind.value.place);
                let message = format!("`{other}` is no kind of document");
                let diagnostic = Diagnostic::error(Code::UnknownDocument, place, message)
                    .help("the kinds of documents are `Stack` and `ImageVersion`");
                let meant =
                    ["Stack", "ImageVersion"].into_iter().find(|kind| kind.eq_ignore_ascii_case(other));
                report.push(match meant {
                    Some(meant) => diagnostic.edit(place, meant),
                    None => diagnostic,
                });
            }
            None => report.push(
                Diagnostic::error(
                    Code::UnknownDocument,
                    start_of(&document),
                    "the document does not say its `kind`",
                )
                .help("write `kind: Stack`, or `kind: ImageVersion` for one version of one image"),
            ),
        }
    }
    let with_header: Vec<usize> =
        (0..stacks.len()).filter(|at| stacks[*at].entry("name").is_some()).collect();
    match with_header.as_slice() {
        [] => {
            let place = stacks
                .first()
                .map(start_of)
                .or_else(|| files.first().map(|file| Place { file: *file, ..Place::default() }));
            if let Some(place) = place.filter(|_| !report.has_errors()) {
                report.push(
                    Diagnostic::error(Code::NoStack, place, "no document carries the header of a stack")
                        .help("write `kind: Stack`, `name`, `subscription`, `resourceGroup` and `location` in one document"),
                );
            }
            return None;
        }
        [_] => {}
        [first, others @ ..] => {
            let first = stacks[*first].entry("name").map(|entry| entry.key_place);
            for other in others {
                if let (Some(entry), Some(first)) = (stacks[*other].entry("name"), first) {
                    report.push(
                        Diagnostic::error(
                            Code::SeveralStacks,
                            entry.key_place,
                            "a run is about one stack, and this is another header",
                        )
                        .also(first, "the first header")
                        .help("leave the header out here to add to the first stack, or run them one by one"),
                    );
                }
            }
        }
    }
    let mut stack = stacks.remove(with_header[0]);
    let header = stack.entry("name").map_or(stack.place, |entry| entry.key_place);
    merge(&mut stack, stacks, report);
    Some(Documents { stack, header, versions, ignores: Vec::new() })
}

fn check_api_version(document: &Node, api_version: Option<&Entry>, report: &mut Report) {
    match api_version {
        Some(entry) if entry.value.text() == Some(API_VERSION) => {}
        Some(entry) => {
            let place = entry.value.place;
            let text = entry.value.text().unwrap_or("");
            let message = format!("`{text}` is no version of the format");
            let diagnostic = Diagnostic::error(Code::UnknownDocument, place, message)
                .help(format!("write `apiVersion: {API_VERSION}`"));
            // Another version may be a later one.
            let is_meant = text == "v1" || text.eq_ignore_ascii_case(API_VERSION);
            report.push(if is_meant { diagnostic.edit(place, API_VERSION) } else { diagnostic });
        }
        None => report.push(
            Diagnostic::error(
                Code::UnknownDocument,
                start_of(document),
                "the document does not say its `apiVersion`",
            )
            .help(format!("write `apiVersion: {API_VERSION}`")),
        ),
    }
}

/// A section of the stack as far as it is joined: looked up by name, for files may be large.
struct Section {
    /// Its place among the stack's entries.
    at: usize,
    /// Where each key of a map stands.
    keys: BTreeMap<String, Place>,
}

impl Section {
    fn of(at: usize, entry: &Entry) -> Self {
        let keys = entry.value.entries().iter().map(|inner| (inner.key.clone(), inner.key_place)).collect();
        Self { at, keys }
    }
}

/// Adds the other documents to the stack: lists are joined, maps merged, and nothing stands twice.
fn merge(stack: &mut Node, others: Vec<Node>, report: &mut Report) {
    let NodeValue::Map(ours) = &mut stack.value else { return };
    let sections = ours.iter().enumerate().map(|(at, entry)| (entry.key.clone(), Section::of(at, entry)));
    let mut sections: BTreeMap<String, Section> = sections.collect();
    for other in others {
        // A second header is reported once, by its name.
        let has_header = other.entry("name").is_some();
        let NodeValue::Map(theirs) = other.value else { continue };
        for entry in theirs.into_iter().filter(|entry| !entry.value.is_null()) {
            if HEADER.contains(&entry.key.as_str()) {
                if !has_header {
                    let message = format!("`{}` belongs to the header", entry.key);
                    report.push(Diagnostic::error(Code::SeveralStacks, entry.key_place, message).help(
                        "write it in the document that has the stack's `name`, or on a single resource",
                    ));
                }
                continue;
            }
            match sections.get_mut(&entry.key) {
                None => {
                    sections.insert(entry.key.clone(), Section::of(ours.len(), &entry));
                    ours.push(entry);
                }
                Some(section) if ours[section.at].value.is_null() => {
                    *section = Section::of(section.at, &entry);
                    ours[section.at] = entry;
                }
                Some(section) => join(&mut ours[section.at], entry, &mut section.keys, report),
            }
        }
    }
}

/// Adds what a section of another document holds.
fn join(own: &mut Entry, entry: Entry, known: &mut BTreeMap<String, Place>, report: &mut Report) {
    let twice = |key: &str, again: Place, first: Place| {
        Diagnostic::error(Code::DuplicateKey, again, format!("`{key}` stands in two documents"))
            .also(first, "first here")
            .help("take one of them out")
    };
    match (&mut own.value.value, entry.value.value) {
        (NodeValue::List(own), NodeValue::List(more)) => own.extend(more),
        (NodeValue::Map(own), NodeValue::Map(more)) => {
            for entry in more {
                if let Some(first) = known.get(&entry.key) {
                    report.push(twice(&entry.key, entry.key_place, *first));
                } else {
                    known.insert(entry.key.clone(), entry.key_place);
                    own.push(entry);
                }
            }
        }
        _ => report.push(twice(&entry.key, entry.key_place, own.key_place)),
    }
}

/// Something short to point at for what a whole document lacks: its first key.
fn start_of(document: &Node) -> Place {
    document.entries().first().map_or(document.place, |entry| entry.key_place)
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
