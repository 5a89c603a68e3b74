//! Reads what Azure says about an operation it has accepted: where to ask, how long to wait, how it ended. Pure.
//! Does not ask and does not wait.

use std::time::Duration;

use serde_json::Value;

use crate::azure::client::Answer;
use crate::azure::error::{AzureError, ErrorBody};
use crate::azure::retry::retry_after;

/// What the answer to a write says about the work that it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// `Azure-AsyncOperation`: asked in preference to everything else, because it tells how the operation ended.
    pub operation: Option<String>,
    /// `Location`: 202 until it is done.
    pub location: Option<String>,
    /// How long to wait before asking for the first time.
    pub retry_after: Option<Duration>,
    /// `properties.provisioningState` of the body. 200 with `Updating` is not done (the contract's examples do that).
    pub provisioning_state: Option<String>,
}

/// Reads the answer to a PUT, PATCH, DELETE or POST.
pub fn accepted(answer: &Answer) -> Accepted {
    let header = |name: &str| answer.headers.get(name).filter(|link| !link.is_empty()).map(str::to_owned);
    let state = |body: &Value| body.pointer("/properties/provisioningState")?.as_str().map(str::to_owned);
    // A 201's Location may just name the created resource, and a synchronous 200 has nothing to follow.
    let location = if answer.status == 202 { header("location") } else { None };
    Accepted {
        operation: header("azure-asyncoperation"),
        location,
        retry_after: retry_after(&answer.headers),
        provisioning_state: answer.optional_json().as_ref().and_then(state),
    }
}

/// What one look at an operation showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Poll {
    /// Not done.
    InProgress {
        /// How long to wait before asking again, if Azure says.
        retry_after: Option<Duration>,
        /// Azure's own estimate, 0 to 100.
        percent: Option<f64>,
    },
    /// Done, and well.
    Succeeded,
    /// Ended, and not well.
    Failed {
        /// It was called off rather than having failed.
        cancelled: bool,
        /// Azure's reasons.
        error: ErrorBody,
    },
    /// Azure has forgotten the operation: only the resource itself can tell how it ended.
    Forgotten,
}

/// Judges the answer of an `Azure-AsyncOperation` URL.
///
/// Any `status` that is no end is progress: resource providers have words of their own (`Accepted`, `Running`, `Updating`).
pub fn operation(answer: Result<&Answer, &AzureError>) -> Poll {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return broken(error),
    };
    let body = answer.optional_json().unwrap_or_default();
    let status =
        body.get("status").or_else(|| body.pointer("/properties/provisioningState")).and_then(Value::as_str);
    match status.map(str::to_ascii_lowercase).as_deref() {
        Some("succeeded") => Poll::Succeeded,
        Some("failed") => Poll::Failed { cancelled: false, error: reasons(&body) },
        Some("canceled" | "cancelled") => Poll::Failed { cancelled: true, error: reasons(&body) },
        None if answer.status == 204 => Poll::Succeeded,
        Some(_) | None => Poll::InProgress {
            retry_after: retry_after(&answer.headers),
            percent: body
                .get("percentComplete")
                .or_else(|| body.pointer("/properties/progress"))
                .and_then(Value::as_f64)
                .filter(|percent| (0.0..=100.0).contains(percent)),
        },
    }
}

/// Judges the answer of a `Location` URL: 202 is progress, any other good status is the end.
pub fn location(answer: Result<&Answer, &AzureError>) -> Poll {
    match answer {
        Ok(answer) if answer.status == 202 => {
            Poll::InProgress { retry_after: retry_after(&answer.headers), percent: None }
        }
        Ok(_) => Poll::Succeeded,
        Err(error) => broken(error),
    }
}

/// Operations are kept for a day or so, and a gateway may lose one: that says nothing about the resource.
/// Neither does a status URL that does not answer, or points to a foreign host; an error with a code is the operation's.
fn broken(error: &AzureError) -> Poll {
    match error.refusal() {
        Some(refusal)
            if refusal.code.is_some() && !matches!(refusal.status, 401 | 403 | 404 | 410 | 429 | 500..) =>
        {
            let error = ErrorBody {
                code: refusal.code.clone(),
                message: refusal.message.clone(),
                target: refusal.target.clone(),
                details: refusal.details.clone(),
            };
            Poll::Failed { cancelled: false, error }
        }
        _ => Poll::Forgotten,
    }
}

fn reasons(body: &Value) -> ErrorBody {
    let error = body.get("error").or_else(|| body.pointer("/properties/error"));
    error.map(ErrorBody::from_json).unwrap_or_default()
}
