//! What the files ask for, lowered to Azure's bodies: the nodes and edges that planning compares with what is live.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::diag::Place;
use crate::model::address::Address;
use crate::model::chain::Chain;
use crate::model::kind::Planning;
use crate::model::mark::Owner;
use crate::model::pending::{Pending, RegionOf};
use crate::model::resource_id::ResourceId;
use crate::model::retention::Retention;
use crate::model::rollout::{Order, Rollout};
use crate::model::upload::DiskFile;

/// All that one run is about.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Whose the run is.
    pub owner: Owner,
    /// The resources that the stack makes and keeps.
    pub desired: BTreeMap<Address, Desired>,
    /// The resources that it only refers to.
    pub referenced: BTreeMap<Address, Referenced>,
    /// Every kind there is, for what was observed beside the stack's own resources.
    pub kinds: &'static [&'static dyn Planning],
    /// Subscriptions and resource groups in which the stack has, or had, resources: leftovers are looked for there, and in the
    /// groups that bear its mark.
    pub homes: BTreeSet<(String, String)>,
    /// How old versions go, by the image they are of.
    pub retention: BTreeMap<Address, Retention>,
    /// In which order pools get what needs zero nodes.
    pub rollout: Order,
}

/// A resource that the stack makes and keeps. It prints without its body, in which secrets stand in clear.
#[derive(Clone)]
pub struct Desired {
    /// Its address.
    pub address: Address,
    /// How planning treats its kind.
    pub kind: &'static dyn Planning,
    /// Where its entry stands.
    pub place: Place,
    /// Its id in Azure.
    pub id: ResourceId,
    /// What creating it would send. What is pending is `null` here until planning fills it in.
    pub body: Value,
    /// Where each value of the body was written, by JSON pointer into the body.
    pub places: BTreeMap<String, Place>,
    /// The values that planning fills in.
    pub pending: Vec<Pending>,
    /// What must be there before it can be written.
    pub needs: Vec<Need>,
    /// The files on this machine that are uploaded before it is made.
    pub files: Vec<DiskFile>,
    /// What the user says about how to treat it.
    pub wishes: Wishes,
}

impl fmt::Debug for Desired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind, place, id, body: _, places, pending, needs, files, wishes } = self;
        f.debug_struct("Desired")
            .field("address", address)
            .field("kind", kind)
            .field("place", place)
            .field("id", id)
            .field("places", places)
            .field("pending", pending)
            .field("needs", needs)
            .field("files", files)
            .field("wishes", wishes)
            .finish_non_exhaustive()
    }
}

/// A name as one part of a JSON pointer, such as those of [`Desired::places`].
pub fn pointer_part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Desired {
    /// The way from a virtual machine, where it is made by way of copies of that one's disks.
    pub fn chain(&self) -> Option<&Chain> {
        self.pending.iter().find_map(Pending::chain)
    }
}

/// What the user says about how to treat a resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `adopt: true`: take it over if it exists without our mark.
    pub adopt: bool,
    /// `protect: true`: never remove or replace it.
    pub protect: bool,
    /// `remove: true`: take it away (image versions, which are never removed by absence).
    pub remove: bool,
    /// `rollout`: how a change that needs zero nodes reaches it while it works.
    pub rollout: Rollout,
}

/// An edge: this resource cannot be written before that one is far enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The other resource.
    pub on: Address,
    /// How far it must be.
    pub until: Until,
    /// Where the reference is written.
    pub place: Place,
}

/// How far a needed resource must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// There, and settled. Needed only to create: once the resource exists, the other may go.
    SettledToCreate,
    /// There, and settled.
    Settled,
    /// Complete in this region.
    ReadyIn(RegionOf),
}

/// A resource that the stack refers to and never writes.
#[derive(Debug, Clone)]
pub struct Referenced {
    /// Its id.
    pub id: ResourceId,
    /// The api-version it is read with.
    pub api_version: &'static str,
    /// Where it is named.
    pub place: Place,
    /// The region the file says it is in, checked against what is live.
    pub location: Option<String>,
    /// What waiting for it means, where it is of a kind that we know.
    pub kind: Option<&'static dyn Planning>,
}

impl Graph {
    /// The id of a resource that the stack makes or refers to.
    pub fn id(&self, address: &Address) -> Option<&ResourceId> {
        self.desired
            .get(address)
            .map(|desired| &desired.id)
            .or_else(|| self.referenced.get(address).map(|referenced| &referenced.id))
    }
}
