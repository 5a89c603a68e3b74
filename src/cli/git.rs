//! Spec files of another revision, read through the `git` program. Runs it to read only, and nothing can be an option to it.

use std::process::Command;

use crate::cli::error::Failure;

/// No spec is larger, as for files on disk.
const LARGEST: usize = 16 * 1024 * 1024;

/// How many files a side may have, as on disk.
const MOST_FILES: usize = 10_000;

/// A name for what stands in a revision: `git:REV:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision<'a> {
    name: &'a str,
    path: &'a str,
}

impl<'a> Revision<'a> {
    /// What was typed, if it names a revision.
    pub(crate) fn parse(typed: &'a str) -> Option<Result<Self, Failure>> {
        let rest = typed.strip_prefix("git:")?;
        let parts = rest.split_once(':').filter(|(name, path)| {
            !name.is_empty() && !name.starts_with('-') && !path.is_empty() && !path.starts_with('/')
        });
        Some(parts.map(|(name, path)| Self { name, path }).ok_or_else(|| {
            Failure::new(format!("`{typed}` is not git:REV:PATH"))
                .hint("such as `git:origin/main:specs`; the path is relative to this folder")
        }))
    }

    /// The YAML files there: the name of each, and its text. Links and hidden files are passed over.
    pub(crate) fn texts(&self) -> Result<Vec<(String, String)>, Failure> {
        let commit = self.commit()?;
        let path = self.path.trim_end_matches('/');
        let object = format!("{commit}:./{}", if path == "." { "" } else { path });
        let shown = format!("git:{}:{path}", self.name);
        let kind = git(&["cat-file", "-t", &object])
            .map_err(|_| Failure::new(format!("{} holds no `{path}`", self.name)))?;
        if kind.trim_ascii() != b"tree" {
            // The text of a link is its target; only the tree that holds it says that it is one.
            if git(&["ls-tree", "-z", &commit, &format!("./{path}")])?.starts_with(b"120000 ") {
                return Err(Failure::new(format!(
                    "{shown} is a symbolic link, which is not followed in a revision"
                ))
                .hint("name the file that it leads to"));
            }
            return Ok(vec![(shown.clone(), text(&object, &shown)?)]);
        }
        let listed = git(&["ls-tree", "-r", "-z", "--full-tree", &object])?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let files: Vec<(&str, &str)> = listed.split('\0').filter_map(entry).collect();
        if files.is_empty() {
            return Err(Failure::new(format!("{shown} holds no YAML file"))
                .hint("a folder is searched for *.yaml and *.yml"));
        }
        if files.len() > MOST_FILES {
            return Err(Failure::new(format!("{shown} holds more than {MOST_FILES} files")));
        }
        let read = files.into_iter().map(|(blob, file)| {
            let shown =
                if path == "." { format!("git:{}:{file}", self.name) } else { format!("{shown}/{file}") };
            let text = text(blob, &shown)?;
            Ok((shown, text))
        });
        read.collect()
    }

    fn commit(&self) -> Result<String, Failure> {
        git(&["rev-parse", "--is-inside-work-tree"])
            .map_err(|why| why.hint("`git:` reads the repository of this folder"))?;
        let name = format!("{}^{{commit}}", self.name);
        let commit = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).map_err(|_| {
            Failure::new(format!("git knows no revision `{}`", self.name))
                .hint("in a shallow clone, fetch it first: `git fetch origin BRANCH`")
        })?;
        Ok(String::from_utf8_lossy(&commit).trim().to_owned())
    }
}

/// One line of `ls-tree`: `mode kind object`, a tab, the path. A regular YAML file that is not hidden.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split(' ');
    let (mode, object) = (about.next()?, about.nth(1)?);
    let yaml = [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending));
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    (mode.starts_with("100") && yaml && !hidden).then_some((object, path))
}

fn text(object: &str, shown: &str) -> Result<String, Failure> {
    let size = git(&["cat-file", "-s", object])?;
    let size: Option<usize> = String::from_utf8_lossy(&size).trim().parse().ok();
    if size.is_none_or(|size| size > LARGEST) {
        return Err(Failure::new(format!("{shown} is larger than 16 MiB")));
    }
    String::from_utf8(git(&["cat-file", "blob", object])?)
        .map_err(|_| Failure::new(format!("{shown} is not UTF-8 text")))
}

/// What git prints. Every argument that a user has a part in is a verified object, or stands after `--end-of-options`.
fn git(arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = Command::new("git")
        .args(arguments)
        .output()
        .map_err(|error| Failure::of("cannot run git", &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "git: {}",
        said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ")
    )))
}

#[cfg(test)]
mod tests {
    use super::{Revision, entry};

    #[test]
    fn nothing_typed_can_be_an_option_to_git() {
        let parts = |typed| match Revision::parse(typed) {
            Some(Ok(Revision { name, path })) => Some((name, path)),
            Some(Err(_)) | None => None,
        };
        assert_eq!(parts("git:HEAD~1:specs/a.yaml"), Some(("HEAD~1", "specs/a.yaml")));
        for wrong in ["git:--output=x:a", "git::a", "git:HEAD", "git:HEAD:", "git:HEAD:/etc"] {
            assert!(matches!(Revision::parse(wrong), Some(Err(_))), "{wrong}");
        }
        assert_eq!(parts("specs/a.yaml"), None);
    }

    #[test]
    fn links_and_hidden_files_are_passed_over() {
        assert_eq!(entry("100644 blob abc\tsub/a.yml"), Some(("abc", "sub/a.yml")));
        for other in ["120000 blob abc\ta.yaml", "100644 blob abc\t.x/a.yaml", "100644 blob abc\ta.json", ""]
        {
            assert_eq!(entry(other), None, "{other}");
        }
    }
}
