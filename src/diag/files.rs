//! The files of a run, and places in them: byte offsets that become lines and columns when they are shown.
//! Reads no file; it is given their texts.

/// A file of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// Bytes from `start` up to and without `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// Bytes of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: Span,
}

impl Place {
    /// From the start of one to the end of the other.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        let span = Span { start: self.span.start.min(end.span.start), end: self.span.end.max(end.span.end) };
        Self { file: self.file, span }
    }

    /// A part of it: `start` and `end` count bytes from its own start.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let at = |offset: usize| self.span.start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
        Self {
            file: self.file,
            span: Span { start: at(start).min(self.span.end), end: at(end).min(self.span.end) },
        }
    }
}

/// One file: its name as the user gave it, and its text.
#[derive(Debug, Clone)]
struct File {
    name: String,
    text: String,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    /// How many characters start before each byte whose number is a multiple of [`STRIDE`]: a whole file may be one line.
    characters: Vec<usize>,
}

const STRIDE: usize = 4096;

impl File {
    fn new(name: String, text: String) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let counts = text.as_bytes().chunks(STRIDE).map(starts);
        let characters =
            counts.scan(0, |before, count| Some(std::mem::replace(before, *before + count))).collect();
        Self { name, text, lines, characters }
    }

    /// How many characters start before a byte.
    fn characters_before(&self, offset: usize) -> usize {
        let stride = offset / STRIDE;
        let Some(before) = self.characters.get(stride) else {
            let last = self.characters.len().saturating_sub(1);
            let before = self.characters.last().copied().unwrap_or(0);
            return before + starts(&self.text.as_bytes()[last * STRIDE..]);
        };
        before + starts(&self.text.as_bytes()[stride * STRIDE..offset])
    }
}

/// How many characters of UTF-8 start in the bytes.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// The files of a run.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: Vec<File>,
}

/// A line and a column, both from 1. Columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Files {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        // A run with four thousand million files cannot be.
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(File::new(name.into(), text.into()));
        id
    }

    /// The file's name, as the user gave it.
    pub fn name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.name)
    }

    /// The file's text.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.text)
    }

    /// The text at a place.
    pub fn excerpt(&self, place: Place) -> &str {
        let range = place.span.start as usize..place.span.end as usize;
        self.text(place.file).get(range).unwrap_or("")
    }

    /// A line (from 1), without its line feed; empty past the end.
    pub fn line(&self, file: FileId, line: usize) -> &str {
        let Some(file) = self.file(file) else { return "" };
        let Some(start) = line.checked_sub(1).and_then(|at| file.lines.get(at)).copied() else { return "" };
        let end = file.lines.get(line).map_or(file.text.len(), |next| next - 1);
        file.text[start..end].trim_end_matches('\r')
    }

    /// The byte at which a line (from 1) starts; the end of the text past the last.
    pub fn line_start(&self, file: FileId, line: usize) -> usize {
        let Some(file) = self.file(file) else { return 0 };
        line.checked_sub(1).and_then(|at| file.lines.get(at)).copied().unwrap_or(file.text.len())
    }

    /// Where a place begins.
    pub fn position(&self, place: Place) -> Position {
        self.position_of(place.file, place.span.start as usize)
    }

    /// Where a place ends (the column after its last character).
    pub fn end_position(&self, place: Place) -> Position {
        self.position_of(place.file, place.span.end as usize)
    }

    fn position_of(&self, file: FileId, offset: usize) -> Position {
        let Some(file) = self.file(file) else { return Position { line: 1, column: 1 } };
        let offset = offset.min(file.text.len());
        let line = file.lines.partition_point(|start| *start <= offset).max(1);
        let start = file.lines[line - 1];
        let column = file.characters_before(offset) - file.characters_before(start) + 1;
        Position { line, column }
    }

    /// The byte offset of a line and a column.
    pub fn offset(&self, file: FileId, position: Position) -> usize {
        let Some(file) = self.file(file) else { return 0 };
        let Some(start) = file.lines.get(position.line.saturating_sub(1)).copied() else {
            return file.text.len();
        };
        let line = &file.text[start..];
        line.char_indices()
            .nth(position.column.saturating_sub(1))
            .map_or(file.text.len(), |(at, _)| start + at)
    }

    /// `file:line:column`.
    pub fn locate(&self, place: Place) -> String {
        let Position { line, column } = self.position(place);
        format!("{}:{line}:{column}", self.name(place.file))
    }

    fn file(&self, file: FileId) -> Option<&File> {
        self.files.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Place, Position, Span};

    #[test]
    fn columns_of_long_lines_are_exact() {
        let mut files = Files::default();
        for text in ["ü€x🦀".repeat(3_000), "x".repeat(super::STRIDE), "y\n".repeat(super::STRIDE)] {
            let file = files.add("a.yaml", text.as_str());
            let boundaries = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
            for start in boundaries.step_by(7).chain([text.len()]) {
                let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
                let at = u32::try_from(start).expect("small");
                let place = Place { file, span: Span { start: at, end: at } };
                assert_eq!(files.position(place).column, text[line..start].chars().count() + 1);
            }
        }
    }

    #[test]
    fn columns_count_characters() {
        let mut files = Files::default();
        let file = files.add("a.yaml", "a: ü\nbé: x\n");
        let x = u32::try_from(files.text(file).find('x').expect("there")).expect("small");
        let place = Place { file, span: Span { start: x, end: x + 1 } };
        assert_eq!(files.position(place), Position { line: 2, column: 5 });
        assert_eq!(files.offset(file, Position { line: 2, column: 5 }), x as usize);
        assert_eq!(files.excerpt(place), "x");
        assert_eq!(files.locate(place), "a.yaml:2:5");
        let lines: Vec<&str> = (0..5).map(|line| files.line(file, line)).collect();
        assert_eq!(lines, ["", "a: ü", "bé: x", "", ""]);
    }
}
