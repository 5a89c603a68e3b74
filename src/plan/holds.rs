//! What keeps a resource from being removed: what uses it, what is inside it, what will need it, what could not be read.
//! Chooses nothing that leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::address::Address;
use crate::model::desired::{Desired, Graph, Until};
use crate::model::kind::Planning;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Gap, Live, Observed, Snapshot};
use crate::plan::Goal;
use crate::plan::decide::Decision;

/// Everything that may hold something back, by what it holds: made once, because everything that leaves is asked about.
pub(crate) struct Holds<'a> {
    snapshot: &'a Snapshot,
    /// The lists that could not be read, of what a resource may contain. What is attached to it goes with it.
    gaps: Vec<&'a Gap>,
    /// What uses a resource.
    users: BTreeMap<ResourceId, Vec<Holder<'a>>>,
    /// What is inside a resource, at any depth.
    content: BTreeMap<ResourceId, Vec<Holder<'a>>>,
    /// What the files want that could not be read, by what would contain it.
    unread: BTreeMap<ResourceId, &'a Address>,
    /// What the files want, by what it needs.
    needing: BTreeMap<&'a Address, Vec<&'a Desired>>,
}

#[derive(Clone, Copy)]
struct Holder<'a> {
    kind: &'static str,
    live: &'a Live,
}

impl<'a> Holds<'a> {
    pub(crate) fn of(graph: &'a Graph, snapshot: &'a Snapshot) -> Self {
        let attached = |name: &str| graph.kinds.iter().any(|kind| kind.name() == name && kind.is_attached());
        let mut holds = Self {
            snapshot,
            gaps: snapshot.unreadable.iter().filter(|gap| !attached(gap.kind)).collect(),
            users: BTreeMap::new(),
            content: BTreeMap::new(),
            unread: BTreeMap::new(),
            needing: BTreeMap::new(),
        };
        for kind in graph.kinds {
            for live in snapshot.anywhere(kind.name()) {
                for used in kind.uses(live) {
                    holds.users.entry(used).or_default().push(Holder { kind: kind.name(), live });
                }
            }
            for live in snapshot.all_of(kind.name()) {
                let holder = Holder { kind: kind.name(), live };
                // What is attached goes with what it is attached to.
                for container in containers(&live.id).filter(|_| !kind.is_attached()) {
                    holds.content.entry(container).or_default().push(holder);
                }
            }
        }
        for desired in graph.desired.values().filter(|desired| !desired.wishes.remove) {
            if holds.is_unread(desired) {
                for container in containers(&desired.id) {
                    holds.unread.entry(container).or_insert(&desired.address);
                }
            }
            for need in &desired.needs {
                holds.needing.entry(&need.on).or_default().push(desired);
            }
        }
        holds
    }

    /// Why a resource cannot go when all of `going` goes.
    pub(crate) fn why(
        &self,
        candidate: &Decision,
        goal: Goal,
        going: &BTreeSet<ResourceId>,
    ) -> Option<String> {
        let id = &candidate.id;
        let staying =
            |holders: &'_ BTreeMap<ResourceId, Vec<Holder<'a>>>, id: &ResourceId| -> Vec<Holder<'a>> {
                let holders = holders.get(id).into_iter().flatten();
                holders.filter(|holder| !going.contains(&holder.live.id)).copied().collect()
            };
        if let Some(Holder { kind, live }) = staying(&self.users, id).first() {
            return Some(format!("{} uses it", live.id.called(kind)));
        }
        if let Some(Holder { kind, live }) = staying(&self.content, id).first() {
            return Some(format!("it contains {kind} {}, which stays", live.id.name()));
        }
        if let Some(address) = self.unread.get(id) {
            return Some(format!("it contains {address}, which could not be read"));
        }
        if let Some(reason) =
            candidate.live(self.snapshot).and_then(|live| along(candidate.kind, live, going))
        {
            return Some(reason);
        }
        // A list that could not be read is told by its path.
        let inside = format!("{}/", id.key());
        let mut gaps = self.gaps.iter();
        if let Some(gap) = gaps.find(|gap| gap.what.to_ascii_lowercase().contains(&inside)) {
            return Some(format!("what it contains could not be read: {}", gap.why));
        }
        if let Some(parent) = id.parent()
            && let Some(Holder { kind, live }) = staying(&self.users, &parent).first()
            && staying(&self.content, &parent).iter().all(|other| !other.live.id.is_child_of(&parent))
        {
            let (user, parent) = (live.id.name(), parent.name());
            return Some(format!("{kind} {user} uses whichever of {parent} is there, and this is the last"));
        }
        self.wanted(candidate, goal)
    }

    /// What the files want that needs it.
    fn wanted(&self, candidate: &Decision, goal: Goal) -> Option<String> {
        for desired in self.needing.get(&candidate.address).into_iter().flatten() {
            let there = self.snapshot.live(&desired.address).is_some();
            let mut needs = desired.needs.iter().filter(|need| need.on == candidate.address);
            if !needs.any(|need| need.until != Until::SettledToCreate || !there) {
                continue;
            }
            if self.is_unread(desired) {
                return Some(format!("{}, which could not be read, may use it", desired.address));
            }
            if goal == Goal::Apply {
                return Some(format!("{} needs it", desired.address));
            }
        }
        None
    }

    fn is_unread(&self, desired: &Desired) -> bool {
        matches!(self.snapshot.resources.get(&desired.address), Some(Observed::Unreadable(_)))
    }
}

/// How many names a reason lists.
const MOST_NAMES: usize = 5;

/// What removing a resource would take along, whatever its kind, beside what is going anyway and what is inside that.
fn along(kind: &dyn Planning, live: &Live, going: &BTreeSet<ResourceId>) -> Option<String> {
    kind.content(live)?;
    let unread = || "it would go with all that is inside it, and that could not be read whole".to_owned();
    let Some(content) = live.companion.as_ref().and_then(Value::as_array) else { return Some(unread()) };
    let mut staying = Vec::new();
    for entry in content {
        let Some(text) = entry.get("id").and_then(Value::as_str) else { return Some(unread()) };
        let Ok(id) = ResourceId::parse(text) else {
            // What is of the data plane has a name alone.
            staying.push(format!("job {text}"));
            continue;
        };
        let goes =
            going.contains(&id) || containers(&id).any(|outer| outer != live.id && going.contains(&outer));
        if !goes {
            let of_type = entry.get("type").and_then(Value::as_str).unwrap_or("resource");
            staying.push(id.called(of_type));
        }
    }
    let more = match staying.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    staying.sort();
    staying.truncate(MOST_NAMES);
    let names = staying.join(", ");
    (!staying.is_empty())
        .then(|| format!("it would go with all that is inside it, and {names}{more} would stay"))
}

/// What contains a resource, innermost first; the outermost is its group.
pub(crate) fn containers(id: &ResourceId) -> impl Iterator<Item = ResourceId> {
    std::iter::successors(id.parent(), ResourceId::parent).chain(id.in_group())
}
