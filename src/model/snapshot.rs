//! The whole live state that a plan rests on, as a value.
//! A *snapshot* is what was observed; Azure's own snapshots are always called disk snapshots.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::resource_id::ResourceId;
use crate::model::upload::{BlobName, Content, Found};

/// What Azure said about one address.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed {
    /// It is there.
    Present(Live),
    /// Azure says that it is not there.
    Absent,
    /// Azure did not say; it may be there. The text is why.
    Unreadable(String),
}

/// A resource as Azure answered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Its id, as Azure spells it.
    pub id: ResourceId,
    /// Its body.
    pub body: Value,
    /// What a second list says about it (a pool's node counts). `None` where there is none or it could not be read.
    pub companion: Option<Value>,
}

impl Live {
    /// The region it is in, if it has one.
    pub fn location(&self) -> Option<&str> {
        self.body.get("location").and_then(Value::as_str)
    }

    /// Whether Azure is deleting it: it is still shown, takes no write any more, and will be gone.
    pub fn is_going(&self) -> bool {
        let state = self.body.pointer("/properties/provisioningState").and_then(Value::as_str);
        state.is_some_and(|state| state.eq_ignore_ascii_case("Deleting"))
    }
}

/// All that was observed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// By address: every resource that the graph holds or refers to.
    pub resources: BTreeMap<Address, Observed>,
    /// What the lists showed beside those, by kind: leftovers of the stack, users of an image, other versions.
    pub others: BTreeMap<&'static str, Vec<Live>>,
    /// The virtual machines that versions are still to be made of by way of copies of their disks.
    pub machines: BTreeMap<ResourceId, Observed>,
    /// What could not be read, beyond single addresses: lists and companions, with the reason.
    pub unreadable: Vec<Gap>,
    /// What the files on this machine hold that have to be uploaded, or why they cannot be read, by path.
    pub contents: BTreeMap<PathBuf, Result<Arc<Content>, String>>,
    /// The blobs that they are uploaded to.
    pub blobs: BTreeMap<BlobName, FoundBlob>,
    /// What may boot the stack's images anywhere; `None`: nobody asked, because no version goes for its age.
    pub consumers: Option<Consumers>,
}

/// What boots images in whole subscriptions, whoever made it. It is only looked at: nothing here is the stack's to remove.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consumers {
    /// What they are inside of, which has their regions.
    pub containers: Vec<Live>,
    /// The resources, by kind.
    pub lives: BTreeMap<&'static str, Vec<Live>>,
    /// What could not be read. There may be consumers in it.
    pub unread: Vec<Gap>,
}

/// What was learned of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundBlob {
    /// How it is.
    Read(Found),
    /// Azure refuses it for a reason that something can be done about.
    Refused {
        /// Why.
        why: String,
        /// What to do.
        way_out: String,
    },
    /// Nothing; the text is why.
    Unreadable(String),
}

/// A list that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The kind it would have shown.
    pub kind: &'static str,
    /// What was asked for, in words or as a path.
    pub what: String,
    /// Why it could not be read.
    pub why: String,
}

impl Snapshot {
    /// The live resource at an address, if it is there.
    pub fn live(&self, address: &Address) -> Option<&Live> {
        match self.resources.get(address) {
            Some(Observed::Present(live)) => Some(live),
            _ => None,
        }
    }

    /// Whether what the files ask for at an address is still to be made: nothing is there, or it is just going. Not so where
    /// that is unknown.
    pub fn is_to_be_made(&self, address: &Address) -> bool {
        match self.resources.get(address) {
            Some(Observed::Absent) => true,
            Some(Observed::Present(live)) => live.is_going(),
            Some(Observed::Unreadable(_)) | None => false,
        }
    }

    /// Every live resource of a kind, in the stack or beside it.
    pub fn all_of(&self, kind: &str) -> impl Iterator<Item = &Live> {
        // The addresses of a kind stand together; all of them would be too many to look through for each resource.
        let of_kind = self.resources.range(Address::new(kind, [""])..);
        let of_kind = of_kind.take_while(move |(address, _)| address.kind() == kind);
        let ours = of_kind.filter_map(|(_, observed)| match observed {
            Observed::Present(live) => Some(live),
            Observed::Absent | Observed::Unreadable(_) => None,
        });
        ours.chain(self.others.get(kind).into_iter().flatten())
    }

    /// The same, and what was read of the kind in whole subscriptions; what is in both comes twice.
    pub fn anywhere(&self, kind: &str) -> impl Iterator<Item = &Live> {
        let beside = self.consumers.iter().filter_map(|consumers| consumers.lives.get(kind));
        self.all_of(kind).chain(beside.flatten())
    }
}
