//! Reads everything that may boot the stack's images: all pools of all accounts in the stack's subscriptions and in those that
//! the files name as consumers. Read only where versions go for their age, because it costs a request for each account.
//! What cannot be read whole is a gap: nobody may take a part for all.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::azure::read::Read;
use crate::model::desired::Graph;
use crate::model::facts::Question;
use crate::model::kind::Planning;
use crate::model::permission::grants;
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Consumers, Gap, Live};
use crate::observe::concurrently;

/// Reads them; `None` where no image has a retention.
pub(super) async fn consumers(graph: &Graph, read: &Read) -> Option<Consumers> {
    if graph.retention.is_empty() {
        return None;
    }
    let mut found = Consumers::default();
    for kind in graph.kinds.iter().copied().filter(|kind| kind.boots_images()) {
        let Some((container_type, own_type)) = kind.azure_type().rsplit_once('/') else { continue };
        let containers = subscriptions(graph, container_type).into_iter().map(|subscription| {
            let read = read.clone();
            async move { of_subscription(kind, container_type, &subscription, &read).await }
        });
        let mut containers_here = Vec::new();
        let mut unread = |what, why| found.unread.push(Gap { kind: kind.name(), what, why });
        for (what, containers) in concurrently(containers).await {
            match containers {
                Ok(containers) => containers_here.extend(containers),
                Err(why) => unread(what, why),
            }
        }
        let inside = containers_here.iter().map(|container| {
            let (path, read) = (container.id.child(own_type, "_").collection_path(), read.clone());
            async move { (path.clone(), list(kind, path, &read).await) }
        });
        let mut lives = Vec::new();
        for (what, inside) in concurrently(inside).await {
            match inside {
                Ok(inside) => lives.extend(inside),
                Err(why) => unread(what, why),
            }
        }
        found.containers.extend(containers_here);
        found.lives.insert(kind.name(), lives);
    }
    Some(found)
}

/// The stack's own subscriptions, and those that the files name. Where it only has the gallery of others it has no pools.
fn subscriptions(graph: &Graph, container_type: &str) -> BTreeSet<String> {
    let own = graph.desired.values().map(|desired| &desired.id);
    let referenced = graph.referenced.values().map(|referenced| &referenced.id);
    let own = own.chain(referenced.filter(|id| id.is_type(container_type)));
    let own = own.map(|id| id.subscription().to_ascii_lowercase());
    let named = graph.retention.values().flat_map(|retention| retention.consumers.iter().cloned());
    own.chain(named).collect()
}

/// The containers of a subscription. To whoever may not read all of it Azure shows those that he may read, as if there were no
/// others: so the permission is asked for too.
async fn of_subscription(
    kind: &'static dyn Planning,
    container_type: &str,
    subscription: &str,
    read: &Read,
) -> (String, Result<Vec<Live>, String>) {
    let path = ResourceId::subscription_path(subscription, container_type);
    let permissions = Question::SubscriptionPermissions(subscription.to_owned()).request();
    let (roles, containers) = tokio::join!(read.list(&permissions), list(kind, path.clone(), read));
    let allowed = roles.map_err(|error| error.chain()).and_then(|roles| {
        let roles = Value::Array(roles);
        let needed = [container_type, kind.azure_type()].map(|of| format!("{of}/read"));
        match needed.iter().find(|action| !grants(&roles, action)) {
            Some(action) => Err(format!("{action} is not granted on subscription {subscription}")),
            None => Ok(()),
        }
    });
    (path, containers.and_then(|containers| allowed.map(|()| containers)))
}

async fn list(kind: &dyn Planning, path: String, read: &Read) -> Result<Vec<Live>, String> {
    let request = Request {
        method: Method::Get,
        plane: Plane::Arm,
        path,
        api_version: kind.api_version(),
        query: Vec::new(),
        body: None,
    };
    let entries = match read.list(&request).await {
        // Where the provider was never registered, nobody has made anything.
        Err(error) if error.code() == Some("MissingSubscriptionRegistration") => Vec::new(),
        entries => entries.map_err(|error| error.chain())?,
    };
    let lives = entries.into_iter().map(|body| {
        let id = body.get("id").and_then(Value::as_str).and_then(|id| ResourceId::parse(id).ok());
        let id = id.ok_or("an entry of the list has no id")?;
        Ok(Live { id, body, companion: None })
    });
    lives.collect()
}
