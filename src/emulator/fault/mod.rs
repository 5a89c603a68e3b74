//! Faults by script: what goes wrong, with which request or resource, when, and how often.
//! Decides only whether a fault strikes; what strikes is carried out where it happens.
//!
//! There are three sorts. Faults *on the wire* strike requests, by method and path: another answer, a broken
//! connection, a slow or damaged answer. Faults *in Azure* strike resources, by their id: an operation that fails, a
//! region that is not replicated to, a resize that falls short, nodes that never start. Faults *of sight* follow a
//! write: for a while, reads answer what was before.

use std::time::Duration;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::emulator::azure::iso_duration;

mod answer;
mod set;

pub use crate::emulator::fault::answer::AnswerFault;
pub(crate) use crate::emulator::fault::set::Faults;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What it strikes; everything when nothing is said.
    #[serde(default)]
    pub on: Matching,
    /// It strikes from this one of those that match on, counted from 1.
    #[serde(default = "first")]
    pub nth: u32,
    /// How often it strikes; `None` stands for `always`.
    #[serde(default = "once", deserialize_with = "times")]
    pub times: Option<u32>,
    /// What happens.
    #[serde(rename = "do")]
    pub effect: Effect,
}

/// What a fault strikes; what is none fits all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Matching {
    /// The number of the request, counted from 1 over all that the emulator has answered. Not for faults in Azure.
    pub request: Option<u64>,
    /// The verb, in any case. Not for faults in Azure.
    pub method: Option<String>,
    /// A pattern for the request's path, or for the resource's id: `*` stands for any text, case does not matter, and
    /// the pattern must fit the whole.
    pub path: Option<String>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// On the wire: this is answered instead.
    Answer(AnswerFault),
    /// On the wire: the connection is closed without an answer.
    Reset(When),
    /// On the wire: the answer comes this much later, in real time.
    #[serde(deserialize_with = "length")]
    Slow(Duration),
    /// On the wire: the connection is closed in the middle of the answer's body.
    Truncate,
    /// On the wire: the answer's body breaks off and is no JSON any more.
    Malform,
    /// Of sight: after the write, reads of what it changed answer what was before.
    Stale(Stale),
    /// In Azure: the long-running operation on the resource fails.
    Operation(Trouble),
    /// In Azure: the version is not replicated to this region.
    Replication(String),
    /// In Azure: the pool's next growth falls short.
    Resize(Shortfall),
    /// In Azure: nodes of the pool's next growth never become usable.
    Nodes(SickNodes),
}

/// On which side of the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Before the request is carried out: nothing has happened.
    BeforeCommit,
    /// After it was carried out and stored: only the answer is lost.
    AfterCommit,
}

/// How long, and for which reads, a write is not seen. Whichever limit is met first ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stale {
    /// This many reads of each resource.
    pub reads: Option<u32>,
    /// This long in virtual time.
    #[serde(rename = "for", default, deserialize_with = "optional_length")]
    pub length: Option<Duration>,
    /// Which reads.
    #[serde(default)]
    pub seen_by: Sight,
}

/// Which reads are late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sight {
    /// GETs of the resource and lists.
    #[default]
    Everything,
    /// Lists only: they lag behind GETs.
    Lists,
    /// GETs and HEADs of the resource only.
    Gets,
}

/// How an operation fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trouble {
    /// Azure's code.
    pub code: String,
    /// Azure's text.
    #[serde(default = "execution_error")]
    pub message: String,
}

fn execution_error() -> String {
    "An internal execution error occurred. Please retry later.".to_owned()
}

/// How a resize fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shortfall {
    /// Azure's code, such as `AllocationFailed`.
    pub code: String,
    /// Azure's text.
    #[serde(default)]
    pub message: String,
    /// The nodes of each kind that the pool has in the end; those it has stay.
    #[serde(default)]
    pub nodes: u32,
}

/// Nodes that never become usable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SickNodes {
    /// How many.
    #[serde(default = "first")]
    pub count: u32,
    /// What becomes of them.
    #[serde(rename = "are")]
    pub sickness: Sickness,
}

/// What becomes of a node that never becomes usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sickness {
    /// It stays in `starting`.
    Starting,
    /// Its start task fails.
    StartTaskFailed,
    /// It becomes `unusable`.
    Unusable,
}

/// Why a script is none.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The form, as the reader says it.
    #[error("a script of faults is {{\"faults\": [{{\"on\": …, \"do\": …}}]}}")]
    Form(#[from] serde_json::Error),
    /// A fault that could never strike.
    #[error("fault {index}: {problem}")]
    Senseless {
        /// Counted from 1.
        index: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Reads a script: `{"faults": [{"on": {"method": "PUT", "path": "*/pools/*"}, "times": 2, "do": {"answer": {"status":
/// 429, "retryAfter": 5}}}]}`.
///
/// # Errors
/// When it is no script, or one of its faults makes no sense.
pub fn read_script(text: &[u8]) -> Result<Vec<Fault>, ScriptError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Script {
        faults: Vec<Fault>,
    }
    let script: Script = serde_json::from_slice(text)?;
    for (index, fault) in script.faults.iter().enumerate() {
        if let Some(problem) = fault.problem() {
            return Err(ScriptError::Senseless { index: index + 1, problem });
        }
    }
    Ok(script.faults)
}

impl Fault {
    /// The connection breaks at the request of that number, before or after it was carried out.
    pub fn drop_at(number: u64, when: When) -> Fault {
        let on = Matching { request: Some(number), ..Matching::default() };
        Fault { on, nth: 1, times: Some(1), effect: Effect::Reset(when) }
    }

    /// Requests of that method whose path fits the pattern are answered with this status, so many times, and are not
    /// carried out.
    pub fn status(method: &str, path: &str, status: u16, times: u32) -> Fault {
        let on = Matching { request: None, method: Some(method.to_owned()), path: Some(path.to_owned()) };
        Fault { on, nth: 1, times: Some(times), effect: Effect::Answer(AnswerFault::of(status)) }
    }

    /// Something goes wrong once in Azure with a resource whose id fits the pattern.
    pub fn in_azure(path: &str, effect: Effect) -> Fault {
        let on = Matching { path: Some(path.to_owned()), ..Matching::default() };
        Fault { on, nth: 1, times: Some(1), effect }
    }

    fn problem(&self) -> Option<&'static str> {
        let by_request = self.on.request.is_some() || self.on.method.is_some();
        match &self.effect {
            Effect::Answer(answer) if answer.problem().is_some() => answer.problem(),
            Effect::Stale(stale) if stale.reads.is_none() && stale.length.is_none() => {
                Some("`stale` needs `reads` or `for`")
            }
            Effect::Operation(_) | Effect::Replication(_) | Effect::Resize(_) | Effect::Nodes(_)
                if by_request =>
            {
                Some("what happens in Azure is matched by the `path` of the resource alone")
            }
            _ if self.nth == 0 => Some("`nth` counts from 1"),
            _ if self.times == Some(0) => Some("`times` is a number above 0, or \"always\""),
            _ => None,
        }
    }
}

fn first() -> u32 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "the field's type, whose None means always")]
fn once() -> Option<u32> {
    Some(1)
}

/// A number, or `"always"`.
fn times<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u32>, D::Error> {
    match serde_json::Value::deserialize(input)? {
        serde_json::Value::String(word) if word == "always" => Ok(None),
        value => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.map(Some).ok_or_else(|| D::Error::custom("`times` is a number, or \"always\""))
        }
    }
}

/// An ISO 8601 duration.
fn length<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(input)?;
    let milliseconds = iso_duration::parse(&text).and_then(|length| u64::try_from(length).ok());
    let wrong = || D::Error::invalid_value(Unexpected::Str(&text), &"a duration such as PT30S");
    milliseconds.map(Duration::from_millis).ok_or_else(wrong)
}

fn optional_length<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Duration>, D::Error> {
    length(input).map(Some)
}

#[cfg(test)]
mod tests;
