//! How the jobs and job schedules of one pool come to use another: what comes next for each, as it is found. Pure: whoever
//! carries it out lists them again after each step, so that it can begin anywhere, also where an earlier run was killed.
//!
//! A job changes its pool only while it is disabled, and is disabled only when its running tasks have ended: none is lost.
//! What was disabled for the move is marked in its metadata, and nothing else is enabled afterwards.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::encode;

/// The data plane.
const API_VERSION: &str = "2025-06-01";

/// The metadata entry of what is on the move; its value is the pool that it comes from.
const MOVING: &str = "poolwright-moving";

/// From where to where, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMove {
    /// The `accountEndpoint` of the account.
    pub endpoint: String,
    /// The id of the pool that they leave.
    pub from: String,
    /// The id of the pool that they come to.
    pub to: String,
    /// How long to wait between two looks.
    pub interval: Duration,
    /// When to give up.
    pub deadline: Duration,
}

/// What can name a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A job.
    Job,
    /// A job schedule: the jobs that it will make.
    Schedule,
}

impl Sort {
    /// Schedules first, so that none makes a job for the pool that is left.
    pub const ALL: [Self; 2] = [Self::Schedule, Self::Job];

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Schedule => "job schedule",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Job => "/jobs",
            Self::Schedule => "/jobschedules",
        }
    }

    fn pool(self) -> &'static str {
        match self {
            Self::Job => "/poolInfo/poolId",
            Self::Schedule => "/jobSpecification/poolInfo/poolId",
        }
    }
}

/// What comes next for one of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// This is sent, under the condition that it is still as it was found.
    Send(Request),
    /// Azure is at work on it.
    Wait(String),
    /// It cannot be moved.
    Stuck(String),
    /// Nothing: it has been moved, is over, or names another pool.
    Done,
}

impl JobMove {
    /// Lists all of a sort.
    pub fn list(&self, sort: Sort) -> Request {
        self.request(Method::Get, sort.path().to_owned())
    }

    /// What comes next for one of them.
    pub fn next(&self, sort: Sort, item: &Value) -> Next {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (id, state, pool) = (text("/id"), text("/state").to_lowercase(), text(sort.pool()));
        let (from, to) = (pool.eq_ignore_ascii_case(&self.from), pool.eq_ignore_ascii_case(&self.to));
        let metadata = item.get("metadata").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_mark = |entry: &Value| entry["name"] == MOVING;
        // Also what a move the other way has marked, which was not carried through.
        let ours = metadata.iter().any(is_mark);
        let place = || format!("{}/{}", sort.path(), encode(id));
        let patch = |body: Value| Next::Send(self.request(Method::Patch, place()).with_body(body));
        let post = |action: &str| self.request(Method::Post, format!("{}/{action}", place()));
        let others = || metadata.iter().filter(|entry| !is_mark(entry)).cloned();
        if from && sort == Sort::Schedule && item.get("jobSpecification").is_some_and(lacks_a_password) {
            // Azure takes a specification whole, and does not tell the passwords in it.
            let why = "it has a password that Azure does not tell: name the new pool in it yourself";
            return if is_over(&state) { Next::Done } else { Next::Stuck(why.to_owned()) };
        }
        match state.as_str() {
            "active" if from && !ours => {
                let mark = json!({ "name": MOVING, "value": self.from });
                patch(json!({ "metadata": others().chain([mark]).collect::<Vec<_>>() }))
            }
            "active" if from => Next::Send(match sort {
                Sort::Job => post("disable").with_body(json!({ "disableTasks": "wait" })),
                Sort::Schedule => post("disable"),
            }),
            "disabled" if from => self.change(sort, item, patch),
            "disabled" if to && ours => Next::Send(post("enable")),
            "active" if to && ours => patch(json!({ "metadata": others().collect::<Vec<_>>() })),
            "disabling" if from || (to && ours) => Next::Wait("its running tasks end".to_owned()),
            "enabling" if from || (to && ours) => Next::Wait("it is being enabled".to_owned()),
            _ => Next::Done,
        }
    }

    /// Gives one that cannot be moved back to whoever works with it: what was disabled for the move is enabled again.
    pub fn give_back(&self, sort: Sort, item: &Value) -> Option<Request> {
        let marked = item.get("metadata").and_then(Value::as_array).into_iter().flatten();
        let ours = marked.into_iter().any(|entry| entry["name"] == MOVING);
        let disabled =
            item.get("state").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case("disabled"));
        let id = item.get("id").and_then(Value::as_str).filter(|_| ours && disabled)?;
        Some(self.request(Method::Post, format!("{}/{}/enable", sort.path(), encode(id))))
    }

    fn change(&self, sort: Sort, item: &Value, patch: impl Fn(Value) -> Next) -> Next {
        match sort {
            Sort::Job => patch(json!({ "poolInfo": { "poolId": self.to } })),
            Sort::Schedule => {
                let mut specification = item["jobSpecification"].clone();
                specification["poolInfo"] = json!({ "poolId": self.to });
                patch(json!({ "jobSpecification": specification }))
            }
        }
    }

    fn request(&self, method: Method, path: String) -> Request {
        Request {
            method,
            plane: Plane::Batch { endpoint: self.endpoint.clone() },
            path,
            api_version: API_VERSION,
            query: Vec::new(),
            body: None,
        }
    }
}

fn is_over(state: &str) -> bool {
    matches!(state, "completed" | "terminating" | "deleting")
}

/// Whether a registry is signed in to with a user name somewhere in it.
fn lacks_a_password(value: &Value) -> bool {
    let signs_in = |registry: &Value| {
        registry.as_object().is_some_and(|it| it.keys().any(|key| key.eq_ignore_ascii_case("username")))
    };
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| match key.as_str() {
            "registry" => signs_in(value),
            "containerRegistries" => value.as_array().is_some_and(|all| all.iter().any(signs_in)),
            _ => lacks_a_password(value),
        }),
        Value::Array(list) => list.iter().any(lacks_a_password),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{JobMove, Next, Sort};
    use crate::model::request::Method;

    fn next(sort: Sort, item: &Value) -> Next {
        let it = JobMove {
            endpoint: "a.eastus.batch.azure.com".to_owned(),
            from: "render".to_owned(),
            to: "render-00c0de".to_owned(),
            interval: Duration::from_secs(1),
            deadline: Duration::from_secs(1),
        };
        it.next(sort, item)
    }

    fn job(state: &str, pool: &str, metadata: &Value) -> Value {
        json!({"id": "film 1", "state": state, "poolInfo": {"poolId": pool}, "metadata": metadata})
    }

    fn sent(next: Next) -> (Method, String, Value) {
        match next {
            Next::Send(request) => (request.method, request.path, request.body.unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_job_is_marked_disabled_moved_enabled_and_unmarked() {
        let theirs = json!({"name": "owner", "value": "film"});
        let ours = json!({"name": "poolwright-moving", "value": "render"});
        let (old, new) = ("Render", "render-00c0de");
        let (method, path, body) = sent(next(Sort::Job, &job("active", old, &json!([theirs]))));
        assert_eq!((method, path.as_str()), (Method::Patch, "/jobs/film%201"));
        assert_eq!(body, json!({"metadata": [theirs, ours]}));
        let marked = json!([theirs, ours]);
        let (_, path, body) = sent(next(Sort::Job, &job("active", old, &marked)));
        assert_eq!((path.as_str(), body), ("/jobs/film%201/disable", json!({"disableTasks": "wait"})));
        assert!(matches!(next(Sort::Job, &job("disabling", old, &marked)), Next::Wait(_)));
        let (_, _, body) = sent(next(Sort::Job, &job("disabled", old, &marked)));
        assert_eq!(body, json!({"poolInfo": {"poolId": new}}));
        let (_, path, _) = sent(next(Sort::Job, &job("disabled", new, &marked)));
        assert_eq!(path, "/jobs/film%201/enable");
        let (_, _, body) = sent(next(Sort::Job, &job("active", new, &marked)));
        assert_eq!(body, json!({"metadata": [theirs]}));
        assert_eq!(next(Sort::Job, &job("active", new, &json!([theirs]))), Next::Done);
    }

    #[test]
    fn what_somebody_else_has_disabled_stays_disabled() {
        let (_, _, body) = sent(next(Sort::Job, &job("disabled", "render", &json!([]))));
        assert_eq!(body, json!({"poolInfo": {"poolId": "render-00c0de"}}));
        assert_eq!(next(Sort::Job, &job("disabled", "render-00c0de", &json!([]))), Next::Done);
    }

    #[test]
    fn a_move_that_was_not_carried_through_is_taken_back() {
        // As a move from `render-00c0de` to `render` has left them.
        let marked = json!([{"name": "poolwright-moving", "value": "render-00c0de"}]);
        assert!(matches!(next(Sort::Job, &job("disabling", "render-00c0de", &marked)), Next::Wait(_)));
        let (_, path, _) = sent(next(Sort::Job, &job("disabled", "render-00c0de", &marked)));
        assert_eq!(path, "/jobs/film%201/enable");
        let (_, _, body) = sent(next(Sort::Job, &job("disabled", "render", &marked)));
        assert_eq!(body, json!({"poolInfo": {"poolId": "render-00c0de"}}));
    }

    #[test]
    fn what_is_over_or_elsewhere_is_let_be() {
        for state in ["completed", "terminating", "deleting"] {
            assert_eq!(next(Sort::Job, &job(state, "render", &json!([]))), Next::Done, "{state}");
        }
        assert_eq!(next(Sort::Job, &job("active", "other", &json!([]))), Next::Done);
    }

    #[test]
    fn a_schedule_keeps_its_specification_and_its_secrets() {
        let schedule = |specification: Value| json!({"id": "nightly", "state": "disabled", "jobSpecification": specification});
        let specification = json!({"priority": 5, "poolInfo": {"poolId": "render"}});
        let (_, path, body) = sent(next(Sort::Schedule, &schedule(specification)));
        assert_eq!(path, "/jobschedules/nightly");
        let wanted = json!({"priority": 5, "poolInfo": {"poolId": "render-00c0de"}});
        assert_eq!(body, json!({ "jobSpecification": wanted }));
        let registry = json!({"registry": {"username": "u"}});
        let specification =
            json!({"poolInfo": {"poolId": "render"}, "jobManagerTask": {"containerSettings": registry}});
        let mut locked = schedule(specification);
        for state in ["active", "disabled"] {
            locked["state"] = json!(state);
            assert!(
                matches!(next(Sort::Schedule, &locked), Next::Stuck(_)),
                "it is let be as it is: {state}"
            );
        }
    }
}
