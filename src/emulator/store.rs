//! The world the emulator keeps: every resource by its id, and what changed since the last answer.
//! Writes no files (`journal` does) and knows no resource types (`azure` does).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::emulator::arm_id::ArmId;
use crate::emulator::clock::{Mode, Moment};
use crate::emulator::endpoints::Endpoints;
use crate::emulator::fault::Faults;
use crate::emulator::guid;
use crate::emulator::router;
use crate::emulator::timings::Timings;

/// The kind of what the emulator remembers for itself: no resource of Azure's.
pub(crate) const OWN: &str = "emulator";

/// One thing in the world: a resource, a resource group, a subscription, an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    /// The id in its canonical spelling.
    pub(crate) id: String,
    /// The type path in lower case, such as `microsoft.compute/galleries/images`.
    pub(crate) kind: String,
    /// What Azure answers, without what is computed when it is read.
    pub(crate) body: Value,
    /// What Azure never answers: when things began, secrets' hashes, where a copy came from.
    #[serde(default)]
    pub(crate) hidden: Value,
    /// Changes with every write; quoted where it is sent.
    #[serde(default)]
    pub(crate) etag: String,
    /// When it was made.
    #[serde(default)]
    pub(crate) created_at: Moment,
    /// When it was written last.
    #[serde(default)]
    pub(crate) changed_at: Moment,
    /// When something about it is next due: its kind's `settle` is called then.
    #[serde(default)]
    pub(crate) due: Option<Moment>,
}

impl Resource {
    /// What it is filed under.
    pub(crate) fn key(&self) -> String {
        self.id.to_ascii_lowercase()
    }
}

/// What has changed, or everything there is as changes from nothing: as it is written.
#[derive(Debug, Serialize)]
pub(crate) struct Written<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) set: Vec<&'a Resource>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gone: Vec<&'a str>,
    pub(crate) counter: u64,
    pub(crate) now: Moment,
}

impl Written<'_> {
    /// True when nothing was changed; time may have passed.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.gone.is_empty()
    }
}

/// The same as it is read back.
#[derive(Debug, Deserialize)]
pub(crate) struct Changes {
    #[serde(default)]
    set: Vec<Resource>,
    #[serde(default)]
    gone: Vec<String>,
    #[serde(default)]
    counter: u64,
    #[serde(default)]
    now: Moment,
}

/// Every resource, and the settings that its handlers need.
#[derive(Debug)]
pub(crate) struct World {
    resources: BTreeMap<String, Resource>,
    due: BTreeSet<(Moment, String)>,
    /// What stood under each key that was written since the last commit.
    before: BTreeMap<String, Option<Resource>>,
    counter: u64,
    /// The moment of the request in hand.
    pub(crate) now: Moment,
    /// How time passes, for Retry-After.
    pub(crate) mode: Mode,
    /// How long things take.
    pub(crate) timings: Timings,
    /// Entries of a list in one page.
    pub(crate) page_size: usize,
    /// What goes wrong, by script.
    pub(crate) faults: Faults,
    /// Where ARM, sign-in and every Batch account are reached.
    pub(crate) endpoints: Endpoints,
}

impl World {
    pub(crate) fn new(mode: Mode, timings: Timings, page_size: usize, endpoints: Endpoints) -> World {
        World {
            resources: BTreeMap::new(),
            due: BTreeSet::new(),
            before: BTreeMap::new(),
            counter: 0,
            now: Moment::START,
            mode,
            timings,
            page_size,
            faults: Faults::default(),
            endpoints,
        }
    }

    /// The resource of that id, in any case.
    pub(crate) fn get(&self, id: &str) -> Option<&Resource> {
        match self.resources.get(id) {
            Some(found) => Some(found),
            None => self.resources.get(&id.to_ascii_lowercase()),
        }
    }

    /// True when a resource of that id exists.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// Files a resource under its id, in place of what stood there.
    pub(crate) fn put(&mut self, resource: Resource) {
        let (key, due) = (resource.key(), resource.due);
        let old = self.resources.insert(key.clone(), resource);
        self.reschedule(&key, old.as_ref().and_then(|old| old.due), due);
        self.before.entry(key).or_insert(old);
    }

    /// Changes a resource in place, all but its id; does nothing when there is none.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Resource)) {
        let key = id.to_ascii_lowercase();
        let Some(resource) = self.resources.get_mut(&key) else { return };
        if !self.before.contains_key(&key) {
            self.before.insert(key.clone(), Some(resource.clone()));
        }
        let was = resource.due;
        change(resource);
        let is = resource.due;
        self.reschedule(&key, was, is);
    }

    /// Takes a resource away, and with it what is attached to it (role assignments, for one).
    pub(crate) fn remove(&mut self, id: &str) -> Option<Resource> {
        let key = id.to_ascii_lowercase();
        let attached: Vec<String> =
            self.from(format!("{key}/providers/")).map(|(key, _)| key.to_owned()).collect();
        for key in attached {
            self.take(key);
        }
        self.take(key)
    }

    fn take(&mut self, key: String) -> Option<Resource> {
        let old = self.resources.remove(&key)?;
        self.reschedule(&key, old.due, None);
        self.before.entry(key).or_insert_with(|| Some(old.clone()));
        Some(old)
    }

    fn reschedule(&mut self, key: &str, was: Option<Moment>, is: Option<Moment>) {
        if was == is {
            return;
        }
        if let Some(due) = was {
            self.due.remove(&(due, key.to_owned()));
        }
        if let Some(due) = is {
            self.due.insert((due, key.to_owned()));
        }
    }

    /// Resources of a kind below an id (a subscription, a group, a parent), in the order of their keys.
    /// An empty scope means everywhere.
    pub(crate) fn below<'a>(
        &'a self,
        scope: &str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        self.all_below(scope).filter(move |resource| resource.kind == kind)
    }

    /// Everything below an id, in the order of the keys; below a resource only what is nested in it, not what is
    /// attached to it.
    pub(crate) fn all_below<'a>(&'a self, scope: &str) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let prefix = format!("{}/", scope.to_ascii_lowercase());
        let attached = prefix.contains("/providers/").then(|| format!("{prefix}providers/"));
        self.from(prefix)
            .filter(move |(key, _)| attached.as_ref().is_none_or(|attached| !key.starts_with(attached)))
            .map(|(_, resource)| resource)
    }

    /// Resources of a kind right below a collection (`…/batchAccounts/a/jobs`), in the order of their keys. What is
    /// nested in them is not even looked at: a job may have 100,000 tasks.
    pub(crate) fn children<'a>(
        &'a self,
        collection: &str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let prefix = format!("{}/", collection.to_ascii_lowercase());
        let from = |start: &str| self.resources.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        let mut rest = from(&prefix);
        let step = move || loop {
            let (key, found) = rest.next()?;
            match key.strip_prefix(&prefix)?.split_once('/') {
                // `0` follows `/`: from there on everything below that name is behind.
                Some((name, _)) => rest = from(&format!("{prefix}{name}0")),
                None if found.kind == kind => return Some(found),
                None => {}
            }
        };
        std::iter::from_fn(step)
    }

    /// Everything whose key begins so, in the order of the keys, with them.
    fn from(&self, prefix: String) -> impl Iterator<Item = (&str, &Resource)> + use<'_> {
        let start = Bound::Included(prefix.clone());
        self.resources
            .range((start, Bound::Unbounded))
            .map(|(key, resource)| (key.as_str(), resource))
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// The canonical spelling of an id: that of the resource, or of its nearest parent that exists.
    pub(crate) fn canonical(&self, id: &ArmId) -> String {
        if let Some(found) = self.get(&id.path()) {
            return found.id.clone();
        }
        let Some(parent) = id.parent() else {
            let mut id = id.clone();
            if let Some(scope) = id.scope.as_deref().and_then(ArmId::parse) {
                id.scope = Some(self.canonical(&scope));
            }
            id.subscription = id.subscription.map(|text| text.to_ascii_lowercase());
            if let Some(group) = id.group_key().and_then(|key| self.get(&key)) {
                id.group = group.body["name"].as_str().map(str::to_owned);
            }
            let kind = router::canonical_kind(&id.kind());
            if let (Some(_), Some((namespace, types))) = (&id.namespace, kind.split_once('/')) {
                id.namespace = Some(namespace.to_owned());
                id.types = types.split('/').map(str::to_owned).collect();
            }
            return id.path();
        };
        let kind = router::canonical_kind(&id.kind());
        let last = kind.rsplit('/').next().unwrap_or_default();
        format!("{}/{last}/{}", self.canonical(&parent), id.name())
    }

    /// A number that was never given before in this world.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A GUID that was never given before in this world, the same in every run.
    pub(crate) fn next_guid(&mut self) -> String {
        guid::guid(self.next_number(), 0x9e37_79b9_7f4a_7c15)
    }

    /// An `ETag` that was never given before, in the form Batch gives them: `0x8DE4B0C3A1B2C3D`.
    pub(crate) fn next_etag(&mut self) -> String {
        format!("0x8DE{:012X}", guid::mix(self.next_number(), 0x51ed_270b) & 0xffff_ffff_ffff)
    }

    /// The first resource that is due by then, and when it was. From now on it is due no more, unless whoever settles it
    /// says so again.
    pub(crate) fn take_due(&mut self, by: Moment) -> Option<(Moment, String)> {
        let (at, key) = self.due.first().filter(|(at, _)| *at <= by).cloned()?;
        self.edit(&key, |resource| resource.due = None);
        Some((at, key))
    }

    /// What has been written since the last commit, and how it was before.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (&str, Option<&Resource>)> {
        self.before.iter().map(|(key, before)| (key.as_str(), before.as_ref()))
    }

    /// What has changed since the last commit.
    pub(crate) fn changes(&self) -> Written<'_> {
        let mut changes = Written { set: Vec::new(), gone: Vec::new(), counter: self.counter, now: self.now };
        for (key, before) in self.touched() {
            match (before, self.resources.get(key)) {
                (Some(before), Some(now)) if before == now => {}
                (_, Some(now)) => changes.set.push(now),
                (Some(_), None) => changes.gone.push(key),
                (None, None) => {}
            }
        }
        changes
    }

    /// Everything, in the form of changes: the journal's snapshot.
    pub(crate) fn everything(&self) -> Written<'_> {
        let set = self.resources.values().collect();
        Written { set, gone: Vec::new(), counter: self.counter, now: self.now }
    }

    /// Makes what has changed final.
    pub(crate) fn commit(&mut self) {
        self.before.clear();
    }

    /// Undoes everything since the last commit: a refused request leaves no trace.
    pub(crate) fn roll_back(&mut self) {
        for (key, before) in std::mem::take(&mut self.before) {
            let due = before.as_ref().and_then(|old| old.due);
            let undone = match before {
                Some(old) => self.resources.insert(key.clone(), old),
                None => self.resources.remove(&key),
            };
            self.reschedule(&key, undone.and_then(|undone| undone.due), due);
        }
    }

    /// Takes changes over as they stand in the journal.
    pub(crate) fn replay(&mut self, changes: Changes) {
        for resource in changes.set {
            self.put(resource);
        }
        for key in changes.gone {
            self.remove(&key);
        }
        self.counter = self.counter.max(changes.counter);
        self.now = self.now.max(changes.now);
        self.commit();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn world() -> World {
        World::new(Mode::Manual, Timings::default(), 100, Endpoints::in_process())
    }

    fn thing(id: &str, due: Option<Moment>) -> Resource {
        Resource { id: id.into(), kind: "k".into(), body: json!({}), due, ..Resource::default() }
    }

    #[test]
    fn a_roll_back_leaves_no_trace() {
        let mut world = world();
        world.put(thing("/A/b", Some(Moment::START)));
        world.commit();
        world.edit("/a/B", |it| it.due = None);
        world.put(thing("/a/c", None));
        world.remove("/a/b");
        world.roll_back();
        assert_eq!(world.get("/a/b").unwrap().due, Some(Moment::START));
        assert!(!world.has("/a/c"));
        assert!(world.changes().is_empty());
        assert_eq!(world.take_due(Moment::START), Some((Moment::START, "/a/b".into())));
        assert_eq!((world.take_due(Moment::START), world.get("/a/b").unwrap().due), (None, None));
    }

    #[test]
    fn lists_hold_what_lies_below_and_not_what_only_starts_alike() {
        let mut world = world();
        for id in ["/a/x", "/a/x/1", "/a/x/2", "/a/x2/3"] {
            world.put(thing(id, None));
        }
        let ids: Vec<&str> = world.below("/A/X", "k").map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["/a/x/1", "/a/x/2"]);
    }

    #[test]
    fn children_are_listed_without_what_is_nested_in_them() {
        let mut world = world();
        for id in ["/j/a", "/j/a/t/1", "/j/a/t/2", "/j/a-1", "/j/a-1/t/1", "/j/A0", "/j/b/t/1", "/j/c", "/k"]
        {
            world.put(thing(id, None));
        }
        world.put(Resource { kind: "other".into(), ..thing("/j/d", None) });
        let ids: Vec<&str> = world.children("/J", "k").map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["/j/a", "/j/a-1", "/j/A0", "/j/c"]);
    }

    #[test]
    fn what_is_attached_is_not_nested_and_goes_with_its_resource() {
        let mut world = world();
        for id in ["/s/providers/n/a/1", "/s/providers/n/a/1/b/2", "/s/providers/n/a/1/providers/x/y"] {
            world.put(thing(id, None));
        }
        let ids: Vec<&str> = world.all_below("/s/providers/n/a/1").map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["/s/providers/n/a/1/b/2"]);
        world.remove("/s/providers/n/a/1");
        assert_eq!(
            world.all_below("/s").map(|it| it.id.as_str()).collect::<Vec<_>>(),
            ["/s/providers/n/a/1/b/2"]
        );
    }
}
