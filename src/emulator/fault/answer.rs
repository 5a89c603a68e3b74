//! An answer that a fault gives in Azure's place, in Azure's words where the script says none.
//! Knows codes and texts; the router knows whose envelope they go into.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::emulator::call::Failure;
use crate::emulator::fault::When;

/// What is answered instead.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerFault {
    /// The status.
    pub status: u16,
    /// Azure's code; the usual one of the status when none is given.
    pub code: Option<String>,
    /// Azure's text; the usual one of the code when none is given.
    pub message: Option<String>,
    /// The header `Retry-After`: a number of seconds, or any text.
    pub retry_after: Option<Value>,
    /// More headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as it is sent, in place of Azure's envelope: JSON, or a text that goes out as it is.
    pub body: Option<Value>,
    /// On which side of the commit.
    #[serde(default = "before")]
    pub when: When,
}

fn before() -> When {
    When::BeforeCommit
}

/// Usual codes and texts by status. The first of a status is its own when none is named.
const USUAL: &[(u16, &str, &str)] = &[
    (401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
    (
        403,
        "AuthorizationFailed",
        "The client does not have authorization to perform this action over the scope or the scope is invalid. If access was recently granted, please refresh your credentials.",
    ),
    (404, "ResourceNotFound", "The Resource was not found."),
    (408, "RequestTimeout", "The request timed out."),
    (
        409,
        "Conflict",
        "The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
    ),
    (
        409,
        "ConflictingConcurrentWriteNotAllowed",
        "The request failed due to conflict with a concurrent write request. Please retry the request.",
    ),
    (
        409,
        "CanceledAndSupersededDueToAnotherOperation",
        "Operation was canceled because it was superseded by another operation.",
    ),
    (
        409,
        "ScopeLocked",
        "The scope cannot perform write operation because following scope(s) are locked. Please remove the lock and try again.",
    ),
    (412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met."),
    (
        429,
        "TooManyRequests",
        "The request is being throttled. Please try again after the time that Retry-After tells.",
    ),
    (500, "InternalServerError", "Encountered internal server error."),
    (503, "ServerBusy", "The server is busy. Please retry the request."),
    (
        504,
        "GatewayTimeout",
        "The gateway did not receive a response from the resource provider within the specified time period.",
    ),
];

/// What a proxy before Azure answers, which is no JSON.
const BAD_GATEWAY: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h2>502 Bad Gateway</h2></body></html>";

impl AnswerFault {
    /// This status, before the commit, in Azure's usual words.
    pub fn of(status: u16) -> AnswerFault {
        AnswerFault {
            status,
            code: None,
            message: None,
            retry_after: None,
            headers: BTreeMap::new(),
            body: None,
            when: When::BeforeCommit,
        }
    }

    /// The refusal, for the envelope of whichever plane was asked.
    pub(crate) fn failure(&self) -> Failure {
        let usual = USUAL.iter().find(|(status, code, _)| {
            *status == self.status && self.code.as_ref().is_none_or(|wanted| wanted == code)
        });
        let code = self.code.as_deref().or(usual.map(|(_, code, _)| *code)).unwrap_or("InternalServerError");
        let text = usual.map_or("The request was refused by a script of faults.", |(.., text)| text);
        let mut failure =
            Failure::arm(self.status, code, self.message.clone().unwrap_or_else(|| text.to_owned()));
        match &self.retry_after {
            Some(Value::String(text)) => failure = failure.with("retry-after", text),
            Some(value) => failure = failure.with("retry-after", value.to_string()),
            None => {}
        }
        for (name, value) in &self.headers {
            failure = failure.with(&name.to_ascii_lowercase(), value);
        }
        failure
    }

    /// The body that goes out as it is; none when Azure's envelope does.
    pub(crate) fn raw_body(&self) -> Option<(String, &'static str)> {
        match &self.body {
            Some(Value::String(text)) => Some((text.clone(), "text/html")),
            Some(value) => Some((value.to_string(), "application/json; charset=utf-8")),
            None if self.status == 502 && self.code.is_none() => Some((BAD_GATEWAY.to_owned(), "text/html")),
            None => None,
        }
    }
}
