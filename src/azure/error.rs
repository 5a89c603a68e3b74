//! What can go wrong between a call and its decoded answer, and Azure's two error envelopes read into one shape.
//! Decides nothing about retries, and never holds a token.

use std::fmt;

use serde_json::Value;

use crate::azure::auth::AuthError;
use crate::azure::endpoints::EndpointError;
use crate::azure::transport::{HttpResponse, TransportError};
use crate::model::request::Method;

/// A call that did not end in an answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    /// Azure answered with an error status.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer came, after all the tries that were sensible.
    #[error("{} {path} got no answer (tries: {tries}, client request id: {client_request_id})", method.as_str())]
    NoAnswer {
        /// The request's method.
        method: Method,
        /// The request's path, without the query.
        path: String,
        /// How often it was sent, at least once.
        tries: u32,
        /// The `x-ms-client-request-id` of the last try.
        client_request_id: String,
        /// Some try may have been carried out by the server.
        may_have_reached: bool,
        /// What the last try died of.
        #[source]
        source: TransportError,
    },
    /// The status was good and the body was not what such a request is answered with.
    #[error("{} {path} answered something that is not {wanted} (request id: {request_id}): {body}", method.as_str())]
    Unexpected {
        /// The request's method.
        method: Method,
        /// The request's path, without the query.
        path: String,
        /// The thing wanted, with its article: `a page of a list`.
        wanted: &'static str,
        /// Azure's request id, or `none`.
        request_id: String,
        /// The beginning of what came.
        body: String,
    },
    /// No token could be had.
    #[error("could not sign in")]
    Auth(#[from] AuthError),
    /// The address is none that a token may be sent to.
    #[error("request not sent")]
    Endpoint(#[from] EndpointError),
}

impl AzureError {
    /// Whether Azure said that the thing asked for is not there.
    ///
    /// A missing parent or resource group says so too; a missing subscription does not: there the question itself was wrong.
    /// A 404 without a code counts, because gateways answer that.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
            && !self.code().is_some_and(|code| {
                ["SubscriptionNotFound", "InvalidSubscriptionId", "InvalidResourceType"]
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(code))
            })
    }

    /// The HTTP status, where Azure answered.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Azure's error code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        self.refusal().and_then(|refusal| refusal.code.as_deref())
    }

    /// Azure's refusal, where there is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether an earlier try of the request, or this one, may have been carried out although it ended in an error.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.earlier_try_may_have_been_done,
            Self::NoAnswer { may_have_reached, .. } => *may_have_reached,
            Self::Unexpected { .. } => true,
            Self::Auth(_) | Self::Endpoint(_) => false,
        }
    }

    /// The error and all it was caused by, in one line: what a person is shown.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error and its sources, joined by `: `. Leaves out a source that only repeats what stands before it.
pub(in crate::azure) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let words = source.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = source.source();
    }
    text
}

/// Azure's answer to a request that it did not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The request's method.
    pub method: Method,
    /// The request's path, without the query.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// Azure's error code, such as `PropertyCannotBeUpdated`.
    pub code: Option<String>,
    /// Azure's message on one line, without the request id and time that Batch appends; empty if there is none.
    pub message: String,
    /// What the error is about, in Azure's words.
    pub target: Option<String>,
    /// ARM's `details` and Batch's `values`, in Azure's order.
    pub details: Vec<Detail>,
    /// Azure's own id of the request: the one its support asks for.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: String,
    /// An earlier try of this request broke off after it may have arrived, so this refusal may be its echo.
    pub earlier_try_may_have_been_done: bool,
}

/// One further fact about an error: `PropertyPath` and `properties.vmSize`, or a nested error's code and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The code or key.
    pub key: String,
    /// The message or value, on one line.
    pub value: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, status, code, message, details, request_id, client_request_id, .. } = self;
        write!(formatter, "{} {path} was refused with {status}", method.as_str())?;
        if let Some(code) = code {
            write!(formatter, " {code}")?;
        }
        if !message.is_empty() {
            write!(formatter, ": {message}")?;
        }
        for Detail { key, value } in details {
            write!(formatter, "; {key}: {value}")?;
        }
        let request_id = request_id.as_deref().unwrap_or("none");
        write!(formatter, " (request id: {request_id}, client request id: {client_request_id})")
    }
}

/// Code, message, target and details of an error body: ARM's or Batch's envelope, an operation's `error`, or no JSON at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Azure's error code.
    pub code: Option<String>,
    /// The message on one line.
    pub message: String,
    /// What the error is about.
    pub target: Option<String>,
    /// Further facts.
    pub details: Vec<Detail>,
}

impl ErrorBody {
    /// Reads the body of an error answer. Whatever came, something readable is made of it.
    pub fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::from_json(value.get("error").unwrap_or(&value)),
            // Storage speaks XML.
            Err(_) if body.windows(7).any(|part| part == b"<Error>") => {
                let text = String::from_utf8_lossy(body);
                let element = |name: &str| {
                    let (_, rest) = text.split_once(&format!("<{name}>"))?;
                    rest.split_once("</").map(|(inner, _)| inner)
                };
                let message = element("Message").map(|inner| beginning(&tidy(inner)));
                Self {
                    code: element("Code").map(str::to_owned),
                    message: message.unwrap_or_default(),
                    ..Self::default()
                }
            }
            // A gateway's HTML page: its text says more than its tags, but not much.
            Err(_) => {
                Self { message: beginning(&without_tags(&String::from_utf8_lossy(body))), ..Self::default() }
            }
        }
    }

    /// Reads the object that has `code` and `message`: ARM's `error`, Batch's whole body, a Batch pool's resize error.
    pub fn from_json(error: &Value) -> Self {
        let text = |key: &str| error.get(key).and_then(message_text);
        let mut details = Vec::new();
        for (list, key, value) in
            [("details", "code", "message"), ("values", "key", "value"), ("values", "name", "value")]
        {
            for item in error.get(list).and_then(Value::as_array).into_iter().flatten() {
                let Some(name) = item.get(key).and_then(message_text) else { continue };
                let value = item.get(value).and_then(message_text).unwrap_or_default();
                details.push(Detail { key: name, value: tidy(&value) });
                push_nested(item, &mut details);
            }
        }
        Self {
            code: text("code").filter(|code| !code.is_empty()),
            message: tidy(&text("message").unwrap_or_default()),
            target: text("target"),
            details,
        }
    }
}

/// Details of details, one level: deployment and gallery errors wrap the real reason that deep.
fn push_nested(item: &Value, details: &mut Vec<Detail>) {
    for inner in item.get("details").and_then(Value::as_array).into_iter().flatten() {
        if let Some(key) = inner.get("code").and_then(message_text) {
            let value = inner.get("message").and_then(message_text).unwrap_or_default();
            details.push(Detail { key, value: tidy(&value) });
        }
    }
}

/// A plain string, or the `value` of Batch's `{ "lang", "value" }`.
fn message_text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("value")?.as_str()).map(str::to_owned)
}

/// One line, without Batch's `\nRequestId:…\nTime:…` at the end: the id is kept in a field of its own.
fn tidy(message: &str) -> String {
    let end =
        message.find("\nRequestId:").or_else(|| message.find("\r\nRequestId:")).unwrap_or(message.len());
    message[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes a secret out of a text that a server wrote, for servers that send back what they were sent.
pub(in crate::azure) fn redact(text: &str, secret: &str) -> String {
    if secret.len() < 4 {
        return text.to_owned();
    }
    let encoded: String = form_urlencoded(secret);
    text.replace(secret, "…").replace(&encoded, "…")
}

fn form_urlencoded(text: &str) -> String {
    let mut url = reqwest::Url::parse("https://form/").expect("a constant URL");
    url.query_pairs_mut().append_pair("", text);
    url.query().unwrap_or_default().trim_start_matches('=').to_owned()
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut inside_tag = false;
    for character in html.chars() {
        match character {
            '<' => inside_tag = true,
            '>' if inside_tag => {
                inside_tag = false;
                text.push(' ');
            }
            _ if !inside_tag => text.push(character),
            _ => {}
        }
    }
    tidy(&text)
}

/// The first characters of a text that may be long, on one line.
pub(in crate::azure) fn beginning(text: &str) -> String {
    const MOST: usize = 600;
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}

/// Builds the refusal out of the answer to `method path`; `token` is what the request was signed with, and is cut out.
pub(in crate::azure) fn refusal(
    method: Method,
    path: &str,
    response: &HttpResponse,
    client_request_id: &str,
    earlier_try_may_have_been_done: bool,
    token: &str,
) -> Refusal {
    let body = redact(&String::from_utf8_lossy(&response.body), token);
    let ErrorBody { code, message, target, details } = ErrorBody::parse(body.as_bytes());
    Refusal {
        method,
        path: path.to_owned(),
        status: response.status,
        // Answers without a body carry their code in a header.
        code: code.or_else(|| response.headers.get("x-ms-error-code").map(str::to_owned)),
        message,
        target,
        details,
        request_id: request_id(response),
        client_request_id: client_request_id.to_owned(),
        earlier_try_may_have_been_done,
    }
}

/// Azure's id of a request: ARM's header name or the Batch data plane's.
pub(in crate::azure) fn request_id(response: &HttpResponse) -> Option<String> {
    let headers = &response.headers;
    headers.get("x-ms-request-id").or_else(|| headers.get("request-id")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::transport::Headers;

    #[test]
    fn batch_through_arm_keeps_its_key_value_details() {
        // The shape reported in Azure/Batch#85.
        let body = br#"{"error":{"code":"PropertyCannotBeUpdated","message":"A property cannot be updated.\nRequestId:8c1\nTime:2026-01-01T00:00:00Z",
            "target":"BatchAccount","details":[{"code":"Reason","message":"Not allowed"},{"code":"PropertyPath","message":"properties.vmSize"}]}}"#;
        let mut headers = Headers::new();
        headers.push("x-ms-request-id", "azure-1");
        let response = HttpResponse { status: 400, headers, body: body.to_vec() };
        let refusal = refusal(Method::Patch, "/a/b", &response, "run-7", false, "");
        assert_eq!(
            refusal.to_string(),
            "PATCH /a/b was refused with 400 PropertyCannotBeUpdated: A property cannot be updated.; Reason: Not allowed; \
             PropertyPath: properties.vmSize (request id: azure-1, client request id: run-7)"
        );
        assert_eq!(refusal.target.as_deref(), Some("BatchAccount"));
    }

    #[test]
    fn the_data_planes_envelope() {
        let body = br#"{"odata.metadata":"x","code":"InvalidPropertyValue","message":{"lang":"en-US","value":"Bad value.\nRequestId:1\nTime:2"},
            "values":[{"key":"PropertyName","value":"vmSize"}]}"#;
        let parsed = ErrorBody::parse(body);
        assert_eq!(parsed.code.as_deref(), Some("InvalidPropertyValue"));
        assert_eq!(parsed.message, "Bad value.");
        assert_eq!(parsed.details, [Detail { key: "PropertyName".to_owned(), value: "vmSize".to_owned() }]);
    }

    #[test]
    fn the_envelope_of_storage() {
        let body = b"<?xml version=\"1.0\"?>\n<Error>\n  <Code>ContainerNotFound</Code>\n  <Message>It does not exist.\nRequestId:1\nTime:2</Message></Error>";
        let parsed = ErrorBody::parse(body);
        assert_eq!(
            (parsed.code.as_deref(), parsed.message.as_str()),
            (Some("ContainerNotFound"), "It does not exist.")
        );
        assert_eq!(ErrorBody::parse(b"<Error><Code>").code, None);
    }

    #[test]
    fn a_gateways_page_becomes_its_words() {
        let parsed =
            ErrorBody::parse(b"<html><head><title>502 Bad Gateway</title></head>\r\n<body></body></html>");
        assert_eq!(parsed, ErrorBody { message: "502 Bad Gateway".to_owned(), ..ErrorBody::default() });
        assert_eq!(ErrorBody::parse(b""), ErrorBody::default());
        assert_eq!(ErrorBody::parse(b"[1]"), ErrorBody::default());
        assert!(ErrorBody::parse(&[b'x'; 5000]).message.len() < 700);
    }

    #[test]
    fn a_server_that_echoes_a_secret_is_not_quoted() {
        assert_eq!(redact("got s3cr+t/x and s3cr%2Bt%2Fx", "s3cr+t/x"), "got … and …");
        assert_eq!(redact("a plain text", ""), "a plain text");
    }

    #[test]
    fn a_missing_subscription_is_not_a_missing_resource() {
        let refused = |status: u16, body: &str| {
            let response = HttpResponse { status, headers: Headers::new(), body: body.as_bytes().to_vec() };
            AzureError::Refused(Box::new(refusal(Method::Get, "/", &response, "r-1", false, "")))
        };
        assert!(refused(404, r#"{"error":{"code":"ResourceNotFound","message":""}}"#).is_not_found());
        assert!(refused(404, "").is_not_found());
        assert!(!refused(404, r#"{"error":{"code":"SubscriptionNotFound","message":""}}"#).is_not_found());
        assert!(!refused(403, r#"{"error":{"code":"AuthorizationFailed","message":""}}"#).is_not_found());
    }
}
