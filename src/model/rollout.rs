//! How a change that Azure takes only with zero nodes reaches something that is working: what the user wants, and what a
//! kind knows of being emptied and filled again. Values and words; which steps follow is planning's business.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::job_move::JobMove;
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

/// What the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollout {
    /// The way.
    pub strategy: Strategy,
    /// How long tasks may take to end.
    pub deadline: Duration,
    /// What happens when they have not ended by then.
    pub on_deadline: OnDeadline,
    /// Whether the file agrees that what works is deleted with its tasks.
    pub allow_replace: bool,
    /// Whether one that does not become usable goes back to the image that it had.
    pub rollback: bool,
}

/// What is remembered on a resource while a change reaches it: what a later run cannot know otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// Its size, where the file says none.
    pub size: Option<Value>,
    /// The image that it had, where it may have to go back.
    pub image: Option<String>,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            strategy: Strategy::Drain,
            deadline: Duration::from_hours(4),
            on_deadline: OnDeadline::Stop,
            allow_replace: false,
            rollback: false,
        }
    }
}

/// The way a change reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// It is emptied as its tasks end, changed, and filled again.
    Drain,
    /// A second one is made beside it, what works on it moves over, and it goes when nothing uses it.
    BlueGreen,
    /// It is deleted with its tasks, and made again.
    Replace,
    /// It does not: the difference is only told.
    Hold,
}

/// In which order resources get what needs zero nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// The wave of each, counted from 0; what is in none comes last.
    pub wave_of: BTreeMap<Address, usize>,
    /// At most so many at a time.
    pub at_once: Option<u32>,
}

impl Order {
    /// The wave of one.
    pub fn wave_of(&self, address: &Address) -> usize {
        self.wave_of.get(address).copied().unwrap_or(usize::MAX)
    }
}

/// What happens to tasks that still run at the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDeadline {
    /// They go on: emptying is given up, and it gets its size back.
    Stop,
    /// They are stopped, and queued again.
    Requeue,
}

/// What becomes of the tasks on nodes that are taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tasks {
    /// As the file says, and otherwise they end first.
    AsWritten,
    /// They are stopped, and queued again.
    Requeued,
}

/// What a kind knows of two resources that stand for one entry of a file, while one takes the place of the other.
pub trait Twins: Debug + Sync {
    /// The name in the file that a live one stands for, where it is called otherwise.
    fn stands_for<'a>(&self, live: &'a Live) -> Option<&'a str>;

    /// The name of a twin of `id`, which differs by `what` from the other.
    fn twin_name(&self, id: &str, what: &str) -> String;

    /// Makes a body that of a twin of `id`: with its own mark, and so that it is known again.
    fn become_twin(&self, body: &mut Value, id: &str, mark: &str);

    /// What moves from one to the other, given what contains both; none where that does not tell how to reach it.
    fn moving(&self, from: &str, to: &str, parent: &Live, deadline: Duration) -> Option<JobMove>;
}

/// What a kind knows of being emptied and filled again.
pub trait Emptying: Debug + Sync {
    /// The unit that sizes it.
    fn sizing(&self) -> &'static str;

    /// Whether it is empty, and nothing is under way.
    fn is_empty(&self, live: &Live) -> bool;

    /// Whether it was told to be empty, and is not yet.
    fn is_under_way(&self, live: &Live) -> bool;

    /// How many nodes it has.
    fn nodes(&self, live: &Live) -> u64;

    /// The body of the PATCH that empties it.
    fn empty(&self, desired: &Value, tasks: Tasks, within: Duration) -> Value;

    /// Lets the tasks end on nodes that go because of the size in a body, unless it says otherwise.
    fn gently(&self, body: &mut Value);

    /// The request that ends what is under way.
    fn stop(&self, id: &ResourceId) -> Request;

    /// What it remembers.
    fn memory(&self, live: &Live) -> Memory;

    /// What a run that empties it has it remember.
    fn to_remember(&self, desired: &Value, live: &Live, wanted: Rollout) -> Memory;

    /// Puts a memory, or none, into a body.
    fn remember(&self, body: &mut Value, memory: &Memory);

    /// The unit that a memory is part of.
    fn remembering(&self) -> &'static str;

    /// The image that a body is about.
    fn image<'a>(&self, body: &'a Value) -> Option<&'a str>;

    /// Puts another image into a body, with what belonged to it before.
    fn take_image(&self, body: &mut Value, image: &str, before: Option<&Value>);

    /// What shows in a live body that it has the size and the image of this one, and nobody has given it others.
    fn sized_as(&self, body: &Value) -> Vec<(String, Option<Value>)>;

    /// Gives a body that says nothing of the size that of a live one.
    fn give_size(&self, body: &mut Value, live: &Live);

    /// Gives a body that says nothing of the size the one that it had before an earlier run emptied it.
    fn recall(&self, desired: &mut Value, live: &Live);
}
