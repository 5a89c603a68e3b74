//! Whether a text has the form that a schema's `pattern` asks for.
//! Holds no pattern of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use regex::Regex;

/// Patterns stand in the schema, so there are few of them, and each is compiled once.
static COMPILED: OnceLock<Mutex<BTreeMap<String, Option<Regex>>>> = OnceLock::new();

/// Whether the text matches. A pattern that cannot be compiled matches all; a test compiles every pattern there is.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut compiled = COMPILED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if !compiled.contains_key(pattern) {
        compiled.insert(pattern.to_owned(), Regex::new(pattern).ok());
    }
    compiled.get(pattern).and_then(Option::as_ref).is_none_or(|regex| regex.is_match(text))
}
