//! What poolwright has to say about a user's files: diagnostics, the places they point at, and the report they make.
//! Values only: how they look is `render`'s business.

pub mod code;
pub mod files;
pub mod fresh;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::diag::code::{Code, RuleCode};
pub use crate::diag::files::{FileId, Files, Place, Span};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is sent to Azure while one stands.
    Error,
    /// Likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A place with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there.
    pub text: String,
    /// Whether this is what the diagnostic is about; the others explain it.
    pub primary: bool,
}

/// A replacement of text that mends a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub replacement: String,
}

/// One thing to say about the files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a diagnostic that is in no report is never shown"]
pub struct Diagnostic {
    /// Which sort of thing; stable for ever.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a sentence without a period.
    pub message: String,
    /// Where; the first primary one is where an editor jumps to.
    pub labels: Vec<Label>,
    /// Ways out.
    pub help: Vec<String>,
    /// Safe mends.
    pub edits: Vec<Edit>,
}

impl Diagnostic {
    /// An error that is about `place`.
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message).primary(place, "")
    }

    /// A diagnostic without a place yet.
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// The same, about `place`.
    pub fn at(self, place: Place) -> Self {
        self.primary(place, "")
    }

    fn primary(mut self, place: Place, text: &str) -> Self {
        self.labels.push(Label { place, text: text.to_owned(), primary: true });
        self
    }

    /// The words under what it is about.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.iter_mut().find(|label| label.primary) {
            label.text = text.into();
        }
        self
    }

    /// Another place that explains it; what stands in no file is left out.
    pub fn also(mut self, place: impl Into<Option<Place>>, text: impl Into<String>) -> Self {
        self.labels.extend(place.into().map(|place| Label { place, text: text.into(), primary: false }));
        self
    }

    /// A way out.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// A safe mend.
    pub fn edit(mut self, place: Place, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { place, replacement: replacement.into() });
        self
    }

    /// Where it is about, if anywhere.
    pub fn place(&self) -> Option<Place> {
        self.labels.iter().find(|label| label.primary).map(|label| label.place)
    }
}

/// How many diagnostics of one severity are kept: nobody reads more, and a broken file of 16 MiB could give millions.
const MOST_KEPT: usize = 1_000;

/// All that there is to say about the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a report that is not looked at hides errors"]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    /// How many of each severity are kept, and how many were more than that.
    kept: BTreeMap<Severity, usize>,
    left_out: BTreeMap<Severity, usize>,
}

impl Report {
    /// Adds one. Beyond a thousand of its severity it is only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let kept = self.kept.entry(diagnostic.severity).or_default();
        if *kept < MOST_KEPT {
            *kept += 1;
            self.diagnostics.push(diagnostic);
        } else {
            *self.left_out.entry(diagnostic.severity).or_default() += 1;
        }
    }

    /// Whether a further one of this severity would be kept, and is worth looking for a way out.
    pub fn has_room(&self, severity: Severity) -> bool {
        self.kept.get(&severity).is_none_or(|kept| *kept < MOST_KEPT)
    }

    /// Adds those of another report.
    pub fn append(&mut self, other: Self) {
        for (severity, count) in other.left_out {
            *self.left_out.entry(severity).or_default() += count;
        }
        for diagnostic in other.diagnostics {
            self.push(diagnostic);
        }
    }

    /// How many there were that are not kept.
    pub fn left_out(&self) -> usize {
        self.left_out.values().sum()
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many there are of a severity, with those that were left out.
    pub fn count(&self, severity: Severity) -> usize {
        let kept = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        kept + self.left_out.get(&severity).copied().unwrap_or(0)
    }

    /// In the order of the files and the places in them, each only once.
    pub fn sorted(mut self) -> Self {
        self.diagnostics
            .sort_by(|a, b| (a.place(), a.code, &a.message).cmp(&(b.place(), b.code, &b.message)));
        let mut seen = BTreeSet::new();
        self.diagnostics.retain(|d| seen.insert((d.place(), d.code, d.message.clone())));
        self.kept.clear();
        for diagnostic in &self.diagnostics {
            *self.kept.entry(diagnostic.severity).or_default() += 1;
        }
        self
    }

    /// Those that another report does not have: of another sort, at another place, or in other words.
    pub fn without(self, other: &Self) -> impl Iterator<Item = Diagnostic> {
        let said: BTreeSet<_> =
            other.iter().map(|known| (known.place(), known.code, known.message.clone())).collect();
        let is_new =
            move |found: &Diagnostic| !said.contains(&(found.place(), found.code, found.message.clone()));
        self.diagnostics.into_iter().filter(is_new)
    }

    /// Them all.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Diagnostic, Files, MOST_KEPT, Place, Report, Severity, Span};

    fn at(files: &mut Files, start: u32) -> Place {
        Place { file: files.add("a.yaml", ""), span: Span { start, end: start + 1 } }
    }

    #[test]
    fn a_report_is_in_the_order_of_the_files_without_repetitions() {
        let mut files = Files::default();
        let (first, second) = (at(&mut files, 5), at(&mut files, 0));
        let mut report = Report::default();
        for (place, message) in [(second, "c"), (first, "b"), (first, "a"), (second, "c")] {
            report.push(Diagnostic::error(Code::UnknownKey, place, message));
        }
        let messages: Vec<String> = report.sorted().iter().map(|d| d.message.clone()).collect();
        assert_eq!(messages, ["a", "b", "c"]);
    }

    #[test]
    fn too_many_are_counted_and_an_error_is_never_lost() {
        let mut report = Report::default();
        for number in 0..MOST_KEPT + 5 {
            report.push(Diagnostic::new(Code::UnknownKey, Severity::Note, number.to_string()));
        }
        assert!(!report.has_errors());
        let mut other = Report::default();
        other.push(Diagnostic::new(Code::UnknownKey, Severity::Error, "x"));
        report.append(other);
        assert!(report.has_errors());
        assert_eq!((report.left_out(), report.count(Severity::Note)), (5, MOST_KEPT + 5));
        assert_eq!(report.iter().count(), MOST_KEPT + 1);
    }
}
