//! Resource providers of a subscription: registered or not, get, list, register, unregister.
//! Registration is at once here; Azure takes minutes.

use serde_json::{Value, json};

use crate::emulator::azure;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The providers that exist.
pub(crate) const NAMESPACES: &[&str] =
    &["Microsoft.Authorization", "Microsoft.Batch", "Microsoft.Compute", "Microsoft.Resources"];

/// Registered in every subscription from the start, as in Azure.
const ALWAYS: &[&str] = &["Microsoft.Authorization", "Microsoft.Resources"];

const VERSIONS: &[&str] = &[
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "providers", versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: "providers", versions: VERSIONS, handler: get },
    Route { verb: Verb::Post, kind: "providers/register", versions: VERSIONS, handler: register },
];

/// A registration as the seed plants it, or as `register` files it.
pub(crate) fn registration(subscription: &str, namespace: &str) -> Resource {
    Resource {
        id: format!("/subscriptions/{subscription}/providers/{namespace}"),
        kind: "registration".to_owned(),
        body: json!({}),
        ..Resource::default()
    }
}

/// True when the subscription has registered the provider.
pub(crate) fn is_registered(world: &World, subscription: &str, namespace: &str) -> bool {
    ALWAYS.iter().any(|known| known.eq_ignore_ascii_case(namespace))
        || world.has(&format!("/subscriptions/{subscription}/providers/{namespace}"))
}

fn view(world: &World, subscription: &str, namespace: &str) -> Value {
    let state = if is_registered(world, subscription, namespace) { "Registered" } else { "NotRegistered" };
    let mut types: Vec<Value> = Vec::new();
    let prefix = format!("{namespace}/");
    let mut kinds: Vec<(&str, &[&str])> = azure::routes()
        .filter(|route| !route.versions.is_empty())
        .filter_map(|route| route.kind.strip_prefix(&prefix).map(|kind| (kind, route.versions)))
        .collect();
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds.dedup_by_key(|(kind, _)| *kind);
    let locations: Vec<&str> = regions::ALL.iter().map(|region| region.display).collect();
    for (kind, versions) in kinds {
        let mut versions = versions.to_vec();
        versions.reverse();
        types.push(json!({"resourceType": kind, "locations": locations, "apiVersions": versions, "capabilities": "SupportsTags, SupportsLocation"}));
    }
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", subscription.to_ascii_lowercase()),
        "namespace": namespace,
        "resourceTypes": types,
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
    })
}

fn named(name: &str) -> Result<&'static str> {
    NAMESPACES.iter().copied().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::arm(404, "InvalidResourceNamespace", format!("The resource namespace '{name}' is invalid."))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let subscription = call.id.subscription.as_deref().unwrap_or_default();
    let all: Vec<Value> = NAMESPACES.iter().map(|namespace| view(world, subscription, namespace)).collect();
    Ok(Answer::ok(json!({"value": all})))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let namespace = named(call.id.name())?;
    Ok(Answer::ok(view(world, call.id.subscription.as_deref().unwrap_or_default(), namespace)))
}

fn register(world: &mut World, call: &Call) -> Result<Answer> {
    let namespace = named(call.id.namespace.as_deref().unwrap_or_default())?;
    let subscription = call.id.subscription.clone().unwrap_or_default();
    if !is_registered(world, &subscription, namespace) {
        world.put(registration(&subscription, namespace));
    }
    Ok(Answer::ok(view(world, &subscription, namespace)))
}
