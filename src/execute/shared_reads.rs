//! One read for all waits that look at the same thing at the same time: the regions of a version, the pools of an account.
//! Never hands out an answer that is older than the wait that asks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::azure::error::AzureError;
use crate::azure::read::Read;
use crate::azure::timer::Timer;
use crate::model::request::Request;

/// The last read of each thing that is waited for.
#[derive(Default)]
pub(in crate::execute) struct SharedReads {
    /// Each has its own lock, held while its read is under way, so that those who ask meanwhile get its answer.
    by_key: Mutex<BTreeMap<String, Arc<Mutex<Option<LastRead>>>>>,
}

struct LastRead {
    begun: Duration,
    body: Option<Value>,
}

impl SharedReads {
    /// The body of `request`, `None` if it is not there, from a read that began at `not_before` or later.
    ///
    /// With `whole_list`, all pages of a list, as one body with a `value`.
    pub(in crate::execute) async fn read(
        &self,
        request: &Request,
        whole_list: bool,
        not_before: Duration,
        from: &Read,
        timer: &dyn Timer,
    ) -> Result<Option<Value>, AzureError> {
        let entry = Arc::clone(self.by_key.lock().await.entry(key(request)).or_default());
        let mut last = entry.lock().await;
        if let Some(read) = last.as_ref().filter(|read| read.begun >= not_before) {
            return Ok(read.body.clone());
        }
        let begun = timer.now();
        let body = if whole_list {
            Some(json!({ "value": from.list(request).await? }))
        } else {
            from.get_optional(request, "the resource").await?
        };
        *last = Some(LastRead { begun, body: body.clone() });
        Ok(body)
    }

    /// A write to this path has been answered: what was read of it before, or at the same moment, is past.
    pub(in crate::execute) async fn forget(&self, path: &str) {
        let written = format!(" {path} ").to_ascii_lowercase();
        self.by_key.lock().await.retain(|key, _| !key.contains(&written));
    }
}

fn key(request: &Request) -> String {
    let Request { method: _, plane, path, api_version, query, body: _ } = request;
    format!("{plane:?} {path} {api_version} {query:?}").to_ascii_lowercase()
}
