//! An `ImageVersion` document for a version that a build has made: what it says, and the name of its file, made like that of a
//! document which is there. Writes nothing.

use std::path::{Path, PathBuf};

use crate::cli::error::Failure;
use crate::cli::rewrite::is_free;
use crate::diag::FileId;
use crate::spec::amend::{self, Written};
use crate::spec::document::API_VERSION;
use crate::spec::node::Node;

/// A version that gets a document.
pub(crate) struct NewVersion<'a> {
    /// `GALLERY/NAME` of its image.
    pub(crate) image: &'a str,
    /// Its number.
    pub(crate) number: &'a str,
    /// How documents name the image.
    pub(crate) reference: &'a str,
    /// Its `source`.
    pub(crate) source: Written,
}

/// A document that is to be written, and the file that holds others like it.
pub(crate) struct NewDocument {
    /// That file.
    pub(crate) like: FileId,
    /// The name of a file of its own. `None`: it goes to the end of the other's.
    pub(crate) name: Option<PathBuf>,
    /// What it says.
    pub(crate) entries: Vec<(&'static str, Written)>,
}

/// The text of a new file beside one with this text.
pub(crate) fn text(beside: &str, entries: &[(&'static str, Written)]) -> String {
    let line_end = amend::line_end_of(beside);
    // The line by which editors find the schema.
    let first = beside.trim_start_matches('\u{feff}').lines().next();
    let first = first.filter(|line| line.starts_with("# yaml-language-server:"));
    let first = first.map(|line| format!("{line}{line_end}")).unwrap_or_default();
    first + &amend::document(entries, line_end)
}

impl NewVersion<'_> {
    /// What its document says.
    pub(crate) fn entries(&self) -> Vec<(&'static str, Written)> {
        let text = |text: &str| Written::Text(text.to_owned());
        vec![
            ("apiVersion", text(API_VERSION)),
            ("kind", text("ImageVersion")),
            ("image", text(self.reference)),
            ("version", text(self.number)),
            ("source", self.source.clone()),
        ]
    }

    /// A name for its file beside that of another document; never one that is taken.
    pub(crate) fn free_name(&self, beside: &Path, like: &Node) -> Result<PathBuf, Failure> {
        let text = |key: &str| like.get(key).and_then(Node::text).unwrap_or_default();
        let other = (text("image").rsplit('/').next().unwrap_or_default(), text("version"));
        let (gallery, name) = self.image.split_once('/').unwrap_or(("", self.image));
        let stem = beside.file_stem().unwrap_or_default().to_string_lossy();
        let plain = format!("{name}-{}", self.number);
        let with_gallery = format!("{gallery}-{plain}");
        let like_other = derived(&stem, other, (name, self.number));
        let extension = beside.extension().unwrap_or_default().to_string_lossy();
        let candidates = like_other.into_iter().chain([plain, with_gallery]);
        let paths: Vec<PathBuf> =
            candidates.map(|stem| beside.with_file_name(format!("{stem}.{extension}"))).collect();
        paths.iter().find(|path| is_free(path)).cloned().ok_or_else(|| {
            let taken: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            Failure::new(format!(
                "the version needs a file of its own, and there is {} already",
                taken.join(" and ")
            ))
            .hint("move one of them away, or write the version by hand; nothing was written")
        })
    }
}

/// The name of a file with the image and the version of another document in it, for this image and version.
fn derived(stem: &str, other: (&str, &str), own: (&str, &str)) -> Option<String> {
    let is_same = other.0.eq_ignore_ascii_case(own.0);
    if other.0.is_empty() || other.1.is_empty() || !(is_same || stem.contains(other.0)) {
        return None;
    }
    let mut spellings =
        [".", "-", "_"].map(|dot| (other.1.replace('.', dot), own.1.replace('.', dot))).into_iter();
    let (from, to) = spellings.find(|(from, _)| stem.contains(from.as_str()))?;
    let numbered = stem.replacen(&from, &to, 1);
    Some(if is_same { numbered } else { numbered.replacen(other.0, own.0, 1) })
}

#[cfg(test)]
mod tests {
    use super::derived;

    #[test]
    fn a_name_is_made_like_that_of_another_document() {
        let name = |stem, other| derived(stem, other, ("ubuntu", "1.10.0"));
        for (stem, other, expected) in [
            ("ubuntu-1.9.0", ("ubuntu", "1.9.0"), Some("ubuntu-1.10.0")),
            ("1-9-0", ("Ubuntu", "1.9.0"), Some("1-10-0")),
            ("rocky_v1_9_0", ("rocky", "1.9.0"), Some("ubuntu_v1_10_0")),
            ("1.9.0", ("rocky", "1.9.0"), None),
            ("latest", ("ubuntu", "1.9.0"), None),
            ("latest", ("ubuntu", ""), None),
        ] {
            assert_eq!(name(stem, other).as_deref(), expected, "{stem}");
        }
    }
}
