//! What Azure takes by no write: an action that is posted to a resource beside it, and the wait until that is in effect.
//! Values only: a kind says which are needed, and planning makes steps of them.

use serde_json::Value;

use crate::model::wait::Wait;

/// One action on a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What it does, in a word or two: the name of its step.
    pub name: &'static str,
    /// What it does, in full, for whoever reads the plan.
    pub course: String,
    /// The last part of the path that is posted to: `share`.
    pub action: &'static str,
    /// What is posted.
    pub body: Value,
    /// Whether it comes before the write, or the deletion; otherwise after the resource has settled.
    pub first: bool,
    /// Until when the next step waits.
    pub done: Wait,
}
