//! What a rule is: its code, its words, and the function that looks.
//! Holds no rule.

use crate::diag::{Code, Diagnostic, Place, RuleCode, Severity};
use crate::lint::subject::Subject;

/// A rule of the field.
#[derive(Debug)]
pub struct Rule {
    /// The code: stable for ever, kebab-case, after what it is about.
    pub code: RuleCode,
    /// The facts of the field it rests on, by their ids in the catalogue that `docs/rules.md` goes through.
    pub facts: &'static [&'static str],
    /// How bad it is when it is broken.
    pub severity: Severity,
    /// How well it is known.
    pub confidence: Confidence,
    /// What it takes to look.
    pub needs: Needs,
    /// What it checks, as a sentence that is true of a good file.
    pub checks: &'static str,
    /// Why, and what Azure does otherwise.
    pub why: &'static str,
    /// Lines of a file that break it.
    pub example: &'static str,
    /// The same lines, mended.
    pub mend: &'static str,
    /// Where it is written down.
    pub source: &'static str,
    /// Looks at a stack.
    pub check: fn(&Subject<'_>, &mut Vec<Diagnostic>),
}

/// How well a rule is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Microsoft says so, in a page or in a contract.
    Documented,
    /// People have met it.
    Reported,
    /// It follows from what is known, and nobody has proof: a warning at most, whatever is asked for.
    Inferred,
}

/// What a rule needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The files alone: `validate` says all there is to say.
    Files,
    /// What Azure answers: only `plan` and `apply` can look.
    Azure,
    /// The files where they hold both sides; else `plan` looks again, with the side that Azure holds.
    Either,
}

impl Confidence {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Reported => "reported",
            Self::Inferred => "inferred",
        }
    }
}

impl Rule {
    /// Something that breaks the rule.
    pub fn found(&'static self, place: Place, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(Code::Rule(&self.code), place, message);
        diagnostic.severity = self.severity;
        diagnostic
    }
}
