//! Reports as people read them in a terminal: the line, the text underlined, the way out. The only file that names annotate-snippets.
//! Decides nothing: width and colour are given.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Patch, Renderer, Snippet};

use crate::diag::files::Position;
use crate::diag::{Code, Diagnostic, Edit, FileId, Files, Label, Place, Report, Severity};
use crate::render::style::{Paint, clean, wrapped};

/// The narrowest terminal that is still catered for.
const NARROWEST: usize = 40;

/// Lines of a marked place that are shown: an underlined map of two hundred lines helps nobody.
const MOST_LINES: usize = 3;

/// How many characters of a message or a help are shown: they quote what stands in the file.
const LONGEST_TEXT: usize = 1_000;

/// How many characters of a line are shown on each side of what is marked. What is left of it is fitted to the width.
const LONGEST_SIDE: usize = 400;

/// Every diagnostic of the report, in its order, with an empty line after each. `width` is in columns. An empty report gives no text.
pub fn report(report: &Report, files: &Files, width: usize, paint: Paint) -> String {
    let secrets: Vec<Place> = report.iter().filter_map(secret).collect();
    let mut out = String::new();
    for diagnostic in report.iter() {
        out.push_str(&rendered(diagnostic, &Source { files, secrets: &secrets }, width, paint));
        out.push_str("\n\n");
    }
    if report.left_out() > 0 {
        let _ = writeln!(out, "{} more are not shown", report.left_out());
    }
    out
}

/// One diagnostic, without a line feed at the end.
pub fn diagnostic(diagnostic: &Diagnostic, files: &Files, width: usize, paint: Paint) -> String {
    let secrets: Vec<Place> = secret(diagnostic).into_iter().collect();
    rendered(diagnostic, &Source { files, secrets: &secrets }, width, paint)
}

/// Where a secret stands in a file, by a diagnostic that says so. It shall not stand in a build log too.
fn secret(diagnostic: &Diagnostic) -> Option<Place> {
    diagnostic.place().filter(|_| diagnostic.code == Code::SecretNotFromEnvironment)
}

/// The files, and what of them is not shown.
#[derive(Clone, Copy)]
struct Source<'a> {
    files: &'a Files,
    secrets: &'a [Place],
}

impl Source<'_> {
    /// A part of a line, made harmless, with stars for the characters of secrets.
    fn shown(&self, file: FileId, line: usize, part: Range<usize>) -> String {
        let line_start = self.files.line_start(file, line);
        let text = self.files.line(file, line).get(part.clone()).unwrap_or("");
        let is_secret = |at: usize| {
            let at = line_start + part.start + at;
            let holds = |place: &Place| (place.span.start as usize..place.span.end as usize).contains(&at);
            self.secrets.iter().any(|place| place.file == file && holds(place))
        };
        if self.secrets.is_empty() {
            return clean(text);
        }
        let starred = text.char_indices().map(|(at, character)| if is_secret(at) { '*' } else { character });
        clean(&starred.collect::<String>())
    }
}

fn rendered(diagnostic: &Diagnostic, source: &Source<'_>, width: usize, paint: Paint) -> String {
    let width = width.max(NARROWEST);
    let renderer = if paint.is_coloured() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(width).decor_style(DecorStyle::Ascii);
    let prefix = diagnostic.severity.word().len() + diagnostic.code.as_str().len() + "[]: ".len();
    let title = level(diagnostic.severity)
        .primary_title(folded(&diagnostic.message, width, prefix))
        .id(diagnostic.code.as_str());
    let mut corrections = Vec::new();
    let snippets = snippets(&diagnostic.labels, source, &mut corrections);
    let mut group = Group::with_title(title).elements(snippets);
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(folded(help, width, "  = help: ".len())));
    }
    let mut groups = vec![group];
    groups.extend(suggestion(&diagnostic.edits, source));
    let text = renderer.render(&groups);
    corrections.iter().fold(text, |text, (counted, real)| text.replacen(counted, real, 1))
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// The text in lines that fit beside `indent` columns. annotate-snippets indents the lines that follow the first.
fn folded(text: &str, width: usize, indent: usize) -> String {
    let mut shown: String = text.chars().take(LONGEST_TEXT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    wrapped(&clean(&shown), width.saturating_sub(indent).max(NARROWEST / 2)).join("\n")
}

/// One snippet for each file, that of the primary label first.
///
/// The renderer counts columns in the lines it is given. Where those are a part of the file's line, or had to be made
/// harmless, its count is not the file's: then `corrections` gets what it writes and what is true.
fn snippets<'a>(
    labels: &'a [Label],
    source: &Source<'_>,
    corrections: &mut Vec<(String, String)>,
) -> Vec<Element<'a>> {
    let mut order: Vec<FileId> = Vec::new();
    for label in labels.iter().filter(|label| label.primary).chain(labels) {
        if !order.contains(&label.place.file) {
            order.push(label.place.file);
        }
    }
    order.into_iter().map(|file| snippet(file, labels, source, corrections)).collect()
}

fn snippet<'a>(
    file: FileId,
    labels: &'a [Label],
    source: &Source<'_>,
    corrections: &mut Vec<(String, String)>,
) -> Element<'a> {
    let labels: Vec<&Label> = labels.iter().filter(|label| label.place.file == file).collect();
    let excerpt = Excerpt::around(labels.iter().map(|label| label.place), file, source);
    let path = clean(source.files.name(file));
    if let Some(label) = labels.iter().find(|label| label.primary).or_else(|| labels.first()) {
        let Position { line, column } = source.files.position(label.place);
        let start = excerpt.range(label.place, source).start;
        let line_start = excerpt.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let counted = excerpt.text[line_start..start].chars().count() + 1;
        if counted != column {
            corrections.push((format!("{path}:{line}:{counted}"), format!("{path}:{line}:{column}")));
        }
    }
    let mut snippet = Snippet::source(excerpt.text.clone()).path(path).line_start(excerpt.first_line);
    for label in labels {
        let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let text = (!label.text.is_empty()).then(|| clean(&label.text));
        snippet = snippet.annotation(kind.span(excerpt.range(label.place, source)).label(text));
    }
    snippet.into()
}

/// The edits of one file as a change that annotate-snippets shows as added and removed text.
fn suggestion(edits: &[Edit], source: &Source<'_>) -> Option<Group<'static>> {
    let file = edits.first()?.place.file;
    let edits: Vec<&Edit> = edits.iter().filter(|edit| edit.place.file == file).collect();
    let excerpt = Excerpt::around(edits.iter().map(|edit| edit.place), file, source);
    // A text that `clean` had to change is not what the user would find in the file: no suggestion then.
    if !excerpt.faithful {
        return None;
    }
    let patches =
        edits.iter().map(|edit| Patch::new(excerpt.range(edit.place, source), clean(&edit.replacement)));
    let snippet = Snippet::source(excerpt.text.clone()).line_start(excerpt.first_line).patches(patches);
    Some(Level::HELP.secondary_title("write it like this").element(snippet))
}

/// The lines of a file that are shown, made harmless, and how places map into them.
struct Excerpt {
    text: String,
    /// The number of its first line, from 1.
    first_line: usize,
    lines: Vec<Line>,
    /// Whether what is shown is what stands there.
    faithful: bool,
}

/// One line of an excerpt.
struct Line {
    /// Where it starts in the excerpt's text.
    start: usize,
    /// The byte of the file's line at which what is shown begins and ends.
    shown: Range<usize>,
}

impl Excerpt {
    fn around(places: impl Iterator<Item = Place> + Clone, file: FileId, source: &Source<'_>) -> Self {
        let first_line = places.clone().map(|place| source.files.position(place).line).min().unwrap_or(1);
        let last_line = places.clone().map(|place| last_line(place, source)).max().unwrap_or(first_line);
        let mut marks = vec![Vec::new(); last_line - first_line + 1];
        for place in places {
            for (at, bytes) in [
                (source.files.position(place), place.span.start),
                (source.files.end_position(place), place.span.end),
            ] {
                if let Some(marks) = marks.get_mut(at.line - first_line) {
                    marks.push(bytes as usize);
                }
            }
        }
        let mut excerpt = Self { text: String::new(), first_line, lines: Vec::new(), faithful: true };
        // Where the lines between two marks are many, the renderer folds them; they are only counted here.
        for (number, marks) in (first_line..).zip(marks) {
            let line = source.files.line(file, number);
            let line_start = source.files.line_start(file, number);
            let marks: Vec<usize> = marks.into_iter().map(|mark| mark.saturating_sub(line_start)).collect();
            let shown = shown(line, &marks);
            let cleaned = source.shown(file, number, shown.clone());
            excerpt.faithful &= cleaned == line;
            excerpt.lines.push(Line { start: excerpt.text.len(), shown });
            excerpt.text.push_str(&cleaned);
            excerpt.text.push('\n');
        }
        excerpt
    }

    /// Where a place is in the text.
    fn range(&self, place: Place, source: &Source<'_>) -> Range<usize> {
        let start = self.offset(place.file, source.files.position(place).line, place.span.start, source);
        let shown = last_line(place, source);
        let end = if source.files.end_position(place).line > shown { u32::MAX } else { place.span.end };
        let end = self.offset(place.file, shown, end, source);
        start..end.max(start)
    }

    fn offset(&self, file: FileId, number: usize, byte: u32, source: &Source<'_>) -> usize {
        let Some(line) = self.lines.get(number - self.first_line) else { return self.text.len() };
        let at = (byte as usize).saturating_sub(source.files.line_start(file, number));
        let at = at.clamp(line.shown.start, line.shown.end);
        line.start + source.shown(file, number, line.shown.start..at).len()
    }
}

/// The part of a line around its marks, whole characters only; of a line without marks its beginning.
fn shown(line: &str, marks: &[usize]) -> Range<usize> {
    let first = marks.iter().copied().min().unwrap_or(0).min(line.len());
    let last = marks.iter().copied().max().unwrap_or(0).min(line.len()).min(first + LONGEST_SIDE);
    line.floor_char_boundary(first.saturating_sub(LONGEST_SIDE))..line.ceil_char_boundary(last + LONGEST_SIDE)
}

/// The last line of a place that is shown.
fn last_line(place: Place, source: &Source<'_>) -> usize {
    let first = source.files.position(place).line;
    source.files.end_position(place).line.min(first + MOST_LINES - 1)
}

#[cfg(test)]
mod tests {
    use super::{diagnostic, report};
    use crate::diag::{Code, Diagnostic, Files, Place, Report, Span};
    use crate::render::style::Paint;

    fn place(files: &Files, file: crate::diag::FileId, text: &str) -> Place {
        let start = files.text(file).find(text).expect("there");
        let at = |offset: usize| u32::try_from(offset).expect("small");
        Place { file, span: Span { start: at(start), end: at(start + text.len()) } }
    }

    #[test]
    fn places_in_two_files_a_help_and_an_edit_are_shown() {
        let mut files = Files::default();
        let a = files.add("stack/a.yaml", "kind: Stack\npools:\n  - id: größe\n    vmsize: x\n");
        let b = files.add("stack/b.yaml", "profiles:\n  big: { vmSize: y }\n");
        let key = place(&files, a, "vmsize");
        let shown = Diagnostic::error(Code::UnknownKey, key, "`vmsize` is not known here")
            .label("no such property")
            .also(place(&files, b, "vmSize: y"), "the profile writes it so")
            .help("the properties of a pool are listed by `poolwright explain pool`")
            .edit(key, "vmSize");
        let text = diagnostic(&shown, &files, 60, Paint::plain());
        for line in [
            "error[spec/unknown-key]: `vmsize` is not known here",
            " --> stack/a.yaml:4:5",
            "4 |     vmsize: x",
            "  |     ^^^^^^ no such property",
            " ::: stack/b.yaml:2:10",
            "  |          --------- the profile writes it so",
            "4 +     vmSize: x",
        ] {
            assert!(text.contains(line), "{line:?} is not in\n{text}");
        }
    }

    #[test]
    fn narrow_and_wide_terminals_get_lines_that_fit() {
        let mut files = Files::default();
        let long = format!("a: {}bad{}\n", "x".repeat(300), "y".repeat(300));
        let a = files.add("a.yaml", long);
        let words =
            "what is wrong here needs a good many words to say, more than fit in sixty columns at once";
        let shown = Diagnostic::error(Code::NotAllowed, place(&files, a, "bad"), words).help(words);
        for width in [60, 200] {
            let text = diagnostic(&shown, &files, width, Paint::plain());
            assert!(text.contains("bad") && text.contains("^^^"), "{text}");
            for line in text.lines() {
                assert!(
                    line.chars().count() <= width,
                    "{} columns of {width}:\n{line}",
                    line.chars().count()
                );
            }
        }
    }

    #[test]
    fn nothing_in_the_files_speaks_to_the_terminal() {
        let mut files = Files::default();
        let a = files.add("a\u{1b}[2J.yaml", "key: \u{1b}]52;c;x\u{7} \u{202e}\r\nbad: 1\n");
        let value = place(&files, a, "\u{1b}]52;c;x\u{7} \u{202e}");
        let shown = Diagnostic::error(Code::NotAllowed, value, "no \u{1b}[31m\u{9b}31m here")
            .label("\u{202d}")
            .help("\u{7}")
            .edit(value, "fine");
        let text = diagnostic(&shown, &files, 80, Paint::plain());
        assert!(
            !text.chars().any(|c| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)),
            "{text:?}"
        );
        assert!(text.contains("key: \\u{1b}]52;c;x"), "{text}");
    }

    #[test]
    fn a_long_place_is_cut_and_an_empty_one_at_the_end_is_shown() {
        let mut files = Files::default();
        let lines = (0..50).map(|n| format!("line{n}: x\n")).collect::<Vec<_>>().concat();
        let a = files.add("a.yaml", lines.clone());
        let whole = place(&files, a, &lines);
        let text = diagnostic(&Diagnostic::error(Code::WrongType, whole, "m"), &files, 80, Paint::plain());
        assert!(text.contains("line2") && !text.contains("line3"), "{text}");
        let end = Place { file: a, span: Span { start: whole.span.end, end: whole.span.end } };
        let text = diagnostic(&Diagnostic::error(Code::YamlSyntax, end, "m"), &files, 80, Paint::plain());
        assert!(text.contains("a.yaml:51:1"), "{text}");
    }

    #[test]
    fn a_file_that_is_one_line_is_shown_in_part() {
        let mut files = Files::default();
        let text = format!("{{{}bad: ü, {}}}\n", "ü: 1, ".repeat(200_000), "y: 1, ".repeat(200_000));
        let a = files.add("a.yaml", text);
        let shown = Diagnostic::error(Code::UnknownKey, place(&files, a, "bad"), "x".repeat(1 << 20));
        let text = diagnostic(&shown, &files, 80, Paint::plain());
        assert!(text.contains("bad: ü") && text.contains("^^^") && text.len() < 4_000, "{text}");
        assert!(text.contains("a.yaml:1:1200002\n"), "{text}");
        let text = diagnostic(&shown, &files, 80, Paint::new(true));
        assert!(text.contains("a.yaml:1:1200002"), "{text}");
    }

    #[test]
    fn a_secret_in_a_file_is_not_shown_with_any_diagnostic() {
        let mut files = Files::default();
        let a = files.add("a.yaml", "{ password: hünter2, nme: x }\n");
        let mut found = Report::default();
        found.push(Diagnostic::error(
            Code::SecretNotFromEnvironment,
            place(&files, a, "hünter2"),
            "a secret",
        ));
        found.push(
            Diagnostic::error(Code::UnknownKey, place(&files, a, "nme"), "no `nme`")
                .edit(place(&files, a, "nme"), "name"),
        );
        let text = report(&found, &files, 80, Paint::plain());
        assert!(text.contains("{ password: *******, nme: x }\n  |             ^^^^^^^\n"), "{text}");
        assert!(
            text.contains("nme: x }\n  |                      ^^^\n") && !text.contains("nter2"),
            "{text}"
        );
    }

    #[test]
    fn what_is_left_out_is_said() {
        let mut files = Files::default();
        let a = files.add("a.yaml", "a: 1\n");
        let place = place(&files, a, "a");
        let mut found = Report::default();
        assert_eq!(report(&found, &files, 80, Paint::plain()), "");
        for number in 0..1_003 {
            found.push(Diagnostic::error(Code::UnknownKey, place, number.to_string()));
        }
        assert!(report(&found, &files, 80, Paint::plain()).ends_with("\n3 more are not shown\n"));
    }
}
