//! Colour, width, and text that cannot harm a terminal.
//! Knows nothing of what is shown.

use anstyle::{AnsiColor, Style};

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    coloured: bool,
}

impl Paint {
    /// Colours if `coloured`.
    pub fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// No colours.
    pub fn plain() -> Self {
        Self::new(false)
    }

    /// Whether there are colours.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.coloured && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// What comes.
    pub fn added(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What goes, or is refused.
    pub fn removed(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    /// What changes.
    pub fn changed(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What is beside the point.
    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }
}

/// The text with everything that could move a cursor, hide text or speak to a terminal written out: control characters,
/// and the characters that reverse the direction of writing. A tab becomes a space, a line feed `\n`.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => cleaned.push(' '),
            '\n' => cleaned.push_str("\\n"),
            '\r' => cleaned.push_str("\\r"),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                cleaned.extend(character.escape_unicode());
            }
            character if character.is_control() => cleaned.extend(character.escape_unicode()),
            character => cleaned.push(character),
        }
    }
    cleaned
}

/// The words in lines of at most `width` columns; a longer word has a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut last = String::new();
    for word in words(text) {
        let length = last.chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut last));
        } else if length > 0 {
            last.push(' ');
        }
        last.push_str(word);
    }
    lines.push(last);
    lines
}

/// The words of a text; what stands in backticks is one, for it is copied as a whole.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    // A backtick that nothing closes quotes nothing.
    let last = text.rfind('`').filter(|_| text.matches('`').count() % 2 == 1);
    let mut at = 0;
    text.split(move |character: char| {
        quoted ^= character == '`' && last != Some(at);
        at += character.len_utf8();
        character == ' ' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::{clean, wrapped};

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        let cleaned = clean("a\u{1b}]52;c;x\u{7}\r\n\u{202e}b");
        assert!(!cleaned.chars().any(|c| c.is_control() || c == '\u{202e}'), "{cleaned:?}");
        assert!(cleaned.starts_with('a') && cleaned.ends_with('b'));
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("do `az login --tenant x` now", 9), ["do", "`az login --tenant x`", "now"]);
        assert_eq!(wrapped("a `b c` d ` e f", 5), ["a", "`b c`", "d ` e", "f"]);
        assert_eq!(wrapped("incomprehensibilities", 5), ["incomprehensibilities"]);
    }
}
