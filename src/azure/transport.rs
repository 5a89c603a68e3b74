//! One HTTP exchange as plain data, and the trait that carries it: a socket, or a function in a test.
//! Does not know Azure, tokens, retries or JSON.

use std::fmt;

use async_trait::async_trait;

use crate::model::request::Method;

/// Header names and values in the order in which they came; names compare without case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// Header values that may be printed; any other value might be a secret, so only its name is.
const PRINTABLE: [&str; 9] = [
    "accept",
    "azure-asyncoperation",
    "content-type",
    "date",
    "etag",
    "location",
    "retry-after",
    "x-ms-client-request-id",
    "x-ms-request-id",
];

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header, keeping those that have the same name.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first value under `name`, whatever the case of either.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl From<Vec<(String, String)>> for Headers {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name: &str| PRINTABLE.iter().any(|printable| printable.eq_ignore_ascii_case(name));
        formatter
            .debug_map()
            .entries(self.iter().map(|(name, value)| (name, if shown(name) { value } else { "…" })))
            .finish()
    }
}

/// A request, complete: nothing is added to it on the way but what HTTP itself needs.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL, query included.
    pub url: String,
    /// The headers, credentials included: `Debug` hides their values.
    pub headers: Headers,
    /// The body, if the method has one; it may hold secrets and is never printed.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, headers, body } = self;
        let without_query = url.split('?').next().unwrap_or_default();
        formatter
            .debug_struct("HttpRequest")
            .field("method", &method.as_str())
            .field("url", &without_query)
            .field("headers", headers)
            .field("body_bytes", &body.as_ref().map(Vec::len))
            .finish()
    }
}

/// An answer whose body has been read to its end.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status code; redirects are answers like any other, nobody follows them.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body, decompressed; empty where there was none.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, headers, body } = self;
        formatter
            .debug_struct("HttpResponse")
            .field("status", status)
            .field("headers", headers)
            .field("body_bytes", &body.len())
            .finish()
    }
}

/// What went wrong below HTTP in words, without the URL (whose query may hold a secret).
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about, so the server has seen nothing of the request.
    #[error("could not connect to {host}")]
    Connect {
        /// The host and port that was tried.
        host: String,
        /// What the network or TLS said.
        #[source]
        source: Cause,
    },
    /// The server is there, and cannot prove that it is the one it should be; the request was not sent.
    #[error("the TLS connection to {host} cannot be trusted")]
    Untrusted {
        /// The host and port that was tried.
        host: String,
        /// What TLS said.
        #[source]
        source: Cause,
    },
    /// The connection broke or a time-out passed: the server may have done what was asked.
    #[error("the connection to {host} broke before the answer was complete")]
    Broken {
        /// The host and port.
        host: String,
        /// What the network said.
        #[source]
        source: Cause,
    },
    /// The answer is larger than anything Azure sends; the server may have done what was asked.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host and port.
        host: String,
        /// The largest body that is accepted, in bytes.
        limit: usize,
    },
    /// We did not send the request, and would not if asked again.
    #[error("request not sent: {reason}")]
    NotSent {
        /// The rule it would have broken, or what is wrong with it.
        reason: String,
    },
}

impl TransportError {
    /// Whether the server may have received the request, so that repeating it may do things twice.
    pub fn may_have_reached(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Untrusted { .. } | Self::NotSent { .. } => false,
            Self::Broken { .. } | Self::TooLarge { .. } => true,
        }
    }

    /// Whether another try could end otherwise.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Broken { .. } => true,
            Self::Untrusted { .. } | Self::TooLarge { .. } | Self::NotSent { .. } => false,
        }
    }
}

/// Carries one request to a server and brings back its answer, whatever its status.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` once: no retries, no redirects.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_credential_no_query_and_no_body() {
        let mut headers = Headers::new();
        headers.push("Authorization", "Bearer canary-token");
        headers.push("Accept", "application/json");
        let request = HttpRequest {
            method: Method::Post,
            url: "https://login.example/token?sig=canary-query".to_owned(),
            headers,
            body: Some(b"client_secret=canary-body".to_vec()),
        };
        let text = format!("{request:?}");
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("application/json") && text.contains("Authorization"), "{text}");
    }
}
