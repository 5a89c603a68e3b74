//! What has been read so far, by id; becomes the snapshot in the end.
//! Reads nothing itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::desired::Graph;
use crate::model::kind::Planning;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Gap, Live, Observed, Snapshot};

/// What is known of ids and of lists.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// What was said about single ids.
    known: BTreeMap<ResourceId, Observed>,
    /// The kind of what a list showed.
    kinds: BTreeMap<ResourceId, &'static str>,
    /// What was said about whole lists, by their lower-case path: complete, or why not.
    lists: BTreeMap<String, Result<(), String>>,
    gaps: Vec<Gap>,
}

impl Inventory {
    /// The answer to a read of one id.
    pub(super) fn got(&mut self, id: ResourceId, answer: Result<Option<Value>, String>) {
        let observed = match answer {
            Ok(Some(body)) => Observed::Present(live(&id, body)),
            Ok(None) => Observed::Absent,
            Err(why) => Observed::Unreadable(why),
        };
        self.known.insert(id, observed);
    }

    /// A complete list of a kind.
    pub(super) fn listed(
        &mut self,
        kind: &'static dyn Planning,
        path: &str,
        entries: Vec<Value>,
        mut companions: BTreeMap<String, Value>,
    ) {
        self.lists.insert(path.to_lowercase(), Ok(()));
        for body in entries {
            let id = body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
            let Some(id) = id else { continue };
            let mut live = live(&id, body);
            live.companion = companions.remove(&id.name().to_lowercase());
            self.kinds.insert(id.clone(), kind.name());
            self.known.insert(id, Observed::Present(live));
        }
    }

    /// What a second list says of a resource.
    pub(super) fn accompany(&mut self, id: &ResourceId, companion: Value) {
        if let Some(Observed::Present(live)) = self.known.get_mut(id) {
            live.companion = Some(companion);
        }
    }

    /// A list that could not be read.
    pub(super) fn unlisted(&mut self, kind: &'static dyn Planning, path: &str, why: String) {
        self.gaps.push(Gap { kind: kind.name(), what: format!("the list {path}"), why: why.clone() });
        self.lists.insert(path.to_lowercase(), Err(why));
    }

    /// Something else that could not be read.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// A list that needs no reading, because what would contain it is not there or could not be read.
    pub(super) fn inside_nothing(&mut self, path: &str, container: &ResourceId) {
        let answer = match self.about(container) {
            Some(Observed::Absent) => Ok(()),
            Some(Observed::Unreadable(why)) => Err(why),
            // Nobody has asked about the container, so nothing is known about what is inside it either.
            Some(Observed::Present(_)) | None => return,
        };
        self.lists.insert(path.to_lowercase(), answer);
    }

    /// What is known of an id: from itself, or from the list that would show it. `None`: nobody asked.
    pub(super) fn about(&self, id: &ResourceId) -> Option<Observed> {
        if let Some(observed) = self.known.get(id) {
            return Some(observed.clone());
        }
        Some(match self.lists.get(&id.collection_path().to_lowercase())? {
            Ok(()) => Observed::Absent,
            Err(why) => Observed::Unreadable(why.clone()),
        })
    }

    pub(super) fn is_there(&self, id: &ResourceId) -> bool {
        self.live(id).is_some()
    }

    pub(super) fn live(&self, id: &ResourceId) -> Option<&Live> {
        match self.known.get(id) {
            Some(Observed::Present(live)) => Some(live),
            _ => None,
        }
    }

    pub(super) fn lives(&self) -> impl Iterator<Item = &Live> {
        self.known.values().filter_map(|observed| match observed {
            Observed::Present(live) => Some(live),
            Observed::Absent | Observed::Unreadable(_) => None,
        })
    }

    /// Sorts what is known by the addresses of the graph; what belongs to none is kept beside them.
    pub(super) fn into_snapshot(self, graph: &Graph) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let desired = graph.desired.values().map(|desired| (&desired.address, &desired.id));
        let referenced = graph.referenced.iter().map(|(address, referenced)| (address, &referenced.id));
        let mut named = Vec::new();
        for (address, id) in desired.chain(referenced) {
            let unknown = || Observed::Unreadable("nothing was asked about it".to_owned());
            snapshot.resources.insert(address.clone(), self.about(id).unwrap_or_else(unknown));
            named.push(id);
        }
        named.sort();
        let Self { known, kinds, lists: _, gaps } = self;
        for (id, observed) in known {
            if let (Observed::Present(live), Some(kind)) = (observed, kinds.get(&id))
                && named.binary_search(&&id).is_err()
            {
                snapshot.others.entry(kind).or_default().push(live);
            }
        }
        snapshot.unreadable = gaps;
        snapshot.unreadable.sort();
        snapshot
    }
}

/// A live resource under the id that Azure gives it, which is spelled as Azure spells it.
fn live(asked: &ResourceId, body: Value) -> Live {
    let answered = body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
    let id = answered.filter(|id| id == asked).unwrap_or_else(|| asked.clone());
    Live { id, body, companion: None }
}
