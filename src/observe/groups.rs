//! Reads the resource groups that the stack makes or has made.
//! A list of groups leaves out what the caller may not see: a group that is not in it is asked for by its id.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::desired::Graph;
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::{GROUP_TYPE, ResourceId};
use crate::observe::inventory::Inventory;
use crate::observe::{concurrently, get_all, is_ours};

/// Reads them.
pub(super) async fn groups(graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let Some(kind) = graph.kinds.iter().copied().find(|kind| kind.azure_type() == GROUP_TYPE) else { return };
    let subscriptions: BTreeSet<String> =
        graph.homes.iter().map(|(subscription, _)| subscription.to_ascii_lowercase()).collect();
    let lists = subscriptions.into_iter().map(|subscription| {
        let (path, read) = (ResourceId::groups_path(&subscription), read.clone());
        let request = Request {
            method: Method::Get,
            plane: Plane::Arm,
            path: path.clone(),
            api_version: kind.api_version(),
            query: Vec::new(),
            body: None,
        };
        async move { (path, read.list(&request).await) }
    });
    let wanted: BTreeSet<&ResourceId> =
        graph.desired.values().map(|desired| &desired.id).filter(|id| id.is_type(GROUP_TYPE)).collect();
    for (path, groups) in concurrently(lists).await {
        match groups {
            Ok(mut groups) => {
                groups.retain(|body| is_ours_or(&wanted, graph, body));
                inventory.listed(kind, &path, groups, BTreeMap::new());
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => inventory.unlisted(kind, &path, error.chain()),
        }
    }
    let unseen: Vec<_> = wanted
        .into_iter()
        .filter(|id| !inventory.is_there(id))
        .map(|id| (id.clone(), kind.api_version()))
        .collect();
    get_all(unseen.into_iter(), read, inventory).await;
}

/// Whether the files name a group, or it bears a mark of ours. A subscription has hundreds that are nobody's business.
fn is_ours_or(wanted: &BTreeSet<&ResourceId>, graph: &Graph, body: &Value) -> bool {
    let id = body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
    id.is_some_and(|id| wanted.contains(&id) || is_ours(graph, &id, body))
}
