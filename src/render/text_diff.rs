//! Long texts side by side: lines that went and came, and the words that differ inside them.
//! Decides nothing: it is given two texts.

use similar::{ChangeTag, TextDiff};

use crate::render::style::{Paint, clean};

/// Texts up to this length are shown as `before → after`.
pub(crate) const SHORT: usize = 48;

/// The lines that differ, each with `-` or `+`; lines that stay are shown once, around them.
pub(crate) fn lines(before: &str, after: &str, paint: Paint) -> Vec<String> {
    let (old, new) = (ended(before), ended(after));
    let diff = TextDiff::from_lines(&old, &new);
    let single = old.lines().count() <= 1 && new.lines().count() <= 1;
    if single {
        return vec![words(before, after, paint)];
    }
    let mut shown = Vec::new();
    for group in diff.grouped_ops(1) {
        for op in group {
            for change in diff.iter_changes(&op) {
                let line = clean(change.value().trim_end_matches('\n'));
                shown.push(match change.tag() {
                    ChangeTag::Delete => paint.removed(&format!("- {line}")),
                    ChangeTag::Insert => paint.added(&format!("+ {line}")),
                    ChangeTag::Equal => format!("  {line}"),
                });
            }
        }
    }
    shown
}

/// One line with the words that went as `[-word-]` and those that came as `{+word+}`.
fn words(before: &str, after: &str, paint: Paint) -> String {
    // A part of a path is a word too: of two resource ids only the names that differ stand out.
    let ends_a_word = |c: char| c.is_whitespace() || c == '/';
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive(ends_a_word).collect(), after.split_inclusive(ends_a_word).collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut line = String::new();
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut() {
            Some((tag, run)) if *tag == change.tag() => run.push_str(change.value()),
            _ => runs.push((change.tag(), change.value().to_owned())),
        }
    }
    for (tag, run) in runs {
        let run = clean(&run);
        match tag {
            ChangeTag::Equal => line.push_str(&run),
            ChangeTag::Delete => line.push_str(&paint.removed(&format!("[-{run}-]"))),
            ChangeTag::Insert => line.push_str(&paint.added(&format!("{{+{run}+}}"))),
        }
    }
    line
}

fn ended(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::render::style::Paint;

    #[test]
    fn a_line_shows_the_words_that_differ() {
        let shown = lines("/bin/bash -c 'mount -a'", "/bin/bash -c 'mount -av'", Paint::plain());
        assert_eq!(shown, ["/bin/bash -c 'mount [--a'-]{+-av'+}"]);
    }

    #[test]
    fn of_two_ids_the_names_that_differ_stand_out() {
        let shown = lines(
            "/galleries/g/images/i/versions/1.1.0",
            "/galleries/g/images/i/versions/1.2.0",
            Paint::plain(),
        );
        assert_eq!(shown, ["/galleries/g/images/i/versions/[-1.1.0-]{+1.2.0+}"]);
    }

    #[test]
    fn several_lines_show_those_that_differ_with_their_neighbours() {
        let shown = lines("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", Paint::plain());
        assert_eq!(shown, ["  b", "- c", "+ X", "  d"]);
    }
}
