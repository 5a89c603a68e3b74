//! What can be read out of an autoscale formula without running it.
//! Judges nothing: whether a formula is right is Azure's to say.

/// A formula without its comments, which are left out as they may hold anything.
pub(in crate::lint) fn without_comments(formula: &str) -> String {
    let mut left = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        left.push_str(before);
        let end = match from.as_bytes() {
            [b'/', b'/', ..] => from.find('\n').unwrap_or(from.len()),
            [b'/', b'*', ..] => {
                let end = from.get(2..).and_then(|inside| inside.find("*/"));
                end.map_or(from.len(), |end| end + 4)
            }
            [quote @ (b'"' | b'\''), inside @ ..] => {
                let end = inside.iter().position(|letter| letter == quote);
                let end = end.map_or(from.len(), |end| end + 2);
                left.push_str(from.get(..end).unwrap_or_default());
                end
            }
            _ => {
                left.push('/');
                1
            }
        };
        rest = from.get(end..).unwrap_or_default();
    }
    left.push_str(rest);
    left
}

/// How many statements there are in a formula that has no comments any more.
pub(in crate::lint) fn statements(formula: &str) -> usize {
    let mut quote = None;
    let parts = formula.split(|letter| match (quote, letter) {
        (None, '"' | '\'') => {
            quote = Some(letter);
            false
        }
        (None, ';') => true,
        (Some(open), _) if open == letter => {
            quote = None;
            false
        }
        _ => false,
    });
    parts.filter(|part| !part.trim().is_empty()).count()
}

/// Whether a variable gets a value somewhere. Its case does not count.
pub(in crate::lint) fn assigns(formula: &str, variable: &str) -> bool {
    let lower = formula.to_ascii_lowercase();
    let variable = variable.to_ascii_lowercase();
    lower.match_indices(&variable).any(|(at, _)| {
        let after = lower.get(at + variable.len()..).unwrap_or_default().trim_start();
        after.starts_with('=') && !after.starts_with("==")
    })
}

/// Whether a function is called somewhere.
pub(in crate::lint) fn calls(formula: &str, function: &str) -> bool {
    formula.match_indices(function).any(|(at, _)| {
        let before = formula.get(..at).and_then(|before| before.chars().next_back());
        let after = formula.get(at + function.len()..).unwrap_or_default().trim_start();
        after.starts_with('(')
            && before.is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '_' | '$' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::{assigns, calls, statements, without_comments};

    #[test]
    fn comments_are_left_out_and_texts_are_kept() {
        for (formula, wanted) in [
            ("a = 1; // b = 2;\nc = 3;", "a = 1; \nc = 3;"),
            ("a /* ; */ = 4 / 2;", "a  = 4 / 2;"),
            ("t = time(\"20:00 // no\");", "t = time(\"20:00 // no\");"),
            ("a = 1; /* open", "a = 1; "),
            ("/*/ a */ b;", " b;"),
            ("a = 'ä;", "a = 'ä;"),
            ("", ""),
        ] {
            assert_eq!(without_comments(formula), wanted);
        }
    }

    #[test]
    fn statements_end_with_semicolons_outside_texts() {
        for (formula, wanted) in [("a = 1; b = 2", 2), ("a = \"x;y\";;\n ;", 1), ("", 0)] {
            assert_eq!(statements(formula), wanted, "{formula}");
        }
    }

    #[test]
    fn assigning_is_not_comparing_and_calling_is_not_naming() {
        assert!(assigns("x=1;$TargetDedicatedNodes\n= x;", "$TargetDedicatedNodes"));
        assert!(assigns("$targetdedicatednodes=1", "$TargetDedicatedNodes"));
        assert!(!assigns("a = $TargetDedicatedNodes == 4 ? 1 : 0;", "$TargetDedicatedNodes"));
        assert!(!assigns("$TargetDedicated = 4;", "$TargetDedicatedNodes"));
        assert!(calls("a = min (4, b);", "min"));
        assert!(!calls("a = 15 * TimeInterval_Minute; b = $x.min(1);", "min"));
    }
}
