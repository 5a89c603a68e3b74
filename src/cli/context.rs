//! The only reader of the environment. Everybody else is given values.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The environment, read once.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// This process's.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the environment")]
    pub(crate) fn of_this_process() -> Self {
        let texts = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { variables: texts.collect() }
    }

    /// One variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Those of these names that are set.
    pub(crate) fn those(&self, names: &[&str]) -> BTreeMap<String, String> {
        let set = names.iter().filter_map(|name| Some(((*name).to_owned(), self.get(name)?.to_owned())));
        set.collect()
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// The day it is, such as `2026-11-25`: some rules are about what has passed.
#[expect(clippy::disallowed_methods, reason = "this is the file that looks at the machine")]
pub(crate) fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// A name for this run, with which Azure's logs can be searched: the first part of every client request id.
#[expect(clippy::disallowed_methods, reason = "a run is named after the moment it begins")]
pub(crate) fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("pw{:x}-{:x}", now.as_micros(), std::process::id())
}
