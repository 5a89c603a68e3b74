//! Comments that speak to poolwright: `# poolwright: ignore[CODE] reason`, and what each holds for.
//! Knows no rule: whether a code is one, and whether anything was hidden, is for `lint` to say.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FileId, Files, Place, Report, Span};
use crate::spec::node::{Node, NodeValue};

/// What such a comment begins with, after its `#`.
const ADDRESSED: &str = "poolwright:";

const FORM: &str = "write `# poolwright: ignore[CODE] reason`; several codes are separated by commas";

/// What a user does not want to be told, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The codes, each with its place.
    pub codes: Vec<(String, Place)>,
    /// What it holds for: the line, and what begins on it.
    pub covers: Vec<Place>,
}

impl Ignore {
    /// Whether it holds for something that begins here.
    pub fn covers(&self, place: Place) -> bool {
        let holds = |cover: &Place| {
            cover.file == place.file && (cover.span.start..cover.span.end).contains(&place.span.start)
        };
        self.covers.iter().any(holds)
    }
}

/// Whether a comment, from its `#`, speaks to poolwright.
pub(super) fn is_addressed(comment: &str) -> bool {
    comment.trim_start_matches('#').trim_start().starts_with(ADDRESSED)
}

/// Reads the comments of a file. At the end of a line one holds for that line; alone it holds for the next line that has
/// content. Where an element of a list, or a key, begins on that line, it holds for the whole of it; so at the beginning
/// of an entry it holds for the entry. What stands on several lines, begins a stack, or is a list of resources, is not hidden
/// as a whole.
pub(super) fn ignores(
    file: FileId,
    comments: &[Place],
    documents: &[Node],
    files: &Files,
    report: &mut Report,
) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    let mut of_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for comment in comments {
        let Some(codes) = codes(*comment, files, report) else { continue };
        let own = files.position(*comment).line;
        let before = files.line_start(file, own)..comment.span.start as usize;
        let before = files.text(file).get(before).unwrap_or_default();
        let alone = before.trim_matches(['\u{feff}', ' ', '\t']).is_empty();
        let lines = if alone { held(file, own + 1, own, files) } else { held(file, own, own, files) };
        for line in &lines {
            of_line.entry(*line).or_default().push(ignores.len());
        }
        let covers = lines.into_iter().map(|line| line_of(file, line, files)).collect();
        ignores.push(Ignore { codes, covers });
    }
    if ignores.is_empty() {
        return ignores;
    }
    let mut begins = |place: Place| {
        let line = files.position(place).line;
        // What an alias stands for is elsewhere, and covered there.
        for at in of_line.get(&line).into_iter().flatten().filter(|_| place.file == file) {
            if let Some(ignore) = ignores.get_mut(*at) {
                ignore.covers.push(place);
            }
        }
    };
    for document in documents {
        let kind = document.get("kind").and_then(Node::text);
        if kind == Some("ImageVersion") {
            begins(document.place);
            walk(document, &mut begins);
            continue;
        }
        for entry in document.entries() {
            begins(entry.key_place);
            walk(&entry.value, &mut begins);
        }
    }
    ignores
}

/// Goes through all that can be covered as a whole.
fn walk(node: &Node, begins: &mut impl FnMut(Place)) {
    match &node.value {
        NodeValue::Scalar(_) => {}
        NodeValue::List(elements) => {
            for element in elements {
                begins(element.place);
                walk(element, begins);
            }
        }
        NodeValue::Map(entries) => {
            for entry in entries {
                let after = entry.value.place.span.start >= entry.key_place.span.start;
                if after && entry.value.place.file == entry.key_place.file {
                    begins(entry.key_place.to(entry.value.place));
                }
                walk(&entry.value, begins);
            }
        }
    }
}

/// The codes that a comment names; none where it is not right, which is reported.
fn codes(comment: Place, files: &Files, report: &mut Report) -> Option<Vec<(String, Place)>> {
    let text = files.excerpt(comment);
    let mut refuse = |message: &str| {
        report.push(Diagnostic::error(Code::IgnoreComment, comment, message).help(FORM));
    };
    let said = text.find(ADDRESSED).and_then(|at| text.get(at + ADDRESSED.len()..)).unwrap_or_default();
    let list = said.trim_start().strip_prefix("ignore").map(str::trim_start);
    let list = list.and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split_once(']'));
    let Some((list, reason)) = list else {
        refuse("this comment speaks to poolwright and is not understood");
        return None;
    };
    if reason.trim_matches([':', '-', ' ', '\t']).is_empty() {
        refuse("this comment hides something and does not say why");
        return None;
    }
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let codes: Vec<(String, Place)> = list
        .split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(|code| (code.to_owned(), comment.part(offset(code), offset(code) + code.len())))
        .collect();
    if codes.is_empty() {
        refuse("this comment hides something and does not name it");
        return None;
    }
    Some(codes)
}

/// The lines from `first` that a comment holds for: the next one that has content, and those before it that only begin
/// something, such as a bare `-` or `---`. The comment's own line where there is none.
fn held(file: FileId, first: usize, own: usize, files: &Files) -> Vec<usize> {
    let end = files.text(file).len();
    let mut lines = Vec::new();
    let mut next = first;
    while files.line_start(file, next) < end {
        let text = files.line(file, next).trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if text.starts_with('%') || (!text.is_empty() && !text.starts_with('#')) {
            lines.push(next);
            if !only_begins(text) {
                return lines;
            }
        }
        next += 1;
    }
    if lines.is_empty() { vec![own] } else { lines }
}

/// Whether a line has nothing but what stands before a value: dashes, an anchor, a tag, a directive.
fn only_begins(line: &str) -> bool {
    let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
    line.starts_with('%')
        || words.all(|word| matches!(word, "-" | "---") || word.starts_with('&') || word.starts_with('!'))
}

fn line_of(file: FileId, line: usize, files: &Files) -> Place {
    let start = files.line_start(file, line);
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Place { file, span: Span { start: at(start), end: at(start + files.line(file, line).len()) } }
}

#[cfg(test)]
mod tests {
    use crate::diag::{Files, Report};
    use crate::spec::yaml;

    /// The codes of a comment, and the texts that it covers.
    type Shown = (Vec<String>, Vec<String>);

    /// What the comments of a text are, and what is wrong with them.
    fn read(text: &str) -> (Vec<Shown>, Vec<String>) {
        let mut files = Files::default();
        let file = files.add("a.yaml", text);
        let mut report = Report::default();
        let yaml::Text { documents, comments } = yaml::text(file, &files, &mut report);
        let ignores = super::ignores(file, &comments, &documents, &files, &mut report);
        let shown = ignores.into_iter().map(|ignore| {
            let codes = ignore.codes.iter().map(|(code, place)| {
                assert_eq!(files.excerpt(*place), code);
                code.clone()
            });
            let covers = ignore.covers.iter().map(|place| files.excerpt(*place).to_owned());
            (codes.collect(), covers.collect())
        });
        (shown.collect(), report.iter().map(|found| found.message.clone()).collect())
    }

    #[test]
    fn a_comment_holds_for_its_line_and_for_what_begins_there() {
        let text = "pools:\n  - id: ä # poolwright: ignore[a/b] it is so\n    x: 1\n  # poolwright: ignore[c/d, e/f] so too\n\n  # and\n  - id: b\n    y: # poolwright: ignore[g/h] why\n      z: 1\n";
        let (ignores, wrong) = read(text);
        assert_eq!(wrong, Vec::<String>::new());
        let shown: Vec<(Vec<&str>, Vec<&str>)> = ignores
            .iter()
            .map(|(codes, covers)| {
                (codes.iter().map(String::as_str).collect(), covers.iter().map(String::as_str).collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (
                    vec!["a/b"],
                    vec![
                        "  - id: ä # poolwright: ignore[a/b] it is so",
                        "id: ä # poolwright: ignore[a/b] it is so\n    x: 1",
                        "id: ä"
                    ]
                ),
                (
                    vec!["c/d", "e/f"],
                    vec!["  - id: b", "id: b\n    y: # poolwright: ignore[g/h] why\n      z: 1", "id: b"]
                ),
                (
                    vec!["g/h"],
                    vec![
                        "    y: # poolwright: ignore[g/h] why",
                        "y: # poolwright: ignore[g/h] why\n      z: 1"
                    ]
                ),
            ]
        );
    }

    #[test]
    fn a_comment_passes_over_what_only_begins_something() {
        let comment = "# poolwright: ignore[a/b] x\n";
        for before in [
            format!("pools:\n  {comment}  -\n    id: b\n"),
            format!("pools:\n  - {comment}    id: b\n"),
            format!("pools:\n  {comment}  - &anchor\n    id: b\n"),
            format!("pools:\n  - &anchor {comment}    id: b\n"),
            format!("pools:\n  -\n    {comment}    id: b\n"),
        ] {
            let (ignores, wrong) = read(&before);
            assert_eq!(wrong, Vec::<String>::new());
            assert!(ignores[0].1.iter().any(|covered| covered == "id: b"), "{before}: {ignores:?}");
        }
        let (ignores, _) = read(&format!("{comment}---\nkind: ImageVersion\nversion: 1.0.0\n"));
        assert!(ignores[0].1.contains(&"kind: ImageVersion\nversion: 1.0.0".to_owned()), "{ignores:?}");
    }

    #[test]
    fn a_list_of_resources_is_not_hidden_as_a_whole() {
        let (ignores, _) = read("# poolwright: ignore[a/b] x\npools:\n  - id: b\n");
        assert_eq!(ignores[0].1, ["pools:", "pools"]);
    }

    #[test]
    fn what_is_no_comment_is_none() {
        for text in [
            "a: \"# poolwright: ignore[a/b] x\"\n",
            "a: '# poolwright: ignore[a/b] x'\n",
            "a: |\n  # poolwright: ignore[a/b] x\n",
            "a: >-\n  b\n  # poolwright: ignore[a/b] x\n",
            "a: b#poolwright:ignore[a/b]x\n",
            "# poolwrights: ignore[a/b] x\na: 1\n",
        ] {
            assert_eq!(read(text), (Vec::new(), Vec::new()), "{text}");
        }
    }

    #[test]
    fn a_comment_says_what_it_hides_and_why() {
        for (comment, wanted) in [
            ("ignore[a/b]", "does not say why"),
            ("ignore[a/b] -", "does not say why"),
            ("ignore[] x", "does not name it"),
            ("ignore a/b x", "is not understood"),
            ("ignore[a/b x", "is not understood"),
            ("ignored[a/b] x", "is not understood"),
            ("", "is not understood"),
        ] {
            let (ignores, wrong) = read(&format!("a: 1\r\n#\tpoolwright: {comment}\r\nb: 2\r\n"));
            assert_eq!(ignores, Vec::new(), "{comment}");
            assert!(wrong.len() == 1 && wrong[0].contains(wanted), "{comment}: {wrong:?}");
        }
    }

    #[test]
    fn an_image_version_document_is_covered_from_its_first_line_and_a_stack_is_not() {
        let comment = "# poolwright: ignore[a/b] x\n";
        let (version, _) = read(&format!("a: 1\n---\n{comment}kind: ImageVersion\nversion: 1.0.0\n"));
        assert_eq!(
            version[0].1,
            ["kind: ImageVersion", "kind: ImageVersion\nversion: 1.0.0", "kind: ImageVersion"]
        );
        let (stack, _) = read(&format!("{comment}kind: Stack\nname: a\n"));
        assert_eq!(stack[0].1, ["kind: Stack", "kind"]);
    }
}
