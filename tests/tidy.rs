//! The house rules that no compiler knows, held to the source: layers, sizes, names, and what may stand where.

mod layers;
mod source;

use std::collections::BTreeSet;

use crate::support::repository;
use crate::tidy::source::{SourceFile, files_of_src, tracked};

/// Files that may be longer than the rest, each with its reason.
const LONG: &[(&str, &str)] = &[];

const MOST_LINES: usize = 600;

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = files_of_src()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!") && !file.text.starts_with("#![doc = include_str!"))
        .map(|file| file.path)
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn no_file_is_too_long_to_read() {
    for file in files_of_src().iter().filter(|file| !file.is_test()) {
        let exception = LONG.iter().any(|(path, _)| *path == file.path);
        let lines = file.without_tests().lines().count();
        assert!(exception || lines <= MOST_LINES, "{} has {lines} lines", file.path);
    }
}

#[test]
fn no_module_is_named_after_nothing() {
    for file in files_of_src() {
        for name in ["util", "utils", "helper", "helpers", "manager", "common", "misc"] {
            let named = file.path.split('/').any(|part| part.trim_end_matches(".rs") == name);
            assert!(!named, "{}: say what it is about", file.path);
        }
    }
}

#[test]
fn imports_name_one_module_each() {
    for file in files_of_src() {
        for (number, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            let at = format!("{}:{}", file.path, number + 1);
            assert!(!line.starts_with("use crate::{"), "{at}: one `use` for each module");
            assert!(
                !(line.starts_with("use") && line.contains("super::super")),
                "{at}: write the path from `crate`"
            );
            assert!(!(line.starts_with("pub use") && line.ends_with("::*;")), "{at}: name what is public");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // In two parts, so that this file is not found by itself.
    let words = [("tod", "o!("), ("FIX", "ME"), ("XX", "X"), ("dbg", "!("), ("unimplemen", "ted!(")];
    for (path, text) in tracked(&["src", "tests", "specs"]) {
        for (first, second) in words {
            let word = format!("{first}{second}");
            assert!(!text.contains(&word), "{path} has `{word}`");
        }
    }
}

/// Each of these crates is behind one file, so that it can be exchanged there.
#[test]
fn a_crate_that_may_go_is_named_in_one_file() {
    let behind = [
        ("annotate_snippets", "src/render/diag_human.rs"),
        ("rcgen", "src/emulator/tls.rs"),
        ("serde_yaml", "src/spec/yaml.rs"),
        ("sha2", "src/model/digest.rs"),
        ("similar", "src/render/text_diff.rs"),
        ("terminal_size", "src/cli/terminal.rs"),
    ];
    for (name, home) in behind {
        let named: BTreeSet<String> = files_of_src()
            .into_iter()
            .filter(|file| !file.is_test() && file.names(name))
            .map(|file| file.path)
            .collect();
        assert_eq!(named, BTreeSet::from([home.to_owned()]), "{name}");
    }
}

#[test]
fn kinds_do_not_know_each_other() {
    let kinds: BTreeSet<String> = std::fs::read_dir(repository("src/kinds"))
        .expect("src/kinds is there")
        .flatten()
        .filter(|entry| entry.path().join("spec.rs").is_file() || entry.path().join("spec/mod.rs").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(kinds.len() >= 6, "{kinds:?}");
    // The registry names every kind. The graph refers to Batch accounts, which are no kind yet, by the pools' api-version.
    let may_name_kinds = ["src/kinds/mod.rs", "src/desired/mod.rs"];
    for file in files_of_src() {
        let own = file.path.strip_prefix("src/kinds/").and_then(|rest| rest.split('/').next()).unwrap_or("");
        for kind in kinds.iter().filter(|kind| *kind != own) {
            let named = file.paths_in("crate::kinds::").contains(kind.as_str());
            // Rules are about what kinds mean to each other.
            let may = may_name_kinds.contains(&file.path.as_str()) || file.path.starts_with("src/lint/");
            assert!(!named || may, "{} names {kind}", file.path);
        }
    }
}

/// What is only so on the machine where it was written helps nobody elsewhere.
#[test]
fn nothing_names_a_machine() {
    let folders = [("/wo", "rk/"), ("/ho", "me/"), ("/tmp/", "wt"), ("/ro", "ot/."), ("/Us", "ers/")];
    for (path, text) in tracked(&["src", "tests", "specs", "schema", ".ci", ".cargo", "docs"]) {
        for (first, second) in folders {
            assert!(!text.contains(&format!("{first}{second}")), "{path} names {first}{second}");
        }
    }
    for name in ["Cargo.toml", ".clippy.toml", "README.md", "CHANGELOG.md", "deny.toml"] {
        let text = std::fs::read_to_string(repository(name)).unwrap_or_default();
        for (first, second) in folders {
            assert!(!text.contains(&format!("{first}{second}")), "{name} names {first}{second}");
        }
    }
}

/// Every crate comes from the public registry, whatever mirror this machine uses.
#[test]
fn every_crate_is_from_the_public_registry() {
    let lock = std::fs::read_to_string(repository("Cargo.lock")).expect("it is readable");
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let other: Vec<&str> =
        lock.lines().filter(|line| line.starts_with("source = ") && *line != public).collect();
    assert_eq!(other, Vec::<&str>::new());
    for name in [".cargo/config.toml", "Cargo.toml"] {
        let text = std::fs::read_to_string(repository(name)).unwrap_or_default();
        assert!(
            !text.contains("[source") && !text.contains("[registries"),
            "{name} says where crates come from"
        );
    }
}

#[test]
fn a_source_file_is_taken_apart_rightly() {
    let file = SourceFile {
        path: "src/a/b.rs".to_owned(),
        text: "//! crate::doc::x\nuse crate::model::step::{Step, Guard};\nlet x = crate::plan::check(); // crate::no::y\n\
               use std::time::Duration;\nuse time::Date;\n#[cfg(test)]\nmod tests {\n    use crate::kinds::z;\n}\n"
            .to_owned(),
    };
    assert_eq!(file.module(), "a");
    assert_eq!(file.paths_in("crate::"), BTreeSet::from(["kinds", "model", "plan"]));
    assert!(file.names("time") && !file.names("step"));
    assert!(!file.without_tests().contains("kinds"));
}
