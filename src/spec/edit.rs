//! Carries out the edits of diagnostics on the texts of files: those that are sure to do what they say and nothing else.
//! Pure: it is given texts and gives texts; nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Edit, FileId, Files, Report, Span};
use crate::spec::node::{Node, NodeValue};
use crate::spec::yaml;

/// New texts of files.
pub type Texts = BTreeMap<FileId, String>;

/// What came of a round of mending.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// The files that changed.
    pub texts: Texts,
    /// How many places were edited.
    pub places: usize,
    /// How many diagnostics could not be mended, because the files would not be read as meant, or are not `accepted`.
    pub left_out: usize,
}

/// Mends what the diagnostics say how to mend: all edits of a diagnostic, or none. What overlaps with an earlier one is for
/// the next round.
///
/// An edit is carried out where it replaces one key or one single value on one line, as it stands there. What holds a
/// `${…}` may be another value in the next run; what an alias repeats is meant for several places at once.
pub fn mend<'d>(
    diagnostics: impl Iterator<Item = &'d Diagnostic>,
    files: &Files,
    accepted: &dyn Fn(&Texts) -> bool,
) -> Mended {
    let wanted: Vec<&[Edit]> =
        diagnostics.map(|diagnostic| diagnostic.edits.as_slice()).filter(|edits| !edits.is_empty()).collect();
    let concerned: BTreeSet<FileId> = wanted.iter().copied().flatten().map(|edit| edit.place.file).collect();
    let trees = concerned.into_iter().map(|file| (file, Tree::of(files.text(file)))).collect();
    let mut mending = Mending { files, trees, accepted, chosen: Vec::new(), left_out: 0 };
    let candidates = mending.candidates(&wanted);
    mending.choose(&candidates);
    let edits: BTreeSet<&Edit> = mending.chosen.iter().copied().flatten().collect();
    Mended { texts: mending.texts(&edits), places: edits.len(), left_out: mending.left_out }
}

/// A file as it is read.
pub(super) struct Tree {
    pub(super) documents: Vec<Node>,
    /// How many keys and single values of the documents stand at a place: more than one where aliases repeat it.
    standing: BTreeMap<Span, usize>,
    /// How much is wrong with it as YAML.
    pub(super) wrong: usize,
}

impl Tree {
    pub(super) fn of(text: &str) -> Self {
        let mut files = Files::default();
        let file = files.add("", text);
        let mut report = Report::default();
        let documents = yaml::documents(file, &files, &mut report);
        let mut standing = BTreeMap::new();
        for document in &documents {
            count(document, &mut standing);
        }
        Self { documents, standing, wrong: report.iter().count() + report.left_out() }
    }
}

fn count(node: &Node, standing: &mut BTreeMap<Span, usize>) {
    match &node.value {
        NodeValue::Scalar(_) => *standing.entry(node.place.span).or_default() += 1,
        NodeValue::List(elements) => {
            for element in elements {
                count(element, standing);
            }
        }
        NodeValue::Map(entries) => {
            for entry in entries {
                *standing.entry(entry.key_place.span).or_default() += 1;
                count(&entry.value, standing);
            }
        }
    }
}

struct Mending<'d, 'a> {
    files: &'a Files,
    trees: BTreeMap<FileId, Tree>,
    accepted: &'a dyn Fn(&Texts) -> bool,
    chosen: Vec<&'d [Edit]>,
    left_out: usize,
}

impl<'d> Mending<'d, '_> {
    /// Those that could be carried out together.
    fn candidates(&self, wanted: &[&'d [Edit]]) -> Vec<&'d [Edit]> {
        let literal = wanted.iter().filter(|edits| edits.iter().all(|edit| self.is_literal(edit)));
        let literal: Vec<&[Edit]> = literal.copied().collect();
        let mut answers: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for edit in literal.iter().copied().flatten() {
            answers.entry(edit.place).or_default().insert(&edit.replacement);
        }
        let mut taken: BTreeSet<&Edit> = BTreeSet::new();
        let mut candidates = Vec::new();
        for edits in literal {
            // Two answers for one place: neither is sure.
            let is_sure = |edit: &Edit| answers.get(&edit.place).is_some_and(|answers| answers.len() == 1);
            let is_free = |edit: &Edit| taken.iter().all(|other| *other == edit || !overlaps(other, edit));
            if edits.iter().all(|edit| is_sure(edit) && is_free(edit)) {
                taken.extend(edits);
                candidates.push(edits);
            }
        }
        candidates
    }

    /// Whether it replaces exactly one key or single value, whose text stands there as it is.
    fn is_literal(&self, edit: &Edit) -> bool {
        let text = self.files.excerpt(edit.place);
        let in_one_line = !text.is_empty() && !text.contains(['\n', '\r']);
        let is_block = text.starts_with(['|', '>']);
        let stands_once =
            self.trees.get(&edit.place.file).and_then(|tree| tree.standing.get(&edit.place.span)) == Some(&1);
        in_one_line && !is_block && stands_once && !text.contains("${")
    }

    /// Takes as many as can be taken: all of them, or those of each half that can.
    fn choose(&mut self, candidates: &[&'d [Edit]]) {
        if candidates.is_empty() {
            return;
        }
        let together: Vec<&'d [Edit]> = self.chosen.iter().chain(candidates).copied().collect();
        if self.is_good(&together.iter().copied().flatten().collect()) {
            self.chosen = together;
        } else if candidates.len() == 1 {
            self.left_out += 1;
        } else {
            let (first, second) = candidates.split_at(candidates.len() / 2);
            self.choose(first);
            self.choose(second);
        }
    }

    /// Whether the files are read afterwards as before, but for what is replaced, and are accepted.
    fn is_good(&self, edits: &BTreeSet<&Edit>) -> bool {
        let texts = self.texts(edits);
        let as_meant = texts.iter().all(|(file, text)| {
            let Some(before) = self.trees.get(file) else { return false };
            let after = Tree::of(text);
            let of_file = edits.iter().filter(|edit| edit.place.file == *file);
            let replaced = of_file.map(|edit| (edit.place.span, edit.replacement.as_str())).collect();
            before.wrong == after.wrong && all_same(&before.documents, &after.documents, &replaced)
        });
        as_meant && (self.accepted)(&texts)
    }

    /// The texts with the edits carried out, which do not overlap and are in their order.
    fn texts(&self, edits: &BTreeSet<&Edit>) -> Texts {
        let mut texts = Texts::new();
        for edit in edits.iter().rev() {
            let file = edit.place.file;
            let text = texts.entry(file).or_insert_with(|| self.files.text(file).to_owned());
            text.replace_range(
                edit.place.span.start as usize..edit.place.span.end as usize,
                &edit.replacement,
            );
        }
        texts
    }
}

fn overlaps(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.place, other.place);
    a.file == b.file && a.span.start < b.span.end && b.span.start < a.span.end
}

/// Whether documents say the same as before, but for what is replaced.
pub(super) fn all_same(before: &[Node], after: &[Node], replaced: &BTreeMap<Span, &str>) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| same(before, after, replaced))
}

/// Whether a node says the same as before, but for what is replaced.
fn same(before: &Node, after: &Node, replaced: &BTreeMap<Span, &str>) -> bool {
    match (&before.value, &after.value) {
        (NodeValue::Scalar(was), NodeValue::Scalar(is)) => match replaced.get(&before.place.span) {
            Some(text) => is.text == *text,
            None => was == is,
        },
        (NodeValue::List(was), NodeValue::List(is)) => all_same(was, is, replaced),
        (NodeValue::Map(was), NodeValue::Map(is)) => {
            was.len() == is.len()
                && was.iter().zip(is).all(|(was, is)| {
                    let key = replaced.get(&was.key_place.span).copied().unwrap_or(&was.key);
                    is.key == key && same(&was.value, &is.value, replaced)
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Mended, mend};
    use crate::diag::{Code, Diagnostic, FileId, Files, Place, Span};

    /// The place of the `nth` time that a text stands in a file.
    fn place(files: &Files, file: FileId, text: &str, nth: usize) -> Place {
        let (start, _) = files.text(file).match_indices(text).nth(nth).expect("it stands there");
        let at = |offset: usize| u32::try_from(offset).expect("small");
        Place { file, span: Span { start: at(start), end: at(start + text.len()) } }
    }

    /// What mending makes of a text; each diagnostic is given as the edits it has: the text, and its replacement.
    fn mended(text: &str, diagnostics: &[&[(&str, &str)]]) -> (String, Mended) {
        let mut files = Files::default();
        let file = files.add("a.yaml", text);
        let diagnostics: Vec<Diagnostic> = diagnostics
            .iter()
            .map(|edits| {
                let diagnostic = Diagnostic::error(Code::UnknownKey, Place { file, ..Place::default() }, "m");
                edits.iter().fold(diagnostic, |diagnostic, (from, to)| {
                    diagnostic.edit(place(&files, file, from, 0), *to)
                })
            })
            .collect();
        let mended = mend(diagnostics.iter(), &files, &|_| true);
        (mended.texts.get(&file).cloned().unwrap_or_else(|| text.to_owned()), mended)
    }

    #[test]
    fn keys_and_values_are_replaced_and_all_else_stays() {
        let text = "\u{feff}# größe\r\na:   'yes' # why\r\nvmsize:\r\n  - {b: 1_0,c: d}\r\n";
        let (text, mended) = mended(text, &[&[("'yes'", "true")], &[("vmsize", "vmSize")], &[("1_0", "10")]]);
        assert_eq!(text, "\u{feff}# größe\r\na:   true # why\r\nvmSize:\r\n  - {b: 10,c: d}\r\n");
        assert_eq!((mended.places, mended.left_out), (3, 0));
    }

    #[test]
    fn a_diagnostic_is_mended_wholly_or_not_at_all() {
        let (text, mended) = mended(
            "first: 9\nlast: ${var:a}\nup: no\n",
            &[&[("9", "1"), ("${var:a}", "9")], &[("no", "false")]],
        );
        assert_eq!((text.as_str(), mended.places), ("first: 9\nlast: ${var:a}\nup: false\n", 1));
        let (text, mended) = self::mended("first: 90\nlast: 10\n", &[&[("90", "10"), ("10", "90")]]);
        assert_eq!((text.as_str(), mended.places), ("first: 10\nlast: 90\n", 2));
    }

    #[test]
    fn what_is_said_twice_is_mended_once_and_two_answers_are_none() {
        let (text, mended) = mended("a: no\n", &[&[("no", "false")], &[("no", "false")]]);
        assert_eq!((text.as_str(), mended.places), ("a: false\n", 1));
        let (text, mended) = self::mended("a: no\n", &[&[("no", "false")], &[("no", "true")]]);
        assert_eq!((text.as_str(), mended.places), ("a: no\n", 0));
    }

    #[test]
    fn what_is_not_a_whole_word_on_one_line_is_left() {
        for (text, from) in [
            ("a: one two\n", "two"),
            ("a: |\n  no\n", "|\n  no"),
            ("a: >-\n  no\n", ">-\n  no"),
            ("a: one\n  two\n", "one\n  two"),
            ("a: x${env:HOME}\n", "x${env:HOME}"),
            ("a: { forNodes: 1 }\n", "{ forNodes: 1"),
            ("a: [1]\n", "[1]"),
            ("a: b # no\n", "no"),
        ] {
            assert_eq!(mended(text, &[&[(from, "new")]]).0, text);
        }
    }

    #[test]
    fn what_an_alias_repeats_is_left() {
        for (text, from) in [
            ("a: &x no\nb: *x\n", "no"),
            ("base: &x { up: no }\nb: { <<: *x }\n", "no"),
            ("base: &x { uup: 1 }\nb: { <<: *x }\n", "uup"),
            ("base: &x [no]\nb: *x\n", "no"),
        ] {
            assert_eq!(mended(text, &[&[(from, "new")]]).0, text);
        }
        assert_eq!(mended("a: &x no\nb: no\n", &[&[("no", "false")]]).1.places, 1);
    }

    #[test]
    fn what_would_not_be_read_as_meant_is_left_and_the_rest_is_done() {
        // The second makes a key stand twice, the third a map of a text, the fourth a list end.
        let (text, mended) = mended(
            "sise: 1\nsyze: 2\nc: x\nd: [z9]\ne: no\n",
            &[
                &[("sise", "size")],
                &[("syze", "size")],
                &[("x", "a: b")],
                &[("z9", "a]")],
                &[("no", "false")],
            ],
        );
        assert_eq!(text, "size: 1\nsyze: 2\nc: x\nd: [z9]\ne: false\n");
        assert_eq!((mended.places, mended.left_out), (2, 3));
    }

    #[test]
    fn what_is_not_accepted_is_left_and_the_rest_is_done() {
        let mut files = Files::default();
        let (a, b) = (files.add("a.yaml", "x: no\n"), files.add("b.yaml", "x: no\ny: on\n"));
        let diagnostics = [(a, "no"), (b, "no"), (b, "on")].map(|(file, from)| {
            let place = place(&files, file, from, 0);
            Diagnostic::error(Code::WrongType, place, "m").edit(place, "maybe")
        });
        let mended =
            mend(diagnostics.iter(), &files, &|texts| texts.get(&b).is_none_or(|text| text.contains("no")));
        assert_eq!(mended.texts[&a], "x: maybe\n");
        assert_eq!(mended.texts[&b], "x: no\ny: maybe\n");
        assert_eq!((mended.places, mended.left_out), (2, 1));
    }

    #[test]
    fn a_file_that_is_wrong_elsewhere_is_mended_before_that() {
        let (text, mended) = mended("a: no\nb: 1\nb: 2\n", &[&[("no", "false")]]);
        assert_eq!((text.as_str(), mended.places), ("a: false\nb: 1\nb: 2\n", 1));
    }
}
