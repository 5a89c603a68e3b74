//! Why a resize fell short, as both planes tell it with the pool.
//! Not a refusal: the request was taken, and nodes did not come.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::fault::Shortfall;

/// Why a resize fell short: code, text, and names with values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResizeError {
    /// Azure's code, such as `AllocationTimedOut`.
    pub(crate) code: String,
    /// Azure's text.
    pub(crate) message: String,
    /// What it is about: names and values.
    #[serde(default)]
    pub(crate) values: Vec<(String, String)>,
}

impl ResizeError {
    /// An error without values.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> ResizeError {
        ResizeError { code: code.to_owned(), message: message.into(), values: Vec::new() }
    }

    /// A resize that took longer than it was given.
    pub(crate) fn timed_out() -> ResizeError {
        ResizeError::new(
            "AllocationTimedOut",
            "Desired number of dedicated nodes could not be allocated as the resize timeout was reached",
        )
    }

    /// A resize that somebody stopped.
    pub(crate) fn stopped() -> ResizeError {
        ResizeError::new(
            "ResizeStopped",
            "Desired number of nodes could not be allocated because the resize was stopped",
        )
    }

    /// What a script lets a resize say.
    pub(crate) fn scripted(shortfall: &Shortfall) -> ResizeError {
        let usual = "Desired number of dedicated nodes could not be allocated";
        let text = if shortfall.message.is_empty() { usual } else { &shortfall.message };
        ResizeError::new(&shortfall.code, text)
    }

    /// With one more name and value.
    pub(crate) fn value(mut self, name: &str, value: impl Into<String>) -> ResizeError {
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// As the management plane answers it: values are nested errors.
    pub(crate) fn to_arm(&self) -> Value {
        let mut out = json!({"code": self.code, "message": self.message});
        if !self.values.is_empty() {
            let details = self.values.iter().map(|(name, value)| json!({"code": name, "message": value}));
            out["details"] = details.collect();
        }
        out
    }

    /// As the data plane answers it.
    pub(crate) fn to_data_plane(&self) -> Value {
        let values: Vec<Value> =
            self.values.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({"code": self.code, "message": self.message, "values": values})
    }
}
