//! One thing the executor does: a request or a wait, with its order and its guard.
//! Complete: whoever runs it decides nothing.

use std::fmt;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::job_move::JobMove;
use crate::model::request::Request;
use crate::model::upload::Upload;
use crate::model::wait::{Condition, Judgement, Wait};

/// Names a step within a plan: its resource's address and what it does there, e.g. `pool/eus2/render create`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(String);

impl StepId {
    /// The step of a resource that does `what`.
    pub fn new(address: &Address, what: &str) -> Self {
        Self(format!("{address} {what}"))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A point that a resource passes on its way, on which other resources may depend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// Azure is done with what it was doing before.
    AtRest,
    /// The blob has the content of the file.
    Uploaded,
    /// Azure took the write.
    Accepted,
    /// Complete in one region (normal spelling).
    Region(String),
    /// Azure calls it succeeded.
    Settled,
    /// It is open to those who are let in, and to nobody else.
    Shared,
    /// A pool that was told to be empty has no node.
    Empty,
    /// A pool has its nodes.
    Allocated,
    /// A pool's nodes can run tasks.
    Usable,
    /// Nothing uses it any more.
    Unused,
    /// It is not there any more.
    Gone,
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtRest => f.write_str("at rest"),
            Self::Uploaded => f.write_str("uploaded"),
            Self::Accepted => f.write_str("accepted"),
            Self::Region(region) => write!(f, "ready in {region}"),
            Self::Settled => f.write_str("settled"),
            Self::Shared => f.write_str("shared"),
            Self::Empty => f.write_str("empty"),
            Self::Allocated => f.write_str("allocated"),
            Self::Usable => f.write_str("nodes usable"),
            Self::Unused => f.write_str("jobs moved"),
            Self::Gone => f.write_str("gone"),
        }
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name, unique in the plan.
    pub id: StepId,
    /// The resource it is about.
    pub address: Address,
    /// What has been reached when it is done.
    pub milestone: Milestone,
    /// What it does.
    pub work: Work,
    /// The steps that must be done before it starts.
    pub after: Vec<StepId>,
    /// When it runs.
    pub run: Run,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Sends one write.
    Send {
        /// The write.
        request: Request,
        /// What must hold just before it is sent.
        guard: Guard,
    },
    /// Waits for a condition.
    Wait(Wait),
    /// Moves what uses one pool to another.
    MoveJobs(JobMove),
    /// Brings a disk image on this machine into a blob: only what does not stand there yet, and only of the agreed content.
    Upload(Box<Upload>),
}

/// Whether a step runs when all goes well, or when something else has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// As soon as what it comes after is done.
    Always,
    /// Only when one of these steps has not done its work.
    OnFailure(Vec<StepId>),
}

/// What is read again just before a write, so that nobody else's change is overwritten.
#[derive(Debug, Clone, PartialEq)]
pub enum Guard {
    /// Nothing must be there. Where Azure takes it, `If-None-Match: *` says the same to the server.
    Absent {
        /// What is read.
        read: Request,
        /// Whether the write carries the header.
        header: bool,
    },
    /// What planning compared must not have moved.
    Unchanged {
        /// What is read.
        read: Request,
        /// JSON pointers into the body, with the values planning saw; `None` was missing.
        seen: Vec<(String, Option<Value>)>,
        /// Whether the write carries the `ETag` of this read as `If-Match`.
        etag: bool,
        /// What must hold of it as well: what an earlier step of the plan has brought about.
        holds: Option<Condition>,
        /// The write is not needed, and not sent, where this holds already.
        unless: Option<Condition>,
        /// The move that has to be over: nothing names the pool that it leaves.
        moved: Option<Box<JobMove>>,
        /// The list that has to be empty: what is in it would go along.
        empty: Option<Box<Request>>,
    },
}

impl Guard {
    /// What the guard reads.
    pub fn read(&self) -> &Request {
        match self {
            Self::Absent { read, .. } | Self::Unchanged { read, .. } => read,
        }
    }

    /// What planning saw of what must not have moved.
    pub fn seen(&self) -> &[(String, Option<Value>)] {
        match self {
            Self::Absent { .. } => &[],
            Self::Unchanged { seen, .. } => seen,
        }
    }

    /// What planning compared must not have moved.
    pub fn unchanged(read: Request, seen: Vec<(String, Option<Value>)>, etag: bool) -> Self {
        Self::Unchanged { read, seen, etag, holds: None, unless: None, moved: None, empty: None }
    }

    /// The same, and this list has to be empty.
    #[must_use]
    pub fn and_empty(mut self, list: Option<Request>) -> Self {
        if let Self::Unchanged { empty, .. } = &mut self {
            *empty = list.map(Box::new);
        }
        self
    }

    /// Whether the write is not needed any more.
    pub fn is_met(&self, body: Option<&Value>) -> bool {
        match self {
            Self::Unchanged { unless: Some(condition), .. } => {
                matches!(condition.judge(body), Judgement::Met(_))
            }
            Self::Absent { .. } | Self::Unchanged { unless: None, .. } => false,
        }
    }

    /// The first thing that has moved since planning, in words; `None` if the write may be sent.
    pub fn moved(&self, body: Option<&Value>) -> Option<String> {
        match (self, body) {
            (Self::Absent { .. }, None) => None,
            (Self::Absent { .. }, Some(_)) => {
                Some("it exists now, and did not when the plan was made".to_owned())
            }
            (Self::Unchanged { .. }, None) => Some("it does not exist any more".to_owned()),
            (Self::Unchanged { seen, holds, .. }, Some(body)) => seen
                .iter()
                .find(|(pointer, value)| body.pointer(pointer) != value.as_ref())
                .map(|(pointer, _)| {
                    format!("`{}` has changed since the plan was made", pointer[1..].replace('/', "."))
                })
                .or_else(|| match holds.as_ref()?.judge(Some(body)) {
                    Judgement::Met(_) => None,
                    Judgement::Failed(why) => Some(why),
                    Judgement::NotYet(progress) => Some(progress.in_words()),
                    Judgement::Unknown => Some("Azure does not show how it is".to_owned()),
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Guard;
    use crate::model::request::Request;
    use crate::model::resource_id::ResourceId;

    #[test]
    fn a_guard_sees_what_moved() {
        let read = Request::get(&ResourceId::new("s", "g", "N", "t", "n"), "v");
        let absent = Guard::Absent { read: read.clone(), header: true };
        assert_eq!(absent.moved(None), None);
        assert!(absent.moved(Some(&json!({}))).is_some());

        let seen = vec![("/properties/a".to_owned(), Some(json!(1))), ("/properties/b".to_owned(), None)];
        let unchanged = Guard::unchanged(read, seen, false);
        assert_eq!(unchanged.moved(Some(&json!({"properties": {"a": 1, "c": 2}}))), None);
        let moved = unchanged.moved(Some(&json!({"properties": {"a": 1, "b": 2}}))).expect("b has moved");
        assert!(moved.contains("properties.b"), "{moved}");
        assert!(unchanged.moved(None).is_some());
    }
}
