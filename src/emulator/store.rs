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
use crate::emulator::router;
use crate::emulator::timings::Timings;

/// Where the ports of Batch accounts are filed.
const PORTS: &str = "/emulator/ports";

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

/// What one request changed, for the journal.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Changes {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) set: Vec<Resource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) gone: Vec<String>,
    #[serde(default)]
    pub(crate) counter: u64,
    #[serde(default)]
    pub(crate) now: Moment,
}

/// All there is, printed as changes from nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Everything<'a> {
    pub(crate) set: Vec<&'a Resource>,
    pub(crate) counter: u64,
    pub(crate) now: Moment,
}

impl Changes {
    /// True when nothing was changed; time may have passed.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.gone.is_empty()
    }
}

/// Every resource, and the settings that its handlers need.
#[derive(Debug)]
pub(crate) struct World {
    resources: BTreeMap<String, Resource>,
    due: BTreeSet<(Moment, String)>,
    /// What stood under each key before this request touched it.
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
        let key = resource.key();
        let old = self.resources.get(&key);
        if let Some(due) = old.and_then(|old| old.due) {
            self.due.remove(&(due, key.clone()));
        }
        self.before.entry(key.clone()).or_insert_with(|| old.cloned());
        if let Some(due) = resource.due {
            self.due.insert((due, key.clone()));
        }
        self.resources.insert(key, resource);
    }

    /// Changes a resource in place; does nothing when there is none.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Resource)) {
        if let Some(mut resource) = self.get(id).cloned() {
            change(&mut resource);
            self.put(resource);
        }
    }

    /// Takes a resource away, and with it what is attached to it (role assignments, for one).
    pub(crate) fn remove(&mut self, id: &str) -> Option<Resource> {
        let key = id.to_ascii_lowercase();
        let attached: Vec<String> =
            self.from(format!("{key}/providers/")).map(|(key, _)| key.clone()).collect();
        for key in attached {
            self.remove(&key);
        }
        let old = self.resources.remove(&key)?;
        if let Some(due) = old.due {
            self.due.remove(&(due, key.clone()));
        }
        self.before.entry(key).or_insert_with(|| Some(old.clone()));
        Some(old)
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
            .filter(move |(key, _)| {
                attached.as_ref().is_none_or(|attached| !key.starts_with(attached.as_str()))
            })
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

    /// Everything whose key begins so, in the order of the keys.
    fn from(&self, prefix: String) -> impl Iterator<Item = (&String, &Resource)> + use<'_> {
        let start = Bound::Included(prefix.clone());
        self.resources.range((start, Bound::Unbounded)).take_while(move |(key, _)| key.starts_with(&prefix))
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
        guid(self.next_number(), 0x9e37_79b9_7f4a_7c15)
    }

    /// An `ETag` that was never given before, in the form Batch gives them: `0x8DE4B0C3A1B2C3D`.
    pub(crate) fn next_etag(&mut self) -> String {
        format!("0x8DE{:012X}", mix(self.next_number(), 0x51ed_270b) & 0xffff_ffff_ffff)
    }

    /// The authority of a Batch account's data plane, as `accountEndpoint` tells it; opens it when it is new.
    /// It stays the account's own over restarts.
    pub(crate) fn account_endpoint(&mut self, account_id: &str) -> String {
        let key = account_id.to_ascii_lowercase();
        let mut ports = self.get(PORTS).cloned().unwrap_or_else(|| Resource {
            id: PORTS.to_owned(),
            kind: "emulator".to_owned(),
            body: Value::Object(serde_json::Map::new()),
            ..Resource::default()
        });
        let known = ports.body[&key].as_u64().and_then(|port| u16::try_from(port).ok());
        let port = self.endpoints.open(&key, known);
        if known != Some(port) {
            ports.body[&key] = Value::from(port);
            self.put(ports);
        }
        self.endpoints.of_account(&key).unwrap_or_default()
    }

    /// Opens what every Batch account needs, those first that had a port before.
    pub(crate) fn open_all_accounts(&mut self) {
        let known = self.get(PORTS).and_then(|ports| ports.body.as_object()).cloned().unwrap_or_default();
        let accounts: Vec<String> =
            self.below("", "microsoft.batch/batchaccounts").map(Resource::key).collect();
        let (old, new): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|key| known.contains_key(key));
        for key in old.into_iter().chain(new) {
            self.account_endpoint(&key);
        }
    }

    /// The first resource whose time has come, with that time.
    pub(crate) fn first_due(&self) -> Option<(Moment, String)> {
        self.due.first().filter(|(at, _)| *at <= self.now).cloned()
    }

    /// What has been written since the last `take_changes`, and how it was before.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (&str, Option<&Resource>)> {
        self.before.iter().map(|(key, before)| (key.as_str(), before.as_ref()))
    }

    /// What changed since the last call, for the journal; forgets how it was before.
    pub(crate) fn take_changes(&mut self) -> Changes {
        let mut changes = Changes { counter: self.counter, now: self.now, ..Changes::default() };
        for (key, before) in std::mem::take(&mut self.before) {
            match self.resources.get(&key) {
                Some(now) if before.as_ref() == Some(now) => {}
                Some(now) => changes.set.push(now.clone()),
                None if before.is_some() => changes.gone.push(key),
                None => {}
            }
        }
        changes
    }

    /// Undoes everything since the last `take_changes`: a refused request leaves no trace.
    pub(crate) fn roll_back(&mut self) {
        for (key, before) in std::mem::take(&mut self.before) {
            if let Some(due) = self.resources.get(&key).and_then(|resource| resource.due) {
                self.due.remove(&(due, key.clone()));
            }
            match before {
                Some(old) => {
                    if let Some(due) = old.due {
                        self.due.insert((due, key.clone()));
                    }
                    self.resources.insert(key, old);
                }
                None => {
                    self.resources.remove(&key);
                }
            }
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
        self.before.clear();
    }

    /// Everything, in the form in which `replay` takes it: the journal's snapshot.
    pub(crate) fn everything(&self) -> Everything<'_> {
        Everything { set: self.resources.values().collect(), counter: self.counter, now: self.now }
    }
}

/// A GUID made from a number, the same every time.
pub(crate) fn guid(number: u64, salt: u64) -> String {
    let (high, low) = (mix(number, salt), mix(number, !salt));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// Spreads a number over 64 bits (the finaliser of `SplitMix64`).
fn mix(number: u64, salt: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
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
        world.take_changes();
        world.edit("/a/B", |it| it.due = None);
        world.put(thing("/a/c", None));
        world.remove("/a/b");
        world.roll_back();
        assert_eq!(world.get("/a/b").unwrap().due, Some(Moment::START));
        assert!(!world.has("/a/c"));
        assert_eq!(world.first_due(), Some((Moment::START, "/a/b".into())));
        assert!(world.take_changes().set.is_empty());
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

    #[test]
    fn guids_have_the_form_of_guids_and_differ() {
        let mut world = world();
        let (one, two) = (world.next_guid(), world.next_guid());
        assert_ne!(one, two);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
