//! For tests: a transport that answers from a script, a clock that never really waits, and tokens out of thin air.
//! Opens no socket.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;

use crate::azure::auth::{AuthError, Tokens};
use crate::azure::client::Client;
use crate::azure::endpoints::Endpoints;
use crate::azure::timer::Timer;
use crate::azure::transport::{Headers, HttpRequest, HttpResponse, Transport, TransportError};

/// Decides about a request from its number (from 0) and content.
type Script = dyn Fn(usize, &HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync;

/// Answers by a script, and keeps what it was sent.
pub(crate) struct ScriptedTransport {
    script: Box<Script>,
    sent: Mutex<Vec<HttpRequest>>,
}

impl ScriptedTransport {
    /// Answers by a function of the request.
    pub(crate) fn answering(
        script: impl Fn(usize, &HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), sent: Mutex::new(Vec::new()) })
    }

    /// Answers with these, one after the other; a request too many is refused with 418.
    pub(crate) fn of(answers: Vec<Result<HttpResponse, TransportError>>) -> Arc<Self> {
        let answers = Mutex::new(VecDeque::from(answers));
        Self::answering(move |_, _| {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.pop_front().unwrap_or_else(|| Ok(response(418, &[], "the script has ended")))
        })
    }

    /// All requests so far.
    pub(crate) fn sent(&self) -> Vec<HttpRequest> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        // A real exchange yields; so does this one, or nothing would ever be in flight at the same time.
        tokio::task::yield_now().await;
        let number = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push(request.clone());
            sent.len() - 1
        };
        (self.script)(number, &request)
    }
}

/// An answer.
pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &str) -> HttpResponse {
    let mut all = Headers::new();
    for (name, value) in headers {
        all.push(*name, *value);
    }
    HttpResponse { status, headers: all, body: body.as_bytes().to_vec() }
}

/// A connection that broke after the request had been sent.
pub(crate) fn broken() -> TransportError {
    TransportError::Broken { host: "management.azure.com".to_owned(), source: "connection reset".into() }
}

/// A clock that moves only by being waited on.
#[derive(Default)]
pub(crate) struct FakeTimer {
    now: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
}

impl FakeTimer {
    /// Every wait so far.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Timer for FakeTimer {
    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        // Whoever else begins to wait now waits at the same time, not after.
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(end);
    }

    fn now(&self) -> Duration {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens that name their audience; a rejected one is followed by a fresh one.
pub(crate) struct FakeTokens;

#[async_trait]
impl Tokens for FakeTokens {
    async fn token(&self, audience: &str, rejected: Option<&Secret>) -> Result<Secret, AuthError> {
        let freshness = if rejected.is_some() { "fresh" } else { "first" };
        Ok(Secret::new(format!("{freshness}-token-for-{audience}")))
    }
}

/// A client of the public cloud over a script.
pub(crate) fn client(transport: &Arc<ScriptedTransport>) -> (Arc<Client>, Arc<FakeTimer>) {
    let timer = Arc::new(FakeTimer::default());
    let transport: Arc<dyn Transport> = Arc::clone(transport) as Arc<dyn Transport>;
    let client = Client::new(
        transport,
        Arc::clone(&timer) as Arc<dyn Timer>,
        Arc::new(FakeTokens),
        Endpoints::public(),
        "run",
    );
    (client, timer)
}
