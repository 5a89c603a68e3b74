//! The text that stands in for a value of the environment where the environment is not read: the way it is written.
//! Two that name one variable are equal, and nothing secret can be shown.

/// What stands in for the variable.
pub fn of(name: &str) -> String {
    format!("${{env:{name}}}")
}

/// Whether the whole text stands in for one variable.
pub fn is_one(text: &str) -> bool {
    let name = text.strip_prefix("${env:").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| !name.contains(['$', '{', '}']))
}

/// Whether there is one in the text.
pub fn is_in(text: &str) -> bool {
    text.contains("${env:")
}

#[cfg(test)]
mod tests {
    use super::{is_in, is_one, of};

    #[test]
    fn only_what_is_wholly_a_variable_is_one() {
        assert!(is_one(&of("KEY")) && is_in(&of("KEY")));
        assert!(!is_one("hunter2") && !is_in("hunter2"));
        assert!(!is_one("${env:A}hunter2${env:B}") && !is_one("x${env:A}") && is_in("x${env:A}"));
    }
}
