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

/// Usual codes and texts of Resource Manager by status. The first of a status is its own when none is named.
const ARM: &[(u16, &str, &str)] = &[
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
    (412, "PreconditionFailed", "The condition specified using HTTP conditional header(s) is not met."),
    (
        429,
        "TooManyRequests",
        "The request is being throttled. Please try again after the time that Retry-After tells.",
    ),
    (500, "InternalServerError", "Encountered internal server error."),
    (503, "ServiceUnavailable", "The service is unavailable. Please retry the request."),
    (
        504,
        "GatewayTimeout",
        "The gateway did not receive a response from the resource provider within the specified time period.",
    ),
];

/// The same of the Batch data plane.
const BATCH: &[(u16, &str, &str)] = &[
    (
        401,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
    ),
    (
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
    ),
    (404, "ResourceNotFound", "The specified resource does not exist."),
    (408, "OperationTimedOut", "Operation could not be completed within the specified time."),
    (
        409,
        "OperationInvalidForCurrentState",
        "The specified operation is not valid for the current state of the resource.",
    ),
    (409, "PoolBeingResized", "The specified pool is being resized."),
    (409, "PoolBeingDeleted", "The specified pool has been marked for deletion and is being reclaimed."),
    (412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met."),
    (429, "TooManyRequests", "The rate of requests is too high. Please retry after some time."),
    (500, "InternalError", "Server encountered an internal error. Please try again after some time."),
    (500, "OperationTimedOut", "Operation could not be completed within the specified time."),
    (503, "ServerBusy", "Server is busy and can't process the request. Please retry after some time."),
    (504, "OperationTimedOut", "Operation could not be completed within the specified time."),
];

/// Headers that belong to the connection, and not to what is said over it.
const NOT_TO_BE_SET: &[&str] = &["connection", "content-length", "transfer-encoding", "upgrade"];

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

    /// The refusal, in the words of Resource Manager or of the Batch data plane.
    pub(crate) fn failure(&self, batch: bool) -> Failure {
        let words = if batch { BATCH } else { ARM };
        let usual = words.iter().find(|(status, code, _)| {
            *status == self.status && self.code.as_ref().is_none_or(|wanted| wanted == code)
        });
        let code = self.code.as_deref().or(usual.map(|(_, code, _)| *code));
        let code = code.unwrap_or(if batch { "InternalError" } else { "InternalServerError" });
        let text = usual.map_or("The request was refused by a script of faults.", |(.., text)| text);
        let mut failure =
            Failure::arm(self.status, code, self.message.clone().unwrap_or_else(|| text.to_owned()));
        for (name, value) in self.all_headers() {
            failure = failure.with(&name, value);
        }
        failure
    }

    /// `Retry-After` and the rest, with names in lower case.
    fn all_headers(&self) -> impl Iterator<Item = (String, String)> {
        let wait = self.retry_after.as_ref().map(|value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        let wait = wait.map(|value| ("retry-after".to_owned(), value));
        let more = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        wait.into_iter().chain(more)
    }

    /// Why it could not be sent.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let is_value = |value: &str| value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !(200..=599).contains(&self.status) {
            return Some("`status` must be between 200 and 599");
        }
        if self.headers.keys().any(|name| NOT_TO_BE_SET.contains(&name.to_ascii_lowercase().as_str())) {
            return Some("a header that is the connection's own, such as Content-Length, cannot be set");
        }
        let sent = self.all_headers().all(|(name, value)| is_name(&name) && is_value(&value));
        (!sent).then_some("a header has a name or a value that no header can have")
    }

    /// The body that goes out as it is; none when Azure's envelope does.
    pub(crate) fn raw_body(&self) -> Option<(String, &'static str)> {
        match &self.body {
            Some(Value::String(text)) => Some((text.clone(), "text/html")),
            Some(value) => Some((value.to_string(), "application/json; charset=utf-8")),
            None if self.status < 400 => Some((String::new(), "application/json; charset=utf-8")),
            None if self.status == 502 && self.code.is_none() => Some((BAD_GATEWAY.to_owned(), "text/html")),
            None => None,
        }
    }
}
