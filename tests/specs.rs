//! Every spec in `specs/` says what it means without a diagnostic, and what it refers to is in its seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use poolwright::desired::desired;
use poolwright::diag::Report;
use poolwright::kinds::declared::declare;
use poolwright::model::desired::Graph;
use poolwright::spec::interpolate::Variables;
use poolwright::{kinds, spec};

use crate::support::{Workplace, repository};

/// The specs that the issue and the README promise. A new one is found by itself; a lost one is missed.
const PROMISED: [&str; 8] = [
    "access",
    "autoscale-spot",
    "cross-subscription",
    "from-nothing",
    "from-virtual-machine",
    "production",
    "quickstart",
    "windows-data-disks",
];

/// Every `specs/NAME.yaml`, by name.
pub(crate) fn all() -> BTreeMap<String, PathBuf> {
    let folder = repository("specs");
    let entries = std::fs::read_dir(&folder).expect("specs/ is there").flatten().map(|entry| entry.path());
    let yaml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    yaml.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

/// What a spec asks for, and what there is to say about it: no environment, no variables.
fn read(path: &Path) -> (Option<Graph>, Vec<String>) {
    let no_environment = |_: &str| None;
    let variables = Variables { given: BTreeMap::new(), environment: &no_environment };
    let mut report = Report::default();
    let spec = spec::read(&[path.to_owned()], &variables, &mut report);
    let stack = spec.documents.and_then(|documents| declare(documents, &mut report));
    let graph = stack.map(|stack| desired(&stack, &mut report));
    let said = report.iter().map(|diagnostic| {
        let place = diagnostic.place().map(|place| spec.files.position(place));
        let line = place.map(|position| position.line.to_string()).unwrap_or_default();
        format!("{line}: {}: {}", diagnostic.code, diagnostic.message)
    });
    (graph, said.collect())
}

#[test]
fn every_spec_is_right() {
    let specs = all();
    assert_eq!(specs.keys().map(String::as_str).collect::<Vec<_>>(), PROMISED);
    for (name, path) in specs {
        let (graph, said) = read(&path);
        assert_eq!(said, Vec::<String>::new(), "{name}");
        let graph = graph.expect("a spec without diagnostics has a graph");
        assert!(graph.desired.keys().any(|address| address.kind() == "pool"), "{name} has no pool");
    }
}

#[test]
fn every_spec_begins_with_the_line_that_editors_look_for() {
    for (name, path) in all() {
        let text = std::fs::read_to_string(&path).expect("it is readable");
        assert_eq!(
            text.lines().next(),
            Some("# yaml-language-server: $schema=../schema/poolwright.schema.json"),
            "{name}"
        );
    }
}

/// A kind that no spec shows is one that nobody finds.
#[test]
fn every_kind_is_in_a_spec() {
    let shown: BTreeSet<String> = all()
        .values()
        .filter_map(|path| read(path).0)
        .flat_map(|graph| graph.desired.into_keys().map(|address| address.kind().to_owned()))
        .collect();
    let kinds: BTreeSet<String> = kinds::PLANNING.iter().map(|kind| kind.name().to_owned()).collect();
    assert_eq!(shown, kinds);
}

/// What a spec refers to and does not make: sources and accounts, by resource id.
#[test]
fn what_a_spec_refers_to_is_in_its_seed_or_in_the_default_one() {
    for (name, path) in all() {
        let graph = read(&path).0.expect("the spec is right");
        let seed = path.with_extension("seed.json");
        let seed = if seed.is_file() {
            std::fs::read_to_string(&seed).expect("it is readable")
        } else {
            String::new()
        };
        let seeded = format!("{seed}{DEFAULT_SEED}").to_lowercase();
        let made: BTreeSet<String> =
            graph.desired.values().map(|desired| desired.id.to_string().to_lowercase()).collect();
        let mut wanted: BTreeSet<String> =
            graph.referenced.values().map(|referenced| referenced.id.to_string()).collect();
        for desired in graph.desired.values() {
            collect_ids(&desired.body, &mut wanted);
        }
        for id in wanted {
            let id = id.to_lowercase();
            // Networks and identities are not looked at by the emulator.
            if made.contains(&id)
                || id.contains("/microsoft.network/")
                || id.contains("/microsoft.managedidentity/")
            {
                continue;
            }
            assert!(seeded.contains(&format!("\"{id}\"")), "{name} refers to {id}, which no seed has");
        }
    }
}

/// A comment may name a command in backticks or at the end of a line. Asked for help, the program says what it does not know.
#[test]
fn commands_in_the_comments_of_specs_are_commands() {
    let mut known = 0;
    for (name, path) in all() {
        let text = std::fs::read_to_string(&path).expect("it is readable");
        for said in text.split("cargo run -- ").skip(1) {
            let command = said.split(['`', '\n']).next().unwrap_or_default();
            let asked: Vec<&str> = command.split(' ').chain(["--help"]).collect();
            let answer = Workplace::with_specs().poolwright(&asked);
            assert_eq!(answer.code, Some(0), "{name} says `{command}`\n{answer:#?}");
            known += 1;
        }
    }
    assert!(known >= 2, "no spec names a command");
}

/// The resources of the emulator's default seed that specs refer to.
const DEFAULT_SEED: &str = r#"
"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/mybatch"
"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1"
"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg2/providers/Microsoft.Batch/batchAccounts/mybatch2"
"#;

/// Every resource id that is the value of an `id` or of a `sourceResourceId`.
fn collect_ids(value: &serde_json::Value, ids: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                match value.as_str().filter(|text| text.starts_with("/subscriptions/")) {
                    Some(id) if key == "id" || key == "sourceResourceId" => drop(ids.insert(id.to_owned())),
                    _ => collect_ids(value, ids),
                }
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}
