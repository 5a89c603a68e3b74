//! The half of the client that cannot change anything: what observing and planning are given.
//! Has no method that sends anything but GET.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::azure::client::{Answer, Call, Client};
use crate::azure::endpoints::Endpoints;
use crate::azure::error::AzureError;
use crate::azure::place::Place;
use crate::model::request::{Method, Plane, Request};

/// More pages than any list of ours can have; a server that sends more is going in circles.
const MOST_PAGES: usize = 10_000;

/// Reads from Azure. Cheap to clone. Of a request it takes place and query; it always sends GET, without a body.
#[derive(Clone)]
pub struct Read {
    client: Arc<Client>,
}

impl Read {
    /// The reading half of `client`.
    pub fn new(client: Arc<Client>) -> Self {
        Self { client }
    }

    /// The cloud that is talked to.
    pub fn endpoints(&self) -> &Endpoints {
        self.client.endpoints()
    }

    /// How many requests were sent so far, each try counted.
    pub fn requests_sent(&self) -> u64 {
        self.client.requests_sent()
    }

    /// Gets one thing. 404 is an error; `wanted` names the thing with its article, for the error of an unreadable body.
    pub async fn get(&self, request: &Request, wanted: &'static str) -> Result<Value, AzureError> {
        self.fetch(request).await?.json(wanted)
    }

    /// Gets one thing that may not be there.
    pub async fn get_optional(
        &self,
        request: &Request,
        wanted: &'static str,
    ) -> Result<Option<Value>, AzureError> {
        match self.fetch(request).await {
            Ok(answer) => answer.json(wanted).map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gets one thing with the headers of the answer, among them the `ETag`.
    pub async fn fetch(&self, request: &Request) -> Result<Answer, AzureError> {
        self.fetch_with(request, &[]).await
    }

    /// The same with further headers.
    pub(in crate::azure) async fn fetch_with(
        &self,
        request: &Request,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, AzureError> {
        let place = Place::of(&request.plane, self.endpoints())?;
        let url = place.url(request)?;
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.get_url(&place, &url, &headers).await
    }

    /// Gets all entries of a list, page after page.
    ///
    /// ARM says `nextLink` and Batch `odata.nextLink`; a link to another host, a page seen before, and a list without
    /// an end are errors, so a hostile server gets neither a token nor our patience.
    pub async fn list(&self, request: &Request) -> Result<Vec<Value>, AzureError> {
        const WANTED: &str = "a page of a list";
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        let place = Place::of(&request.plane, self.endpoints())?;
        let mut url = place.url(request)?;
        loop {
            let answer = self.fetch_url(&place, &url).await?;
            let mut page = answer.json(WANTED)?;
            match page.get_mut("value").map(Value::take) {
                Some(Value::Array(values)) => entries.extend(values),
                _ => return Err(answer.unexpected(WANTED)),
            }
            let next = match page.get("nextLink").or_else(|| page.get("odata.nextLink")) {
                None | Some(Value::Null) => return Ok(entries),
                Some(Value::String(next)) if next.is_empty() => return Ok(entries),
                Some(Value::String(next)) => next.clone(),
                Some(_) => return Err(answer.unexpected(WANTED)),
            };
            self.endpoints().link("nextLink", &next, &place.base)?;
            seen.insert(std::mem::replace(&mut url, next));
            if seen.contains(&url) || seen.len() >= MOST_PAGES {
                return Err(answer.unexpected("a list that comes to an end"));
            }
        }
    }

    /// Gets what a header of an earlier answer pointed at: the state of an operation. `what` names the header.
    pub async fn follow(&self, plane: &Plane, what: &'static str, link: &str) -> Result<Answer, AzureError> {
        let at = Place::of(plane, self.endpoints())?;
        self.endpoints().link(what, link, &at.base)?;
        self.fetch_url(&at, link).await
    }

    async fn fetch_url(&self, place: &Place, url: &str) -> Result<Answer, AzureError> {
        self.get_url(place, url, &[]).await
    }

    async fn get_url(
        &self,
        place: &Place,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, AzureError> {
        self.client.send(&Call { method: Method::Get, place, url, on_retry: None, headers, body: None }).await
    }
}
