//! Holds the source to the table of layers in `src/ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::repository;
use crate::tidy::source::files_of_src;

/// What a module may import.
struct Row {
    ours: BTreeSet<String>,
    crates: BTreeSet<String>,
}

/// The table, by module.
fn table() -> BTreeMap<String, Row> {
    let page = std::fs::read_to_string(repository("src/ARCHITECTURE.md")).expect("it is readable");
    let rows = page.lines().skip_while(|line| !line.starts_with("| module | may import | crates |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let names = |cell: &str| {
        cell.split(',')
            .map(|name| name.trim().trim_matches('`').to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (cells[1].trim().trim_matches('`').to_owned(), Row { ours: names(cells[2]), crates: names(cells[3]) })
    })
    .collect()
}

/// The crates of `Cargo.toml` that are linked into the program, as code names them.
fn crates() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(repository("Cargo.toml")).expect("it is readable");
    let section = manifest.split("\n[dependencies]\n").nth(1).expect("there are dependencies");
    let section = section.split("\n[").next().unwrap_or(section);
    let names =
        section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.trim().replace('-', "_")).collect()
}

/// The modules that are no layer: the crate's root and the binary.
const ROOTS: [&str; 2] = ["lib", "main"];

#[test]
fn every_module_has_a_row_and_every_row_a_module() {
    let rows: BTreeSet<String> = table().into_keys().collect();
    let files = files_of_src();
    let modules: BTreeSet<String> = files
        .iter()
        .map(|file| file.module().to_owned())
        .filter(|name| !ROOTS.contains(&name.as_str()))
        .collect();
    assert_eq!(rows, modules);
}

#[test]
fn modules_import_what_their_row_allows() {
    let table = table();
    for file in files_of_src() {
        let Some(row) = table.get(file.module()) else { continue };
        for other in file.paths_in("crate::").into_iter().filter(|other| table.contains_key(*other)) {
            let allowed = other == file.module() || row.ours.contains(other);
            assert!(allowed, "{} imports crate::{other}, which `{}` may not", file.path, file.module());
        }
    }
}

#[test]
fn crates_stand_where_they_belong() {
    let (table, crates) = (table(), crates());
    let mut astray = Vec::new();
    for file in files_of_src().iter().filter(|file| !file.is_test()) {
        let Some(row) = table.get(file.module()) else { continue };
        let here = crates.iter().filter(|name| !row.crates.contains(*name) && file.names(name));
        astray.extend(here.map(|name| format!("{name} in {}", file.path)));
    }
    assert_eq!(astray, Vec::<String>::new());
}

/// A wall that stands further out than needed is moved in: the table says what is, and not what might be.
#[test]
fn no_row_allows_what_its_module_does_not_use() {
    let files = files_of_src();
    let mut idle = Vec::new();
    for (module, row) in table() {
        let own: Vec<_> = files.iter().filter(|file| file.module() == module && !file.is_test()).collect();
        let ours = row
            .ours
            .iter()
            .filter(|other| !own.iter().any(|file| file.paths_in("crate::").contains(other.as_str())));
        let crates = row.crates.iter().filter(|name| !own.iter().any(|file| file.names(name)));
        idle.extend(ours.chain(crates).map(|name| format!("{name} in `{module}`")));
    }
    assert_eq!(idle, Vec::<String>::new());
}

#[test]
fn the_layers_have_no_cycle() {
    let table = table();
    let mut below: BTreeSet<String> = BTreeSet::new();
    while below.len() < table.len() {
        let next: Vec<&String> = table
            .iter()
            .filter(|(name, row)| !below.contains(*name) && row.ours.is_subset(&below))
            .map(|(name, _)| name)
            .collect();
        assert!(
            !next.is_empty(),
            "a cycle is among {:?}",
            table.keys().filter(|name| !below.contains(*name)).collect::<Vec<_>>()
        );
        below.extend(next.into_iter().cloned());
    }
}

/// A dependency that no code names is built for nothing.
#[test]
fn every_crate_is_used() {
    let files = files_of_src();
    let idle: Vec<String> = crates()
        .into_iter()
        .filter(|name| !files.iter().any(|file| !file.is_test() && file.names(name)))
        .collect();
    assert_eq!(idle, Vec::<String>::new());
}
