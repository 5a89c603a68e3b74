//! The client that can change things: what carrying out a plan is given, and nothing else is.
//! Decides nothing: what is sent, and under which condition, is in the arguments.

use std::sync::Arc;

use crate::azure::client::{Answer, Body, Call, Client, OnRetry};
use crate::azure::error::AzureError;
use crate::azure::place::Place;
use crate::azure::read::Read;
use crate::model::request::Request;

/// Under which state of the resource a write is to be carried out, told to Azure itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whatever its state: the only choice for resources without an `ETag`, which is all of the gallery.
    Always,
    /// Only if it does not exist: `If-None-Match: *`.
    Absent,
    /// Only if it is as it was read: `If-Match` with that `ETag`.
    Unchanged(String),
}

impl Condition {
    pub(in crate::azure) fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Always => Vec::new(),
            Self::Absent => vec![("If-None-Match", "*".to_owned())],
            Self::Unchanged(etag) => vec![("If-Match", etag.clone())],
        }
    }
}

/// Reads from and writes to Azure. Cheap to clone.
#[derive(Clone)]
pub struct Write {
    client: Arc<Client>,
    read: Read,
}

impl Write {
    /// Both halves of `client`.
    pub fn new(client: Arc<Client>) -> Self {
        Self { read: Read::new(Arc::clone(&client)), client }
    }

    /// The half that only reads.
    pub fn read(&self) -> &Read {
        &self.read
    }

    /// Sends a request of any method; `on_retry` hears of each further try. A POST is sent again only where it cannot
    /// have arrived. Deleting what is not there is an error here (404): the caller knows whether that suits.
    pub async fn send(
        &self,
        request: &Request,
        condition: &Condition,
        on_retry: Option<OnRetry<'_>>,
    ) -> Result<Answer, AzureError> {
        let headers = condition.headers();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.call(request, &headers, request.body.as_ref().map(Body::Json), on_retry).await
    }

    /// Sends a request with these headers, and bytes as its body.
    pub(in crate::azure) async fn send_bytes(
        &self,
        request: &Request,
        headers: &[(&str, &str)],
        bytes: Option<&[u8]>,
        on_retry: Option<OnRetry<'_>>,
    ) -> Result<Answer, AzureError> {
        self.call(request, headers, bytes.map(Body::Bytes), on_retry).await
    }

    async fn call(
        &self,
        request: &Request,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
        on_retry: Option<OnRetry<'_>>,
    ) -> Result<Answer, AzureError> {
        let place = Place::of(&request.plane, self.client.endpoints())?;
        let url = place.url(request)?;
        let call = Call { method: request.method, place: &place, url: &url, on_retry, headers, body };
        self.client.send(&call).await
    }
}
