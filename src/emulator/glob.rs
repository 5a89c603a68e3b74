//! Patterns with `*`, without regard to case.
//! Knows nothing of what it is matched with.

/// True when the pattern fits the whole text; `*` stands for any text, also for none.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|begin| text.strip_prefix(begin)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        // The leftmost place leaves the most for the parts that follow.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "/a/b", true),
            ("/a", "/A", true),
            ("/a", "/a/b", false),
            ("*/pools/*", "/x/POOLS/p", true),
            ("*/pools/*", "/x/pools", false),
            ("*/pools/p", "/x/pools/p/pools/p", true),
            ("/x*y*z", "/xyz", true),
            ("/x*y*z", "/xz", false),
            ("a*a", "a", false),
            ("*b", "ab", true),
            ("**b*", "abc", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
