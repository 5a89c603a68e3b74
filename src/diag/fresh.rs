//! What one report says that another did not, though lines have moved between the two.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Files, Report};

/// The diagnostics that are new, and how many of the old ones are gone. One is known by its code, its message and the
/// first line of the text it points at.
pub fn fresh(old: (&Report, &Files), new: (&Report, &Files)) -> (Vec<Diagnostic>, usize) {
    let mut known: BTreeMap<(Code, &str, &str), usize> = BTreeMap::new();
    for diagnostic in old.0.iter() {
        *known.entry(sign(diagnostic, old.1)).or_default() += 1;
    }
    let mut found = Vec::new();
    for diagnostic in new.0.iter() {
        match known.get_mut(&sign(diagnostic, new.1)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => found.push(diagnostic.clone()),
        }
    }
    (found, known.into_values().sum())
}

fn sign<'a>(diagnostic: &'a Diagnostic, files: &'a Files) -> (Code, &'a str, &'a str) {
    let text = diagnostic.place().map(|place| files.excerpt(place)).unwrap_or_default();
    (diagnostic.code, &diagnostic.message, text.lines().next().unwrap_or_default().trim())
}

#[cfg(test)]
mod tests {
    use super::fresh;
    use crate::diag::{Code, Diagnostic, Files, Place, Report, Span};

    /// A report that points at every `x` line of the text.
    fn report(text: &str) -> (Report, Files) {
        let mut files = Files::default();
        let file = files.add("a.yaml", text);
        let mut report = Report::default();
        for (at, _) in text.match_indices('x') {
            let start = u32::try_from(at).expect("small");
            let place = Place { file, span: Span { start, end: start + 2 } };
            report.push(Diagnostic::error(Code::WrongType, place, "m"));
        }
        (report, files)
    }

    #[test]
    fn what_moved_is_not_new_and_what_is_said_twice_counts_twice() {
        let count = |old: &str, new: &str| {
            let (old, new) = (report(old), report(new));
            let (found, gone) = fresh((&old.0, &old.1), (&new.0, &new.1));
            (found.len(), gone)
        };
        assert_eq!(count("x1\n", "# moved\n\nx1\n"), (0, 0));
        assert_eq!(count("x1\n", "x1\nx1\n"), (1, 0));
        assert_eq!(count("x1\nx2\n", "x3\n"), (1, 2));
    }
}
