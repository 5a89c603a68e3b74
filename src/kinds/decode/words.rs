//! The words of diagnostics about values: what is there, what is wanted, what was likely meant.
//! Decides nothing.

use crate::diag::Diagnostic;
use crate::spec::node::{Node, NodeValue, Scalar};

/// The value in words for a message. What comes from the environment is not shown: it may be a secret in the wrong place.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        NodeValue::Scalar(Scalar { env_name: Some(name), .. }) => format!("the value of `${{env:{name}}}`"),
        NodeValue::Scalar(scalar) if scalar.from_env => "this value from the environment".to_owned(),
        NodeValue::Scalar(scalar) if !scalar.is_null() => format!("`{}`", scalar.text),
        _ => node.describe().to_owned(),
    }
}

/// Adds the mend, if the value stands in the file as it is: what came through a variable is mended elsewhere.
pub(super) fn mended(diagnostic: Diagnostic, node: &Node, replacement: &str) -> Diagnostic {
    let quotes = match &node.value {
        NodeValue::Scalar(scalar) if scalar.plain => 0,
        _ => 2,
    };
    let length = (node.place.span.end - node.place.span.start) as usize;
    if node.text().is_some_and(|text| text.len() + quotes == length) {
        diagnostic.edit(node.place, replacement)
    } else {
        diagnostic
    }
}

/// Whether two words are one, in another case or with other signs between its parts: `vm_size` and `vmSize`.
pub(super) fn same_word(one: &str, other: &str) -> bool {
    let letters = |word: &str| -> String {
        word.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}

/// Whether the word is surely a known key misspelt: one letter is wrong in a word of several, and no other key is as near.
/// `minNodes` is not surely `maxNodes`.
pub(super) fn surely<'a>(word: &str, near: &str, known: impl Iterator<Item = &'a str>) -> bool {
    let slip = |known: &str| {
        same_word(word, known)
            || (known.len() >= 5
                && known.len().abs_diff(word.len()) <= 1
                && strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase()) <= 1)
    };
    slip(near) && known.filter(|known| slip(known)).count() == 1
}

pub(super) fn one_of(choices: &[&str]) -> String {
    match choices {
        [only] => format!("`{only}`"),
        [many @ .., last] => {
            format!("{} or `{last}`", many.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
        }
        [] => "nothing".to_owned(),
    }
}

/// The known word that was likely meant; a difference in case alone always is.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A third of it may be wrong: for `V3`, neither `V1` nor `V2` was likely meant.
    let most = word.chars().count() / 3;
    let lower = word.to_lowercase();
    // Words of very different lengths are not measured: the work grows with the product of the lengths.
    let similar = known.filter(|candidate| candidate.len().abs_diff(word.len()) <= most);
    let scored =
        similar.map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate));
    let (distance, best) = scored.min()?;
    (distance <= most).then_some(best)
}

pub(super) fn first_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    text.split_once(". ").map_or_else(|| text.trim_end_matches('.').to_owned(), |(first, _)| first.to_owned())
}
