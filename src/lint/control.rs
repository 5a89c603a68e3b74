//! What the user says about rules: `lint:` in the header, `--strict`, and comments that ignore a rule in a place.
//! Hides and weighs what rules have found; finds nothing in the files itself but comments and settings that do nothing.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Place, Report, Severity};
use crate::kinds::declared::Stack;
use crate::kinds::decode::nearest;
use crate::kinds::header::RuleLevel;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::{find, rules};

/// The user's word on the rules of one run.
#[derive(Debug)]
pub struct Control<'a> {
    stack: &'a Stack,
    strict: bool,
    /// The comments and codes that have hidden something, by their numbers.
    used: BTreeSet<(usize, usize)>,
}

impl<'a> Control<'a> {
    /// That of a stack. `strict`: a warning is an error, unless nobody has proof of it.
    pub fn of(stack: &'a Stack, strict: bool) -> Self {
        Self { stack, strict, used: BTreeSet::new() }
    }

    /// Whether a rule is not to be run at all.
    pub fn is_off(&self, code: &str) -> bool {
        self.stack.header.lint.get(code) == Some(&RuleLevel::Off)
    }

    /// What is left to say of something that a rule has found, and how bad it is.
    pub fn admit(&mut self, rule: &Rule, mut found: Diagnostic) -> Option<Diagnostic> {
        if self.hides(rule, found.place()) {
            return None;
        }
        found.severity = match self.stack.header.lint.get(rule.code.0) {
            None => found.severity,
            Some(RuleLevel::Off) => return None,
            Some(RuleLevel::Note) => Severity::Note,
            Some(RuleLevel::Warning) => Severity::Warning,
            Some(RuleLevel::Error) if rule.confidence == Confidence::Inferred => Severity::Warning,
            Some(RuleLevel::Error) => Severity::Error,
        };
        if self.strict && rule.confidence != Confidence::Inferred && found.severity == Severity::Warning {
            found.severity = Severity::Error;
        }
        Some(found)
    }

    /// Whether a comment hides what was found. All that do are used.
    fn hides(&mut self, rule: &Rule, place: Option<Place>) -> bool {
        let Some(place) = place else { return false };
        let before = self.stack.ignores.iter().enumerate().filter(|(_, ignore)| ignore.covers(place));
        let hiding = before.flat_map(|(at, ignore)| {
            let codes = ignore.codes.iter().enumerate();
            codes.filter(|(_, (code, _))| code == rule.code.0).map(move |(code, _)| (at, code))
        });
        let hiding: Vec<(usize, usize)> = hiding.collect();
        self.used.extend(&hiding);
        !hiding.is_empty()
    }

    /// Reports settings and comments that name no rule.
    pub fn check(&self, report: &mut Report) {
        for (code, level) in &self.stack.header.lint {
            let place = self.stack.lint_places.get(code).copied().unwrap_or(self.stack.header_place);
            match find(code) {
                None => report.push(unknown(Code::RuleSeverity, code, place)),
                Some(rule) if rule.confidence == Confidence::Inferred && *level == RuleLevel::Error => {
                    let message = format!("nobody has proof of {code}: it is a warning at most");
                    report.push(
                        Diagnostic::error(Code::RuleSeverity, place, message)
                            .help("write `warning`, or leave it out"),
                    );
                }
                Some(_) => {}
            }
        }
        for (code, place) in self.stack.ignores.iter().flat_map(|ignore| &ignore.codes) {
            if find(code).is_none() {
                report.push(unknown(Code::IgnoreComment, code, *place));
            }
        }
    }

    /// Reports comments that have hidden nothing. Of rules that need Azure nothing can be said while nobody has looked
    /// there (`with_azure`), nor of those that could not look (`blind`).
    pub fn unused(&self, with_azure: bool, blind: &BTreeSet<&str>, report: &mut Report) {
        for (at, ignore) in self.stack.ignores.iter().enumerate() {
            let ran = |code: &str| {
                let of_files = |rule: &Rule| with_azure || rule.needs == Needs::Files;
                find(code).is_some_and(of_files) && !blind.contains(code) && !self.is_off(code)
            };
            let codes = ignore.codes.iter().enumerate();
            let idle: Vec<&(String, Place)> = codes
                .filter(|(number, (code, _))| ran(code) && !self.used.contains(&(at, *number)))
                .map(|(_, code)| code)
                .collect();
            for (code, place) in &idle {
                let message =
                    format!("nothing here breaks {code}, and this comment would hide it if something did");
                let severity = if self.strict { Severity::Error } else { Severity::Warning };
                let what = if ignore.codes.len() == 1 { "the comment" } else { "the code" };
                report.push(Diagnostic::new(Code::UnusedIgnore, severity, message).at(*place).help(format!(
                    "take {what} out; for what a profile, an anchor or a variable says, it belongs there"
                )));
            }
        }
    }
}

fn unknown(sort: Code, code: &str, place: Place) -> Diagnostic {
    if Code::ALL.iter().any(|known| known.as_str() == code) {
        return Diagnostic::error(
            sort,
            place,
            format!("{code} is no rule: it cannot be ignored, and has no severity of its own"),
        )
        .help("mend it where it is reported");
    }
    let known = rules::ALL.iter().map(|rule| rule.code.0);
    let found = Diagnostic::error(sort, place, format!("there is no rule `{code}`"));
    match nearest(code, known) {
        Some(known) => found.help(format!("did you mean `{known}`?")),
        None => found.help("`poolwright explain --list` shows the rules"),
    }
}
