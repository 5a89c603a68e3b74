//! Reads the whole live state that a plan rests on, before anything is compared.
//! Is given a client that can only read. Missing is not unreadable: every failure to read is kept as such.
//!
//! One list answers for many addresses, so a stack of hundreds of versions and pools costs a request for each hundred.
//! The rounds follow the containment of Azure's resources: what stands alone, then what is inside it, and so on;
//! a container that is not there is not asked for its content.

mod blobs;
mod consumers;
mod contents;
mod details;
pub mod facts;
mod groups;
mod inventory;
pub mod whole;
pub mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::azure::read::Read;
use crate::model::desired::{Desired, Graph};
use crate::model::facts::{Question, Told};
use crate::model::kind::Planning;
use crate::model::mark::{self, Ownership};
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::{GROUP_TYPE, ResourceId};
use crate::model::snapshot::{Gap, Live, Observed, Snapshot};
use crate::observe::inventory::Inventory;

/// Observes everything that the graph holds, refers to, or may have left behind.
pub async fn observe(graph: &Graph, read: &Read) -> Snapshot {
    let mut snapshot = own(graph, read).await;
    blobs::look(graph, read, &mut snapshot).await;
    snapshot.consumers = consumers::consumers(graph, read).await;
    snapshot
}

/// The same without what is read only to know what may be taken away.
pub async fn own(graph: &Graph, read: &Read) -> Snapshot {
    let mut inventory = Inventory::default();
    referenced_alone(graph, read, &mut inventory).await;
    shared(graph, read, &mut inventory).await;
    groups::groups(graph, read, &mut inventory).await;
    for depth in 1..=deepest(graph) {
        lists(graph, read, &mut inventory, depth).await;
    }
    referenced_inside(graph, read, &mut inventory).await;
    contents::contents(graph, read, &mut inventory).await;
    let mut snapshot = inventory.into_snapshot(graph);
    details::details(graph, read, &mut snapshot).await;
    machines(graph, read, &mut snapshot).await;
    snapshot
}

/// The number of types in an id: 1 for a gallery, 3 for an image version.
fn depth(azure_type: &str) -> usize {
    azure_type.split('/').count() - 1
}

fn deepest(graph: &Graph) -> usize {
    graph.kinds.iter().map(|kind| depth(kind.azure_type())).max().unwrap_or(0)
}

/// Reads what is only referred to and is inside nothing: accounts, galleries of others.
async fn referenced_alone(graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let alone = graph.referenced.values().filter(|referenced| referenced.id.parent().is_none());
    get_all(alone.map(|referenced| (referenced.id.clone(), referenced.api_version)), read, inventory).await;
}

/// Reads what is nobody's: no list shows only what belongs to the stack.
async fn shared(graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let shared = graph.desired.values().filter(|desired| desired.kind.brought_about_by().is_some());
    get_all(shared.map(|desired| (desired.id.clone(), desired.kind.api_version())), read, inventory).await;
}

/// Reads what is only referred to and no list has shown: definitions and versions in galleries of others.
async fn referenced_inside(graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let unseen: Vec<(ResourceId, &'static str)> = graph
        .referenced
        .values()
        .filter(|referenced| inventory.about(&referenced.id).is_none())
        .map(|referenced| (referenced.id.clone(), referenced.api_version))
        .collect();
    get_all(unseen.into_iter(), read, inventory).await;
}

async fn get_all(
    wanted: impl Iterator<Item = (ResourceId, &'static str)>,
    read: &Read,
    inventory: &mut Inventory,
) {
    let answers = concurrently(wanted.map(|(id, api_version)| {
        let read = read.clone();
        async move {
            let answer = read.get_optional(&Request::get(&id, api_version), "a resource").await;
            (id, answer.map_err(|error| error.chain()))
        }
    }))
    .await;
    for (id, answer) in answers {
        inventory.got(id, answer);
    }
}

/// One list and what it is of.
struct List {
    kind: &'static dyn Planning,
    /// The resource that contains the entries; `None` for a resource group.
    container: Option<ResourceId>,
    path: String,
}

/// Reads every list of one depth, and the companions that belong to its entries.
async fn lists(graph: &Graph, read: &Read, inventory: &mut Inventory, at: usize) {
    let mut wanted = Vec::new();
    for kind in graph.kinds.iter().filter(|kind| depth(kind.azure_type()) == at) {
        wanted.extend(lists_of(*kind, graph, inventory));
    }
    let requests = wanted.into_iter().map(|list| {
        let read = read.clone();
        let companion = list
            .container
            .as_ref()
            .and_then(|container| inventory.live(container))
            .and_then(|container| list.kind.companion(container));
        async move {
            let request = Request {
                method: Method::Get,
                plane: Plane::Arm,
                path: list.path.clone(),
                api_version: list.kind.api_version(),
                query: Vec::new(),
                body: None,
            };
            let beside = async {
                match &companion {
                    Some(companion) => {
                        Some(read.list(&companion.request).await.map_err(|error| error.chain()))
                    }
                    None => None,
                }
            };
            let (entries, beside) = tokio::join!(read.list(&request), beside);
            let entries = match entries {
                Ok(entries) => Ok(entries),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                // Where the provider was never registered, nobody has made anything.
                Err(error) if error.code() == Some("MissingSubscriptionRegistration") => Ok(Vec::new()),
                Err(error) => Err(error.chain()),
            };
            (list, entries, companion.zip(beside))
        }
    });
    for (list, entries, beside) in concurrently(requests).await {
        match entries {
            Ok(entries) => {
                let companions = match beside {
                    Some((companion, Ok(entries))) => by_key(entries, companion.key),
                    Some((companion, Err(why))) => {
                        let what = match &list.container {
                            Some(container) => format!("{} of {}", companion.what, container.name()),
                            None => companion.what.to_owned(),
                        };
                        inventory.gap(Gap { kind: list.kind.name(), what, why });
                        BTreeMap::new()
                    }
                    None => BTreeMap::new(),
                };
                inventory.listed(list.kind, &list.path, entries, companions);
            }
            Err(why) => inventory.unlisted(list.kind, &list.path, why),
        }
    }
}

/// The lists of one kind: in each home of the stack, or in each container that is there and is ours or referred to.
fn lists_of(kind: &'static dyn Planning, graph: &Graph, inventory: &mut Inventory) -> Vec<List> {
    let Some((parent_type, own_type)) = kind.azure_type().rsplit_once('/') else { return Vec::new() };
    if kind.brought_about_by().is_some() {
        return Vec::new();
    }
    if kind.is_attached() {
        return attached_lists(kind, own_type, graph, inventory);
    }
    if kind.azure_type() == GROUP_TYPE {
        // Groups are in no group.
        return Vec::new();
    }
    if !parent_type.contains('/') {
        let path_of = |home: &ResourceId| {
            ResourceId::new(home.subscription(), home.group(), parent_type, own_type, "_").collection_path()
        };
        let homes = homes(graph, inventory);
        return homes.iter().map(|home| List { kind, container: None, path: path_of(home) }).collect();
    }
    let named = graph.desired.values().map(|desired| &desired.id);
    let named = named.chain(graph.referenced.values().map(|referenced| &referenced.id));
    let mut containers: BTreeSet<ResourceId> = named.filter(|id| id.is_type(parent_type)).cloned().collect();
    if let Some(parent) = graph.kinds.iter().find(|kind| kind.azure_type().eq_ignore_ascii_case(parent_type))
    {
        containers.extend(leftovers(*parent, graph, inventory));
    }
    let mut lists = Vec::new();
    for container in containers {
        let path = container.child(own_type, "_").collection_path();
        if inventory.is_there(&container) {
            lists.push(List { kind, container: Some(container), path });
        } else {
            inventory.inside_nothing(&path, &container);
        }
    }
    lists
}

/// The lists of what is attached: at what the files name, where one shows what is attached below it, too, and in each home
/// and at what is referred to, where something may be left over.
fn attached_lists(
    kind: &'static dyn Planning,
    own_type: &str,
    graph: &Graph,
    inventory: &Inventory,
) -> Vec<List> {
    let homes = homes(graph, inventory);
    let homes = homes.iter().map(|home| ResourceId::scope_of(home.subscription(), home.group()));
    let galleries = graph.referenced.values().filter(|referenced| {
        // Only what is of a kind that we know can have been a scope of ours.
        referenced.kind.is_some() && referenced.id.parent().is_none()
    });
    let scopes = homes.chain(galleries.map(|referenced| referenced.id.to_string()));
    let at_scopes = scopes.filter_map(|scope| ResourceId::attached(&scope, own_type, "_").ok());
    let desired =
        graph.desired.values().map(|desired| &desired.id).filter(|id| id.is_type(kind.azure_type()));
    let ids: BTreeMap<String, String> = at_scopes
        .chain(desired.cloned())
        .map(|id| (id.scope().to_lowercase(), id.collection_path()))
        .collect();
    ids.into_values().map(|path| List { kind, container: None, path }).collect()
}

/// The groups in which something may be left over: the homes of the stack, and the groups that it has made and no file names.
fn homes(graph: &Graph, inventory: &Inventory) -> BTreeSet<ResourceId> {
    let homes = graph.homes.iter().map(|(subscription, group)| ResourceId::of_group(subscription, group));
    let groups = graph.kinds.iter().filter(|kind| kind.azure_type() == GROUP_TYPE);
    homes.chain(groups.flat_map(|kind| leftovers(*kind, graph, inventory))).collect()
}

/// The containers of a kind that bear this stack's mark, in the files or not.
fn leftovers(kind: &'static dyn Planning, graph: &Graph, inventory: &Inventory) -> Vec<ResourceId> {
    inventory
        .lives()
        .filter(|live| live.id.is_type(kind.azure_type()))
        .filter(|live| is_ours(graph, &live.id, &live.body))
        .map(|live| live.id.clone())
        .collect()
}

/// Whether what is tagged bears this stack's mark.
fn is_ours(graph: &Graph, id: &ResourceId, body: &Value) -> bool {
    let mark = body.pointer(&format!("/tags/{}", mark::KEY)).and_then(Value::as_str);
    graph.owner.ownership(id, mark) == Ownership::Ours
}

fn by_key(entries: Vec<Value>, key: &str) -> BTreeMap<String, Value> {
    let keyed = entries.into_iter().filter_map(|entry| {
        let name = entry.get(key)?.as_str()?.to_lowercase();
        Some((name, entry))
    });
    keyed.collect()
}

/// Reads the virtual machines that versions are still to be made of by way of their disks. Once a version is there, its machine
/// may be gone, and is not asked for.
async fn machines(graph: &Graph, read: &Read, snapshot: &mut Snapshot) {
    let unmade = graph.desired.values().filter(|desired| {
        !desired.wishes.remove && snapshot.live(&desired.address).is_none_or(Live::is_going)
    });
    let questions =
        unmade.filter_map(Desired::chain).map(|chain| Question::Machine(chain.machine.clone())).collect();
    for (question, told) in facts::ask(questions, read).await {
        let Question::Machine(id) = question else { continue };
        let observed = match told {
            Told::There(body) => Observed::Present(Live { id: id.clone(), body, companion: None }),
            Told::Absent => Observed::Absent,
            Told::Unreadable(why) => Observed::Unreadable(why),
        };
        snapshot.machines.insert(id, observed);
    }
}

/// Runs all at once and returns the answers in the order of the questions. The client bounds how many are in flight.
async fn concurrently<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    for (at, future) in futures.enumerate() {
        running.spawn(async move { (at, future.await) });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
