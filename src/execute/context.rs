//! What every running step is given: client, clock, the way out for events, and the word to stop.
//! Decides nothing about any step.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::azure::error::AzureError;
use crate::azure::timer::Timer;
use crate::azure::write::Write;
use crate::execute::cancel::Cancel;
use crate::execute::shared_reads::SharedReads;
use crate::model::event::Event;
use crate::model::outcome::Ended;
use crate::model::request::{Plane, Request};
use crate::model::step::StepId;
use crate::model::wait::Progress;

/// Shared by all steps of a run. Cheap to clone.
#[derive(Clone)]
pub(in crate::execute) struct Context {
    pub(in crate::execute) client: Write,
    pub(in crate::execute) timer: Arc<dyn Timer>,
    pub(in crate::execute) events: UnboundedSender<Event>,
    pub(in crate::execute) cancel: Cancel,
    pub(in crate::execute) reads: Arc<SharedReads>,
    /// When the whole run has to be over, on the timer's clock.
    pub(in crate::execute) end: Option<Duration>,
}

/// A live resource as it was just read.
pub(in crate::execute) struct Live {
    /// Its body; `None` if it is not there.
    pub(in crate::execute) body: Option<Value>,
    /// Its entity tag, from the header or the body.
    pub(in crate::execute) etag: Option<String>,
}

impl Context {
    /// Waits; `false` if the run was asked to stop meanwhile.
    pub(in crate::execute) async fn pause(&self, duration: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.cancel.stopping() => false,
            () = self.timer.sleep(duration) => true,
        }
    }

    /// The same request with the endpoint that it goes to, which an account made by this run tells only now.
    pub(in crate::execute) async fn placed(&self, request: &Request) -> Result<Request, AzureError> {
        let mut placed = request.clone();
        if let Plane::BatchOf { account } = &request.plane {
            let account =
                self.client.read().get(&Request::get(account, request.api_version), "the account").await?;
            let endpoint = account.pointer("/properties/accountEndpoint").and_then(Value::as_str);
            placed.plane = Plane::Batch { endpoint: endpoint.unwrap_or_default().to_owned() };
        }
        Ok(placed)
    }

    /// Reads a resource that may not be there.
    pub(in crate::execute) async fn read(&self, request: &Request) -> Result<Live, AzureError> {
        match self.client.read().fetch(request).await {
            Ok(answer) => {
                let body = answer.json("the resource")?;
                let in_body = || body.get("etag").and_then(Value::as_str).map(str::to_owned);
                let etag = answer.etag().map(str::to_owned).or_else(in_body);
                Ok(Live { body: Some(body), etag })
            }
            Err(error) if error.is_not_found() => Ok(Live { body: None, etag: None }),
            Err(error) => Err(error),
        }
    }

    /// Tells how far a step is. A screen that is gone stops nothing.
    pub(in crate::execute) fn tell_progress(&self, step: &StepId, progress: &Progress) {
        self.tell(Event::Progressed { step: step.clone(), progress: progress.clone() });
    }

    /// Tells that a request will be sent again.
    pub(in crate::execute) fn tell_retry(&self, step: &StepId, why: &str, after: Duration) {
        self.tell(Event::Retrying { step: step.clone(), why: why.to_owned(), after });
    }

    fn tell(&self, event: Event) {
        let _nobody_listens = self.events.send(event);
    }
}

/// The ending of a step that Azure refused.
pub(in crate::execute) fn failed(error: &AzureError) -> Ended {
    let request_id = error.refusal().and_then(|refusal| refusal.request_id.clone());
    Ended::Failed { error: error.chain(), request_id }
}
