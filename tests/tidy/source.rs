//! Source files as text, and the little that has to be understood of them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::repository;

/// One file of `src`.
pub(crate) struct SourceFile {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every Rust file of `src`, by path.
pub(crate) fn files_of_src() -> Vec<SourceFile> {
    tracked(&["src"])
        .into_iter()
        .filter(|(path, _)| Path::new(path).extension().is_some_and(|extension| extension == "rs"))
        .map(|(path, text)| SourceFile { path, text })
        .collect()
}

/// Every text file in these folders of the repository, by path.
pub(crate) fn tracked(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        search(&repository(folder), folder, &mut found);
    }
    found.sort();
    found
}

fn search(folder: &Path, name: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            search(&path, &name, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((name, text));
        }
    }
}

impl SourceFile {
    /// The module directly below the crate that it belongs to.
    pub(crate) fn module(&self) -> &str {
        let rest = self.path.strip_prefix("src/").unwrap_or(&self.path);
        rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs")
    }

    /// Whether the whole file is for tests.
    pub(crate) fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let for_tests = ["tests.rs", "testing.rs", "scripted.rs", "contract.rs"];
        for_tests.contains(&name) || name.ends_with("_tests.rs") || self.path.contains("/tests/")
    }

    /// The text up to the unit tests, which stand last.
    pub(crate) fn without_tests(&self) -> &str {
        &self.text[..self.text.find("\nmod tests {\n").unwrap_or(self.text.len())]
    }

    /// The first names after `prefix`, wherever code (and no comment) has it.
    pub(crate) fn paths_in(&self, prefix: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for line in self.text.lines().map(code) {
            for (at, _) in line.match_indices(prefix).filter(|(at, _)| begins_a_path(line, *at)) {
                let rest = &line[at + prefix.len()..];
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                names.insert(&rest[..end]);
            }
        }
        names.remove("");
        names
    }

    /// Whether code outside the tests uses a crate.
    pub(crate) fn names(&self, name: &str) -> bool {
        let path = format!("{name}::");
        let used = |line: &str| line.match_indices(&path).any(|(at, _)| begins_a_path(line, at));
        let attribute = format!("#[{name}]");
        self.without_tests().lines().map(code).any(|line| used(line) || line.contains(&attribute))
    }
}

/// A line without its comment.
fn code(line: &str) -> &str {
    // A `//` inside a URL follows a colon.
    line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':')).map_or(line, |(at, _)| &line[..at])
}

fn begins_a_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(is_word) && !line[..at].ends_with("::")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
