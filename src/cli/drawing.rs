//! A text on the terminal that is drawn anew in its place. What does not fit on the screen is left out, for what has
//! scrolled away cannot be replaced.

use std::fmt::Write as _;

use crate::cli::terminal::Terminal;

/// Where nobody tells how high the screen is.
const HEIGHT: usize = 24;

/// What is on the screen now.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    shown: String,
}

impl Drawing {
    /// Draws a text where the last one stands.
    pub(crate) fn replace(&mut self, text: &str) {
        let (columns, height) = Terminal::screen().unwrap_or((usize::MAX, HEIGHT));
        let text = cropped(text, columns, height);
        if text == self.shown {
            return;
        }
        let mut drawn = String::new();
        // The terminal has wrapped the last one anew if it has another width now.
        let up = self.shown.lines().map(|line| rows(line, columns)).sum::<usize>();
        if up > 0 {
            let _ = write!(drawn, "\x1b[{up}A\r");
        }
        drawn.push_str("\x1b[J");
        drawn.push_str(&text);
        Terminal::print(&drawn);
        self.shown = text;
    }
}

/// As many lines as fit, with one row left for the cursor; the last says how many are missing.
fn cropped(text: &str, columns: usize, height: usize) -> String {
    let room = height.saturating_sub(1).max(1);
    let all: Vec<&str> = text.lines().collect();
    let rows_of = |lines: &[&str]| lines.iter().map(|line| rows(line, columns)).sum::<usize>();
    if rows_of(&all) <= room {
        return text.to_owned();
    }
    let mut kept = all.len();
    while kept > 0 && rows_of(&all[..kept]) >= room {
        kept -= 1;
    }
    let mut cropped: String = all[..kept].iter().flat_map(|line| [line, "\n"]).collect();
    let _ = writeln!(cropped, "… {} more lines", all.len() - kept);
    cropped
}

/// How many rows of the screen a line takes. Colours take none.
fn rows(line: &str, columns: usize) -> usize {
    let mut width = 0;
    let mut coded = false;
    for character in line.chars() {
        match (coded, character) {
            (false, '\x1b') => coded = true,
            (true, 'm') => coded = false,
            (true, _) => {}
            (false, _) => width += 1,
        }
    }
    width.max(1_usize).div_ceil(columns.max(1))
}

#[cfg(test)]
mod tests {
    use super::{cropped, rows};

    #[test]
    fn colours_take_no_room_and_long_lines_take_more() {
        assert_eq!(rows("\x1b[32mready\x1b[0m", 5), 1);
        assert_eq!((rows("", 5), rows("123456", 5)), (1, 2));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(cropped("a\nb\nc\n", 80, 4), "a\nb\nc\n");
        assert_eq!(cropped("a\nb\nc\nd\n", 80, 4), "a\nb\n… 2 more lines\n");
        assert_eq!(cropped("aaaa\nb\nc\n", 2, 4), "aaaa\n… 2 more lines\n");
    }
}
