//! What `version add` did, for programs: version 1 of the format. The types here are the format.
//! A field is never renamed, removed or given another meaning; that would be version 2.

use serde::Serialize;

use crate::diag::{Files, Place};

/// What was done.
#[derive(Debug)]
pub struct Added<'a> {
    /// The version's address.
    pub address: &'a str,
    /// The resource id of what it is made from.
    pub source: &'a str,
    /// Where it stands now.
    pub place: Place,
    /// The files as they are now, for the place.
    pub files: &'a Files,
    /// The files that were written, and whether each is new.
    pub written: &'a [(&'a str, bool)],
    /// Who boots it, and whether that is new.
    pub users: &'a [(&'a str, bool)],
}

#[derive(Serialize)]
struct AddedV1<'a> {
    format: &'static str,
    version: u32,
    address: &'a str,
    source: &'a str,
    place: PlaceV1<'a>,
    changed: bool,
    files: Vec<FileV1<'a>>,
    users: Vec<UserV1<'a>>,
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    file: &'a str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct FileV1<'a> {
    file: &'a str,
    change: &'static str,
}

#[derive(Serialize)]
struct UserV1<'a> {
    name: &'a str,
    changed: bool,
}

/// What was done as one JSON document (`poolwright/version-add`, version 1), with a line feed at its end.
///
/// # Errors
/// Only if `serde_json` cannot write plain structures to memory.
pub fn added(added: &Added<'_>) -> serde_json::Result<String> {
    let Added { address, source, place, files, written, users } = added;
    let position = files.position(*place);
    let document = AddedV1 {
        format: "poolwright/version-add",
        version: 1,
        address,
        source,
        place: PlaceV1 { file: files.name(place.file), line: position.line, column: position.column },
        changed: !written.is_empty(),
        files: written
            .iter()
            .map(|(file, is_new)| FileV1 { file, change: if *is_new { "created" } else { "edited" } })
            .collect(),
        users: users.iter().map(|(name, changed)| UserV1 { name, changed: *changed }).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
