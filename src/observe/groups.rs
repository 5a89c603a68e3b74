//! Reads the resource groups that the stack makes or has made, and all that is in those it owns.
//! A list of groups leaves out what the caller may not see: a group that is not in it is asked for by its id.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::desired::Graph;
use crate::model::facts::Question;
use crate::model::kind::Planning;
use crate::model::permission::reads_everything;
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::{GROUP_TYPE, ResourceId};
use crate::model::snapshot::Gap;
use crate::observe::inventory::Inventory;
use crate::observe::{concurrently, get_all, is_ours, leftovers};

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
    contents(kind, graph, read, inventory).await;
}

/// Whether the files name a group, or it bears a mark of ours. A subscription has hundreds that are nobody's business.
fn is_ours_or(wanted: &BTreeSet<&ResourceId>, graph: &Graph, body: &Value) -> bool {
    let id = body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
    id.is_some_and(|id| wanted.contains(&id) || is_ours(graph, &id, body))
}

/// Reads what is in each group that may be removed. It counts only if whoever reads it may see everything there.
async fn contents(kind: &'static dyn Planning, graph: &Graph, read: &Read, inventory: &mut Inventory) {
    let ours = leftovers(kind, graph, inventory);
    let contents = ours.into_iter().filter_map(|id| {
        let (list, read) = (kind.content(&id)?, read.clone());
        let permissions = Question::Permissions(id.clone()).request();
        Some(async move {
            let (roles, content) = tokio::join!(read.list(&permissions), read.list(&list));
            let roles = roles.map_err(|error| error.chain());
            let content = roles.and_then(|roles| {
                if reads_everything(&Value::Array(roles)) {
                    content.map_err(|error| error.chain())
                } else {
                    Err("*/read is not granted there, so there may be more than is shown".to_owned())
                }
            });
            (id, content)
        })
    });
    for (id, content) in concurrently(contents).await {
        match content {
            Ok(content) => inventory.accompany(&id, Value::Array(content)),
            Err(why) => inventory.gap(Gap { kind: kind.name(), what: format!("what is in {id}"), why }),
        }
    }
}
