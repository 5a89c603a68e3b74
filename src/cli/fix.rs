//! `validate --fix`: mends the files by what is said about them, round after round, and writes those that changed.
//! Decides nothing about an edit: which are sure is `spec::edit`'s business.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::error::Failure;
use crate::cli::rewrite::rewrite;
use crate::cli::stages::{Checked, Input};
use crate::diag::{Code, Diagnostic, Report, Severity};
use crate::spec::edit::{Texts, mend};

/// A mended key uncovers what is wrong below it, and a report keeps a thousand of a severity: more rounds than either takes.
const MOST_ROUNDS: usize = 32;

/// What was mended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// How many places, in how many files.
    places: usize,
    files: usize,
    /// How many diagnostics have an edit that would bring other errors.
    left_out: usize,
}

impl Fixed {
    /// In words, with a line feed.
    pub(crate) fn words(&self) -> String {
        let counted =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let done = match self.places {
            0 => "nothing to mend\n".to_owned(),
            places => format!("mended {} in {}\n", counted(places, "place"), counted(self.files, "file")),
        };
        match self.left_out {
            0 => done,
            mends => format!("{done}left out {} that would bring other errors\n", counted(mends, "mend")),
        }
    }
}

/// Mends the files of a run.
pub(crate) fn fix(input: &Input<'_>) -> Result<Fixed, Failure> {
    let Checked { files, loaded, .. } = input.check();
    let before: Vec<(String, String)> =
        loaded.iter().map(|file| (files.name(*file).to_owned(), files.text(*file).to_owned())).collect();
    let (texts, mut fixed) = mended(input, before.clone());
    for ((name, before), (_, after)) in before.iter().zip(&texts).filter(|(before, after)| before != after) {
        rewrite(Path::new(name), before, after).map_err(|error| {
            let failure = Failure::of(&format!("cannot write {name}"), &error);
            match fixed.files {
                0 => failure.hint("no file was changed"),
                _ => failure.hint("files before it are mended; run it again for the rest"),
            }
        })?;
        fixed.files += 1;
    }
    Ok(fixed)
}

/// The texts after as many rounds as there is something to mend.
fn mended(input: &Input<'_>, mut texts: Vec<(String, String)>) -> (Vec<(String, String)>, Fixed) {
    let mut fixed = Fixed::default();
    for _ in 0..MOST_ROUNDS {
        let Checked { files, loaded, report, .. } = input.check_texts(&texts);
        let with = |new: &Texts| -> Vec<(String, String)> {
            let olds = loaded.iter().zip(&texts);
            olds.map(|(file, (name, old))| (name.clone(), new.get(file).unwrap_or(old).clone())).collect()
        };
        // A mend of the format uncovers what it hid, such as a name of nothing in a pool that could not be read. A rule
        // speaks of what could be read: what its mend brings was not there.
        let brings_none = |new: &Texts| !has_more_errors(&input.check_texts(&with(new)).report, &report);
        let (of_rules, of_format): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
            report.iter().partition(|it| is_rule(it));
        let mut round = mend(of_format.into_iter(), &files, &|_| true);
        fixed.left_out = round.left_out;
        if round.texts.is_empty() {
            round = mend(of_rules.into_iter(), &files, &brings_none);
            fixed.left_out += round.left_out;
        }
        if round.texts.is_empty() {
            break;
        }
        fixed.places += round.places;
        let mended = with(&round.texts);
        texts = mended;
    }
    (texts, fixed)
}

fn is_rule(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code, Code::Rule(_))
}

/// Whether something is wrong with the format that was not before, wherever it stands.
fn has_more_errors(after: &Report, before: &Report) -> bool {
    let errors = |report: &Report| {
        let mut counts: BTreeMap<(Code, String), usize> = BTreeMap::new();
        for error in report.iter().filter(|it| it.severity == Severity::Error && !is_rule(it)) {
            *counts.entry((error.code, error.message.clone())).or_default() += 1;
        }
        counts
    };
    let before = errors(before);
    errors(after).into_iter().any(|(error, count)| count > before.get(&error).copied().unwrap_or(0))
}
