//! One call to Azure: token, ids, tries, log line. What `Read` and `Write` share; nobody else sees it.
//! Does not know resources, and follows no link by itself.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_core::credentials::Secret;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::azure::auth::Tokens;
use crate::azure::endpoints::Endpoints;
use crate::azure::error::{AzureError, ErrorBody, beginning, chain, refusal, request_id};
use crate::azure::place::Place;
use crate::azure::retry::{Attempt, Retry, decide};
use crate::azure::timer::Timer;
use crate::azure::transport::{Headers, HttpRequest, HttpResponse, Transport, TransportError};
use crate::model::request::Method;

/// Requests in flight at a time, over all callers: ARM gives 25 reads a second to one caller before it throttles.
const MOST_IN_FLIGHT: usize = 24;

/// Everything a call needs besides its own content.
pub struct Client {
    transport: Arc<dyn Transport>,
    timer: Arc<dyn Timer>,
    tokens: Arc<dyn Tokens>,
    endpoints: Endpoints,
    run_id: String,
    last_number: AtomicU64,
    permits: Semaphore,
}

/// An answer with a good status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The request's method.
    pub method: Method,
    /// The request's path, without the query.
    pub path: String,
    /// Azure's id of the request.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: String,
    body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `wanted` says what it should be, with its article, for the error.
    pub fn json(&self, wanted: &'static str) -> Result<Value, AzureError> {
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected(wanted))
    }

    /// The body if there is one and it is JSON.
    pub fn optional_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The entity tag, with its quotes, from the header.
    pub fn etag(&self) -> Option<&str> {
        self.headers.get("etag")
    }

    pub(in crate::azure) fn unexpected(&self, wanted: &'static str) -> AzureError {
        AzureError::Unexpected {
            method: self.method,
            path: self.path.clone(),
            wanted,
            request_id: self.request_id.clone().unwrap_or_else(|| "none".to_owned()),
            body: beginning(&String::from_utf8_lossy(&self.body)),
        }
    }
}

/// Told of each further try: why, and after how long.
pub type OnRetry<'a> = &'a (dyn Fn(&str, Duration) + Send + Sync);

/// The content of a call.
pub(in crate::azure) struct Call<'a> {
    pub(in crate::azure) method: Method,
    pub(in crate::azure) place: &'a Place,
    /// Absolute, and on the place's host.
    pub(in crate::azure) url: &'a str,
    pub(in crate::azure) on_retry: Option<OnRetry<'a>>,
    pub(in crate::azure) headers: &'a [(&'a str, &'a str)],
    pub(in crate::azure) body: Option<Body<'a>>,
}

/// What a call carries.
#[derive(Clone, Copy)]
pub(in crate::azure) enum Body<'a> {
    /// JSON.
    Json(&'a Value),
    /// Bytes as they are.
    Bytes(&'a [u8]),
}

impl Client {
    /// Puts a client together. `run_id` is the first part of every `x-ms-client-request-id`.
    pub fn new(
        transport: Arc<dyn Transport>,
        timer: Arc<dyn Timer>,
        tokens: Arc<dyn Tokens>,
        endpoints: Endpoints,
        run_id: impl Into<String>,
    ) -> Arc<Self> {
        Arc::new(Self {
            transport,
            timer,
            tokens,
            endpoints,
            run_id: run_id.into(),
            last_number: AtomicU64::new(0),
            permits: Semaphore::new(MOST_IN_FLIGHT),
        })
    }

    /// The cloud that is talked to.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// How many requests were sent so far, each try counted.
    pub fn requests_sent(&self) -> u64 {
        self.last_number.load(Ordering::Relaxed)
    }

    /// Sends until there is an answer that stands, and returns it if its status is good.
    pub(in crate::azure) async fn send(&self, call: &Call<'_>) -> Result<Answer, AzureError> {
        // The last gate before a token leaves: whoever built the URL, it must be on the host the token is for.
        self.endpoints.link("the request", call.url, &call.place.base)?;
        let path = path_of(call.url);
        let begun = self.timer.now();
        let mut tries = 0;
        let mut may_have_been_done = false;
        let mut rejected: Option<Secret> = None;
        loop {
            tries += 1;
            let number = self.last_number.fetch_add(1, Ordering::Relaxed) + 1;
            let client_request_id = format!("{}-{number}", self.run_id);
            let token = self.tokens.token(&call.place.audience, rejected.as_ref()).await?;
            let request = request(call, &client_request_id, token.secret());
            let result = self.exchange(request, &path, &client_request_id, tries).await;
            let code;
            let attempt = match &result {
                Ok(response) if (200..300).contains(&response.status) => {
                    return Ok(answer(call.method, path, response, client_request_id));
                }
                Ok(response) if response.status == 401 && rejected.is_none() => {
                    // Revoked early, or a clock is off: one fresh token is worth a try.
                    rejected = Some(token);
                    continue;
                }
                Ok(response) => {
                    code = ErrorBody::parse(&response.body).code;
                    Attempt::Answered {
                        status: response.status,
                        code: code.as_deref(),
                        headers: &response.headers,
                    }
                }
                Err(error) => Attempt::NoAnswer {
                    transient: error.is_transient(),
                    may_have_reached: error.may_have_reached(),
                },
            };
            // Tries are between us and the server, which knows wall clocks only.
            let elapsed = self.timer.on_wall_clock(self.timer.now().saturating_sub(begun));
            if let Retry::After(wait) = decide(call.method, tries, elapsed, attempt, number) {
                may_have_been_done |= leaves_doubt(&result);
                if let Some(on_retry) = call.on_retry {
                    on_retry(&in_words(&result), wait);
                }
                self.timer.sleep(self.timer.on_this_clock(wait)).await;
                continue;
            }
            return Err(match result {
                Ok(response) => AzureError::Refused(Box::new(refusal(
                    call.method,
                    &path,
                    &response,
                    &client_request_id,
                    may_have_been_done,
                    token.secret(),
                ))),
                Err(source) => AzureError::NoAnswer {
                    method: call.method,
                    path,
                    tries,
                    client_request_id,
                    may_have_reached: may_have_been_done || source.may_have_reached(),
                    source,
                },
            });
        }
    }

    /// One request and its log line.
    async fn exchange(
        &self,
        request: HttpRequest,
        path: &str,
        client_request_id: &str,
        tries: u32,
    ) -> Result<HttpResponse, TransportError> {
        let _permit = self.permits.acquire().await;
        let method = request.method;
        let begun = self.timer.now();
        let result = self.transport.send(request).await;
        let duration = self.timer.on_wall_clock(self.timer.now().saturating_sub(begun));
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(response) => tracing::info!(
                method = method.as_str(),
                path,
                status = response.status,
                duration_ms,
                request_id = request_id(response).as_deref().unwrap_or("none"),
                client_request_id,
                tries,
                "request"
            ),
            Err(error) => {
                let error = chain(error);
                tracing::warn!(
                    method = method.as_str(),
                    path,
                    duration_ms,
                    client_request_id,
                    tries,
                    error,
                    "request without an answer"
                );
            }
        }
        result
    }
}

fn answer(method: Method, path: String, response: &HttpResponse, client_request_id: String) -> Answer {
    let HttpResponse { status, headers, body } = response.clone();
    Answer { status, headers, method, path, request_id: request_id(response), client_request_id, body }
}

fn request(call: &Call<'_>, client_request_id: &str, token: &str) -> HttpRequest {
    let mut headers = Headers::new();
    headers.push("Accept", call.place.media_type);
    headers.push("Authorization", format!("Bearer {token}"));
    headers.push("x-ms-client-request-id", client_request_id);
    for (name, value) in call.headers {
        headers.push(*name, *value);
    }
    let body = call.body.map(|body| match body {
        Body::Json(value) => (call.place.media_type, value.to_string().into_bytes()),
        Body::Bytes(bytes) => ("application/octet-stream", bytes.to_vec()),
    });
    if let Some((media_type, _)) = &body {
        headers.push("Content-Type", *media_type);
    } else if !matches!(call.method, Method::Get | Method::Delete) {
        headers.push("Content-Length", "0");
    }
    HttpRequest { method: call.method, url: call.url.to_owned(), headers, body: body.map(|(_, bytes)| bytes) }
}

/// Whether a try that is about to be repeated may have been carried out, so that the next answer may be its echo.
fn leaves_doubt(result: &Result<HttpResponse, TransportError>) -> bool {
    match result {
        Ok(response) => matches!(response.status, 408 | 500 | 502 | 504),
        Err(error) => error.may_have_reached(),
    }
}

/// Why a request is sent again, in a few words.
fn in_words(result: &Result<HttpResponse, TransportError>) -> String {
    match result {
        Ok(response) => {
            let code = ErrorBody::parse(&response.body).code.unwrap_or_default();
            format!("Azure answered {} {code}", response.status).trim_end().to_owned()
        }
        Err(error) => error.to_string(),
    }
}

/// The path of an absolute URL, without host and query: what may be logged.
fn path_of(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned())
}
