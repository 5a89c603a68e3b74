//! What planning needs to know of a kind. The kinds implement it; planning sees nothing else of them.

use std::fmt::Debug;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::chain::Link;
use crate::model::desired::Desired;
use crate::model::field::{FieldRule, Forces};
use crate::model::mark::{self, Owner};
use crate::model::plan::Change;
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::rollout::{Emptying, Twins};
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::Milestone;
use crate::model::wait::Wait;

/// How planning treats the resources of one kind.
pub trait Planning: Debug + Sync {
    /// The kind's name, the first part of its addresses: `image-version`.
    fn name(&self) -> &'static str;

    /// Azure's type: `Microsoft.Compute/galleries/images/versions`.
    fn azure_type(&self) -> &'static str;

    /// The pinned api-version it is read and written with.
    fn api_version(&self) -> &'static str;

    /// What is known of its properties.
    fn fields(&self) -> &'static [FieldRule];

    /// Where its mark stands.
    fn mark_home(&self) -> MarkHome {
        MarkHome::Tags
    }

    /// The name that an owner gives to what a live one is: for a kind whose name is its mark.
    fn derived_name(&self, owner: &Owner, live: &Live) -> Option<String> {
        let _ = (owner, live);
        None
    }

    /// Whether a live one under another name is what this one would be: Azure takes it once.
    fn is_same(&self, desired: &Desired, live: &Live) -> bool {
        let _ = (desired, live);
        false
    }

    /// What tells a live one from its like, as part of an address.
    fn called(&self, live: &Live) -> String {
        live.id.name().to_owned()
    }

    /// Whether it is attached to resources, groups and subscriptions, wherever they are, and inside nothing.
    fn is_attached(&self) -> bool {
        false
    }

    /// The action that brings it about, for what is nobody's: it is posted where the state is another, and undone by nobody.
    /// Such a one is read by itself, bears no mark, and where it could not be read, what needs it goes on.
    fn brought_about_by(&self) -> Option<&'static str> {
        None
    }

    /// The list of all that is inside a live one, of kinds that nobody here knows, where removing it takes that along. It
    /// becomes the live one's companion; only an empty one is removed.
    fn content(&self, live: &Live) -> Option<Request> {
        let _ = live;
        None
    }

    /// Whether Azure has a PATCH for it; otherwise a change is sent with the whole body.
    fn has_patch(&self) -> bool {
        true
    }

    /// Whether Azure answers an `ETag` and takes `If-Match` and `If-None-Match` on writes.
    fn has_etag(&self) -> bool {
        false
    }

    /// With which query a read tells more, where that costs a request for each resource.
    fn detail(&self) -> Option<Detail> {
        None
    }

    /// A second list that tells something about all resources of this kind inside `parent`.
    fn companion(&self, parent: &Live) -> Option<Companion> {
        let _ = parent;
        None
    }

    /// What it passes on its way to ready, in order, given the body it shall have. Each is judged on the live body
    /// to tell ready from unfinished, and becomes a step where there is something to wait for.
    fn waypoints(&self, target: Target<'_>, snapshot: &Snapshot) -> Vec<Waypoint>;

    /// Why Azure would refuse this change as the resource is now, and the ways out; `None` if it is taken.
    fn refusal(&self, change: &Change, live: &Live) -> Option<Refusal> {
        let _ = live;
        Refusal::by_rule(change)
    }

    /// The actions that bring about what no write carries, in their order. Without a desired body the resource goes; without
    /// a live one it is made.
    fn calls(&self, id: &ResourceId, desired: Option<&Value>, live: Option<&Live>) -> Vec<Call> {
        let _ = (id, desired, live);
        Vec::new()
    }

    /// Whether a change of such a resource is made by its calls alone.
    fn is_called(&self, change: &Change, desired: &Value) -> bool {
        let _ = desired;
        change.forces == Forces::Call
    }

    /// Completes a PATCH body with what Azure demands beside the units that change.
    fn complete_patch(&self, live: &Value, patch: &mut Value) {
        let _ = (live, patch);
    }

    /// The units that are sent again when the last try has failed; none: the whole body.
    fn retry_units(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether Azure takes a change of this unit also while it is at work on the resource.
    fn taken_while_busy(&self, unit: &str) -> bool {
        let _ = unit;
        false
    }

    /// Whether Azure is doing nothing with the resource now, so that what is unmet will not come by itself.
    fn at_rest(&self, live: &Live) -> bool {
        let _ = live;
        false
    }

    /// What is known of emptying it for a change of [`Forces::ZeroNodes`]; none for a kind that has no nodes.
    fn emptying(&self) -> Option<&'static dyn Emptying> {
        None
    }

    /// What is known of a second one that takes the place of the first; none for a kind that has no such thing.
    fn twins(&self) -> Option<&'static dyn Twins> {
        None
    }

    /// What it is on the way from a virtual machine to an image version; none for a kind that is on no such way.
    fn link(&self) -> Option<Link> {
        None
    }

    /// The resources that a live one uses: none of them may be removed while it is there.
    fn uses(&self, live: &Live) -> Vec<ResourceId> {
        let _ = live;
        Vec::new()
    }

    /// Whether it boots images, also those that other stacks and subscriptions publish.
    fn boots_images(&self) -> bool {
        false
    }

    /// Whether one that is ours and no longer in the files is removed.
    fn removed_by_absence(&self) -> bool {
        true
    }
}

/// What a list of resources does not tell, and a read of one does.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// The query parameter.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
    /// Whose it is.
    pub of: DetailOf,
}

/// The resources that are read for their details.
#[derive(Debug, Clone, Copy)]
pub enum DetailOf {
    /// Those that are not ready, or that something waits for, and the newest few.
    Newest,
    /// Those that this says it of, by what is desired, if anything is, and by what a list shows.
    Those(fn(Option<&Value>, &Live) -> bool),
}

impl DetailOf {
    /// Whether the details of this one are read, whatever else is.
    pub fn includes(&self, desired: Option<&Value>, live: &Live) -> bool {
        match self {
            Self::Newest => false,
            Self::Those(is_one) => is_one(desired, live),
        }
    }
}

impl Detail {
    /// The read that tells it.
    pub fn read(&self, id: &ResourceId, api_version: &'static str) -> Request {
        Request::get(id, api_version).with_query(self.name, self.value)
    }
}

/// A list whose entries belong to the resources of a kind, one each.
#[derive(Debug, Clone, PartialEq)]
pub struct Companion {
    /// Reads the list.
    pub request: Request,
    /// The property of an entry that holds the name of the resource it belongs to.
    pub key: &'static str,
    /// What it is, in words.
    pub what: &'static str,
}

/// A resource as far as waiting for it goes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its id.
    pub id: &'a ResourceId,
    /// The body it shall have, or has.
    pub body: &'a Value,
    /// How it is now.
    pub live: Option<&'a Live>,
}

impl<'a> Target<'a> {
    /// A desired resource, with how it is now.
    pub fn of(desired: &'a Desired, live: Option<&'a Live>) -> Self {
        Self { id: &desired.id, body: &desired.body, live }
    }
}

/// A point on the way, and how to wait for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Waypoint {
    /// The point.
    pub milestone: Milestone,
    /// The wait.
    pub wait: Wait,
    /// Whether the companion of the live resource is judged instead of its body.
    pub on_companion: bool,
    /// Whether it comes before those that follow it in the list; otherwise all of them start together.
    pub gates_next: bool,
}

/// Where a kind's mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkHome {
    /// A tag.
    Tags,
    /// An entry of `properties.metadata`.
    Metadata,
    /// It has no place for a mark: its own name is derived from whose it is.
    Name,
}

impl MarkHome {
    /// The mark on a body.
    pub fn read(self, body: &Value) -> Option<&str> {
        match self {
            Self::Tags => body.get("tags")?.get(mark::KEY)?.as_str(),
            Self::Metadata => {
                let entries = body.pointer("/properties/metadata")?.as_array()?;
                let is_it = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some(mark::KEY);
                entries.iter().find(is_it)?.get("value")?.as_str()
            }
            Self::Name => None,
        }
    }
}

/// Why a change cannot be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: String,
    /// What a user can do.
    pub ways_out: Vec<String>,
}

impl Refusal {
    /// What follows from the rule alone.
    pub fn by_rule(change: &Change) -> Option<Self> {
        match change.forces {
            Forces::Never(instead) => Some(Self {
                reason: format!("`{}` cannot be changed once the resource exists", change.property),
                ways_out: vec![instead.to_owned()],
            }),
            _ => None,
        }
    }
}
