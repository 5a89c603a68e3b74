//! Lays out the way of a version that is made from a virtual machine by way of its disks (`via: snapshots`): disk snapshots, and
//! a managed image of them, as resources like any other. Comes before the passes that compare, so that none of them knows of it.
//!
//! What is on the way is needed until the version has Succeeded. Then it stays, and is not missed where it is gone; or it is
//! deleted, in the same run or by the next one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::address::Address;
use crate::model::chain::{Chain, Disks, Link, Parts, data_name, image_name, is_on_the_way, os_name};
use crate::model::desired::{Desired, Graph, Need, Until, Wishes};
use crate::model::kind::Planning;
use crate::model::mark::{self, Ownership};
use crate::model::plan::Action;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Observed, Snapshot};
use crate::model::wait::{Condition, Judgement};
use crate::plan::decide::{Decision, ownership};

/// The files and Azure, with everything that is on the way to a version as a resource of its own.
pub(crate) struct LaidOut {
    pub(crate) graph: Graph,
    pub(crate) snapshot: Snapshot,
    /// What was on the way, and is to stay.
    pub(crate) staying: BTreeSet<ResourceId>,
    /// What is made on the way, or goes when the version is there.
    on_the_way: BTreeMap<ResourceId, Way>,
}

/// Where something on the way leads.
#[derive(Clone)]
struct Way {
    version: Address,
    keep: bool,
    has_succeeded: bool,
}

/// Lays out every way; `None` where no version has one.
pub(crate) fn lay_out(graph: &Graph, snapshot: &Snapshot) -> Option<LaidOut> {
    let wanted = graph.desired.values().filter(|desired| !desired.wishes.remove);
    let chains: Vec<(Desired, Chain)> =
        wanted.filter_map(|desired| Some((desired.clone(), desired.chain()?.clone()))).collect();
    if chains.is_empty() {
        return None;
    }
    let (graph, snapshot) = (graph.clone(), snapshot.clone());
    let mut laid_out = LaidOut { graph, snapshot, staying: BTreeSet::new(), on_the_way: BTreeMap::new() };
    for (version, chain) in chains {
        laid_out.chain(&version, &chain);
    }
    Some(laid_out)
}

/// The disks of the machine that a chain begins with; else why there is no way from it, and the way out.
pub(crate) fn disks(chain: &Chain, snapshot: &Snapshot) -> Result<Disks, (String, String)> {
    let machine = chain.machine.name();
    match snapshot.machines.get(&chain.machine) {
        Some(Observed::Present(live)) => Disks::of(&live.body).ok_or_else(|| {
            let way_out = "`az vm convert` makes them managed disks, once the machine is deallocated";
            (format!("the disks of the virtual machine {machine} are no managed disks"), way_out.to_owned())
        }),
        Some(Observed::Unreadable(why)) => Err((
            format!("its virtual machine {machine} could not be read: {why}"),
            "give the signed-in identity read access to it, and plan again".to_owned(),
        )),
        Some(Observed::Absent) | None => Err((
            format!("its virtual machine {machine} is not there"),
            "correct the id, or make the version from something else".to_owned(),
        )),
    }
}

impl LaidOut {
    fn chain(&mut self, version: &Desired, chain: &Chain) {
        let Some((copies, images)) = self.kinds() else { return };
        let name = image_name(&version.id, &chain.machine);
        let image = self.home(images, &name);
        let live = self.snapshot.resources.get(&version.address);
        let has_succeeded = match live {
            Some(Observed::Present(live)) => {
                matches!(Condition::Settled.judge(Some(&live.body)), Judgement::Met(_))
            }
            _ => false,
        };
        let is_to_be_made = self.snapshot.is_to_be_made(&version.address);
        let way = Way { version: version.address.clone(), keep: chain.keep, has_succeeded };
        let standing: Vec<ResourceId> =
            [copies, images].into_iter().flat_map(|kind| self.standing(kind, &name)).collect();
        let unread = matches!(live, Some(Observed::Unreadable(_)) | None);
        if chain.keep || unread {
            self.staying.extend(standing);
        } else {
            self.on_the_way.extend(standing.into_iter().map(|id| (id, way.clone())));
        }
        let disks = disks(chain, &self.snapshot);
        // Why there are none to begin with is said where the version is decided.
        if is_to_be_made && disks.is_err() {
            return;
        }
        if let (true, Ok(disks)) = (is_to_be_made, disks) {
            self.make(version, &name, &disks, &way);
        }
        let Some(desired) = self.graph.desired.get_mut(&version.address) else { return };
        for pending in desired.pending.extract_if(.., |pending| pending.chain().is_some()) {
            if let Some(slot) = desired.body.pointer_mut(&pending.pointer) {
                *slot = json!({ "id": image.to_string() });
            }
        }
    }

    /// Wants a copy of each disk, an image of them, and the version made of that.
    fn make(&mut self, version: &Desired, name: &str, disks: &Disks, way: &Way) {
        let Some((copies, images)) = self.kinds() else { return };
        let (Some(Link::Copy(copy_of)), Some(Link::Image(image_of))) = (copies.link(), images.link()) else {
            return;
        };
        let mut copy = |name: &str, disk: &ResourceId| {
            let desired = self.link(version, copies, name, copy_of(disk), Vec::new());
            self.want(desired, way)
        };
        let os = copy(&os_name(name), &disks.os);
        let data: Vec<_> =
            disks.data.iter().map(|(lun, disk)| (*lun, copy(&data_name(name, *lun), disk))).collect();
        let needs = [&os].into_iter().chain(data.iter().map(|(_, made)| made));
        let needs: Vec<Address> = needs.map(|(address, _)| address.clone()).collect();
        let data = data.into_iter().map(|(lun, (_, id))| (lun, id)).collect();
        let none = Value::Null;
        let parent = version.id.parent();
        let definition = self.graph.desired.values().find(|desired| Some(&desired.id) == parent.as_ref());
        let definition = definition.map_or(&none, |definition| &definition.body);
        let body = image_of(&Parts { copies: &Disks { os: os.1, data }, definition });
        let image = self.link(version, images, name, body, needs);
        let (on, _) = self.want(image, way);
        if let Some(desired) = self.graph.desired.get_mut(&version.address) {
            desired.needs.push(Need { on, until: Until::SettledToCreate, place: version.place });
        }
    }

    /// The kinds of copies and of images.
    fn kinds(&self) -> Option<(&'static dyn Planning, &'static dyn Planning)> {
        let find = |wanted: fn(Link) -> bool| {
            self.graph.kinds.iter().copied().find(|kind| kind.link().is_some_and(wanted))
        };
        let copies = find(|link| matches!(link, Link::Copy(_)))?;
        Some((copies, find(|link| matches!(link, Link::Image(_)))?))
    }

    /// The id of something in the home of the stack.
    fn home(&self, kind: &dyn Planning, name: &str) -> ResourceId {
        let owner = &self.graph.owner;
        let (namespace, own_type) = kind.azure_type().split_once('/').unwrap_or((kind.azure_type(), ""));
        ResourceId::new(&owner.subscription, &owner.group, namespace, own_type, name)
    }

    /// What stands on the way already, from this run's predecessors.
    fn standing(&self, kind: &'static dyn Planning, name: &str) -> Vec<ResourceId> {
        let home = self.home(kind, name).collection_path();
        let ours = |live: &&Live| {
            is_on_the_way(live.id.name(), name)
                && live.id.collection_path().eq_ignore_ascii_case(&home)
                && ownership(&self.graph.owner, kind, live) == Ownership::Ours
        };
        self.snapshot.all_of(kind.name()).filter(ours).map(|live| live.id.clone()).collect()
    }

    /// Something on the way as an entry would ask for it: where the version is made, with the tags of the version.
    fn link(
        &self,
        version: &Desired,
        kind: &'static dyn Planning,
        name: &str,
        mut body: Value,
        needs: Vec<Address>,
    ) -> Desired {
        let id = self.home(kind, name);
        body["location"] = version.body["location"].clone();
        body["tags"] = version.body["tags"].clone();
        body["tags"][mark::KEY] = self.graph.owner.mark(&id).into();
        let at = version.pending.iter().find(|pending| pending.chain().is_some());
        let place = at.and_then(|pending| version.places.get(&pending.pointer)).copied();
        let place = place.unwrap_or(version.place);
        let group = id.in_group();
        let group = self.graph.desired.values().find(|desired| Some(&desired.id) == group.as_ref());
        let needs = group.map(|group| group.address.clone()).into_iter().chain(needs);
        let needs = needs.map(|on| Need { on, until: Until::SettledToCreate, place });
        Desired {
            address: Address::new(kind.name(), [name]),
            kind,
            place,
            id,
            body,
            places: BTreeMap::new(),
            pending: Vec::new(),
            needs: needs.collect(),
            files: Vec::new(),
            wishes: Wishes::default(),
        }
    }

    /// Takes something on the way for wanted, as what it was observed to be.
    fn want(&mut self, desired: Desired, way: &Way) -> (Address, ResourceId) {
        let (address, id) = (desired.address.clone(), desired.id.clone());
        let kind = desired.kind.name();
        let others = self.snapshot.others.entry(kind).or_default();
        let observed = if let Some(at) = others.iter().position(|live| live.id == id) {
            Observed::Present(others.remove(at))
        } else {
            let list = id.collection_path().to_lowercase();
            let mut gaps = self.snapshot.unreadable.iter().filter(|gap| gap.kind == kind);
            let gap = gaps.find(|gap| gap.what.to_lowercase().ends_with(&list));
            gap.map_or(Observed::Absent, |gap| Observed::Unreadable(gap.why.clone()))
        };
        self.snapshot.resources.insert(address.clone(), observed);
        self.graph.desired.insert(address.clone(), desired);
        self.staying.remove(&id);
        self.on_the_way.insert(id.clone(), way.clone());
        (address, id)
    }

    /// Says of everything on the way what it is for, and when it goes. Where the version is not made, nothing is made for it, and
    /// nothing goes.
    pub(crate) fn explain(&self, decisions: &mut Vec<Decision>) {
        let blocked = decisions.iter().filter(|decision| decision.action == Action::Blocked);
        let blocked: BTreeSet<Address> = blocked.map(|decision| decision.address.clone()).collect();
        decisions.retain(|decision| {
            let way = self.on_the_way.get(&decision.id);
            let is_idle = way.is_some_and(|way| !way.has_succeeded && blocked.contains(&way.version));
            !is_idle || decision.action == Action::Blocked
        });
        for decision in decisions.iter_mut() {
            let Some(way) = self.on_the_way.get(&decision.id) else { continue };
            explain(decision, way);
        }
    }
}

fn explain(decision: &mut Decision, way: &Way) {
    let Way { version, keep, has_succeeded } = way;
    if decision.action == Action::Blocked {
        return;
    }
    if !keep {
        decision.until = Some(version.clone());
        // All that is left to do about it is to take it away again.
        if matches!(decision.action, Action::Nothing | Action::Await) {
            decision.action = Action::Delete;
        }
    }
    let reason = match (decision.action, has_succeeded) {
        (Action::Delete, true) => format!("{version} has Succeeded, and `keepIntermediates` is false"),
        (Action::Delete, false) => {
            format!("it is needed until {version} has Succeeded, and goes then (`keepIntermediates: false`)")
        }
        (Action::Create, _) if *keep => {
            format!("{version} is made by way of it; it is needed until that has Succeeded")
        }
        (Action::Create, _) => format!(
            "{version} is made by way of it; it is needed until that has Succeeded, and is deleted then \
             (`keepIntermediates: false`)"
        ),
        _ => return,
    };
    decision.reasons = vec![reason];
}
