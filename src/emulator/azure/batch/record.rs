//! What jobs, job schedules and tasks have in common: a resource, kept with what is never answered about it.
//! Stores and reads back; what is kept, and what it means, is each kind's own.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::clock::Moment;
use crate::emulator::store::{Resource, World};

/// What is kept beside the body of one kind of resource.
pub(crate) trait Kept: Serialize + DeserializeOwned + Default {
    /// The kind they are filed under.
    const KIND: &'static str;
    /// Where they stand below their parent.
    const COLLECTION: &'static str;

    /// When something about it is due next.
    fn due(&self) -> Option<Moment>;
}

/// A resource with what Azure never answers about it.
#[derive(Clone, Debug)]
pub(crate) struct Record<K> {
    pub(crate) resource: Resource,
    pub(crate) hidden: K,
}

/// A state in the word that is answered, and since when.
pub(crate) type Since<'a> = (&'a str, Moment);

impl<K: Kept> Record<K> {
    /// Takes a stored resource for a record of its kind.
    pub(crate) fn of(resource: &Resource) -> Record<K> {
        let hidden = K::deserialize(&resource.hidden).unwrap_or_default();
        Record { resource: resource.clone(), hidden }
    }

    /// A new one below a parent, not yet stored. `body` holds what was asked for, complete, with its `id`.
    pub(crate) fn new(parent: &str, body: Value, hidden: K, now: Moment) -> Record<K> {
        let id = format!("{parent}/{}/{}", K::COLLECTION, body["id"].as_str().unwrap_or_default());
        let kind = K::KIND.to_owned();
        let resource = Resource { id, kind, body, created_at: now, ..Resource::default() };
        Record { resource, hidden }
    }

    /// The one of that resource id, in any case.
    pub(crate) fn find(world: &World, id: &str) -> Option<Record<K>> {
        world.get(id).filter(|found| found.kind == K::KIND).map(Record::of)
    }

    /// The one of that name below a parent, in any case.
    pub(crate) fn named(world: &World, parent: &str, name: &str) -> Option<Record<K>> {
        Record::find(world, &format!("{parent}/{}/{name}", K::COLLECTION))
    }

    /// Those below a parent as they are stored, in the order of their ids: to be passed over without being read.
    pub(crate) fn stored<'a>(
        world: &'a World,
        parent: &str,
    ) -> impl Iterator<Item = &'a Resource> + use<'a, K> {
        world.children(&format!("{parent}/{}", K::COLLECTION), K::KIND)
    }

    /// Stores it with a new `ETag`: it was changed from outside.
    pub(crate) fn save_changed(mut self, world: &mut World) -> Record<K> {
        self.resource.etag = world.next_etag();
        self.resource.changed_at = world.now;
        self.save(world)
    }

    /// Stores it as it is: only time passed.
    pub(crate) fn save(mut self, world: &mut World) -> Record<K> {
        self.resource.due = self.hidden.due();
        self.resource.hidden = serde_json::to_value(&self.hidden).unwrap_or_default();
        world.put(self.resource.clone());
        self
    }

    /// Its id below its parent, as it was created.
    pub(crate) fn name(&self) -> &str {
        self.resource.body["id"].as_str().unwrap_or_default()
    }

    /// The resource id of its parent.
    pub(crate) fn parent_id(&self) -> &str {
        let id = &self.resource.id;
        let parent = id.rsplit_once('/').and_then(|(collection, _)| collection.rsplit_once('/'));
        parent.map_or(id.as_str(), |(parent, _)| parent)
    }

    /// Adds what is answered of all of them alike.
    pub(crate) fn print_onto(&self, out: &mut Value, url: &str, state: Since, previous: Option<Since>) {
        for (name, value) in [
            ("url", json!(url)),
            ("eTag", json!(self.resource.etag)),
            ("lastModified", json!(self.resource.changed_at.rfc3339())),
            ("creationTime", json!(self.resource.created_at.rfc3339())),
            ("state", json!(state.0)),
            ("stateTransitionTime", json!(state.1.rfc3339())),
        ] {
            out[name] = value;
        }
        if let Some((state, since)) = previous {
            out["previousState"] = json!(state);
            out["previousStateTransitionTime"] = json!(since.rfc3339());
        }
    }
}
