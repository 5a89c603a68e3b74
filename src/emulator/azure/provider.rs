//! Resource providers, of the tenant and of a subscription: get, list, register, unregister.
//! What types a provider has is read from the routes; nothing about them is written here.

use serde_json::{Value, json};

use crate::emulator::azure;
use crate::emulator::azure::resource_group::VERSIONS;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The providers that exist.
pub(crate) const NAMESPACES: &[&str] = &[
    "Microsoft.Authorization",
    "Microsoft.Batch",
    "Microsoft.Compute",
    "Microsoft.ManagedIdentity",
    "Microsoft.Resources",
    "Microsoft.Storage",
];

/// Registered in every subscription from the start, as in Azure.
const ALWAYS: &[&str] = &["Microsoft.Authorization", "Microsoft.Resources"];

/// The kind registrations are filed under.
pub(crate) const KIND: &str = "registration";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "providers", versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: "providers", versions: VERSIONS, handler: get },
    Route { verb: Verb::Post, kind: "providers/register", versions: VERSIONS, handler: register },
    Route { verb: Verb::Post, kind: "providers/unregister", versions: VERSIONS, handler: unregister },
    Route { verb: Verb::List, kind: "providers/resourceTypes", versions: VERSIONS, handler: resource_types },
    Route {
        verb: Verb::List,
        kind: "providers/providerPermissions",
        versions: VERSIONS,
        handler: permissions,
    },
];

/// A registration as the seed plants it: done long since.
pub(crate) fn registration(subscription: &str, namespace: &str) -> Resource {
    Resource {
        id: format!("/subscriptions/{subscription}/providers/{namespace}"),
        kind: KIND.to_owned(),
        body: json!({}),
        ..Resource::default()
    }
}

fn is_always(namespace: &str) -> bool {
    ALWAYS.iter().any(|known| known.eq_ignore_ascii_case(namespace))
}

/// True when the subscription may make resources of the provider: it is registered, or about to be. Azure does not
/// make anybody wait for the last region either.
pub(crate) fn is_registered(world: &World, subscription: &str, namespace: &str) -> bool {
    ["Registered", "Registering"].contains(&state(world, subscription, namespace).as_str())
}

fn state(world: &World, subscription: &str, namespace: &str) -> String {
    let found = world.get(&format!("/subscriptions/{subscription}/providers/{namespace}"));
    let state = match found {
        _ if is_always(namespace) => "Registered",
        Some(registration) => registration.body["state"].as_str().unwrap_or("Registered"),
        None => "NotRegistered",
    };
    state.to_owned()
}

/// The time of a registration or of its end has come.
pub(crate) fn settle(world: &mut World, key: &str) {
    world.edit(key, |found| {
        let over = if found.body["state"] == "Unregistering" { "Unregistered" } else { "Registered" };
        found.body = json!({"state": over});
    });
}

/// The types of a provider as it tells them.
fn types(namespace: &str) -> Vec<Value> {
    let prefix = format!("{namespace}/");
    let mut kinds: Vec<(&str, &[&str])> = azure::routes()
        .filter(|route| !route.versions.is_empty() && route.verb != Verb::Post)
        .filter_map(|route| route.kind.strip_prefix(&prefix).map(|kind| (kind, route.versions)))
        .collect();
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds.dedup_by_key(|(kind, _)| *kind);
    let everywhere: Vec<&str> = if azure::is_extension(namespace) {
        Vec::new()
    } else {
        regions::ALL.iter().map(|region| region.display).collect()
    };
    let capabilities =
        if everywhere.is_empty() { "SupportsExtension" } else { "SupportsTags, SupportsLocation" };
    let each = kinds.into_iter().map(|(kind, versions)| {
        let mut versions = versions.to_vec();
        versions.reverse();
        json!({"resourceType": kind, "locations": everywhere, "apiVersions": versions, "capabilities": capabilities})
    });
    each.collect()
}

/// A provider as the tenant tells it, or a subscription.
fn view(world: &World, subscription: Option<&str>, namespace: &str) -> Value {
    let mut body = json!({"namespace": namespace, "resourceTypes": types(namespace)});
    if let Some(subscription) = subscription {
        let policy = if is_always(namespace) { "RegistrationFree" } else { "RegistrationRequired" };
        body["id"] =
            json!(format!("/subscriptions/{}/providers/{namespace}", subscription.to_ascii_lowercase()));
        body["registrationState"] = json!(state(world, subscription, namespace));
        body["registrationPolicy"] = json!(policy);
    }
    body
}

fn named(name: &str) -> Result<&'static str> {
    NAMESPACES.iter().copied().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::arm(404, "InvalidResourceNamespace", format!("The resource namespace '{name}' is invalid."))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let subscription = call.id.subscription.as_deref();
    let all: Vec<Value> = NAMESPACES.iter().map(|namespace| view(world, subscription, namespace)).collect();
    Ok(Answer::ok(json!({"value": all})))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let namespace = named(call.id.names.last().map_or("", String::as_str))?;
    Ok(Answer::ok(view(world, call.id.subscription.as_deref(), namespace)))
}

/// The provider and the subscription that an action is about.
fn subject(call: &Call) -> Result<(&'static str, String)> {
    let namespace = named(call.id.namespace.as_deref().unwrap_or_default())?;
    Ok((namespace, call.id.subscription.clone().unwrap_or_default()))
}

fn resource_types(_world: &mut World, call: &Call) -> Result<Answer> {
    let (namespace, _) = subject(call)?;
    Ok(Answer::ok(json!({"value": types(namespace)})))
}

/// No provider here acts under an application of its own.
fn permissions(_world: &mut World, call: &Call) -> Result<Answer> {
    subject(call)?;
    Ok(Answer::ok(json!({"value": []})))
}

fn register(world: &mut World, call: &Call) -> Result<Answer> {
    let (namespace, subscription) = subject(call)?;
    if !is_registered(world, &subscription, namespace) {
        begin(world, &subscription, namespace, "Registering");
    }
    Ok(Answer::ok(view(world, Some(&subscription), namespace)))
}

fn unregister(world: &mut World, call: &Call) -> Result<Answer> {
    let (namespace, subscription) = subject(call)?;
    if is_always(namespace) {
        let text = format!("The resource provider '{namespace}' cannot be unregistered.");
        return Err(Failure::arm(409, "CannotUnregisterResourceProvider", text));
    }
    let prefix = format!("{}/", namespace.to_ascii_lowercase());
    let scope = format!("/subscriptions/{subscription}");
    if let Some(left) = world.all_below(&scope).find(|resource| resource.kind.starts_with(&prefix)) {
        let text = format!(
            "Cannot unregister the resource provider '{namespace}' because the subscription has resources of it, such as '{}'. Delete them first.",
            left.id
        );
        return Err(Failure::arm(409, "CannotUnregisterResourceProvider", text));
    }
    if is_registered(world, &subscription, namespace) {
        begin(world, &subscription, namespace, "Unregistering");
    }
    Ok(Answer::ok(view(world, Some(&subscription), namespace)))
}

/// On the way to being registered, or to not being it any more.
fn begin(world: &mut World, subscription: &str, namespace: &str, state: &str) {
    let mut registration = registration(subscription, namespace);
    registration.body = json!({"state": state});
    registration.due = Some(world.now + world.timings.register_provider);
    world.put(registration);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::seed::OTHER_SUBSCRIPTION;
    use crate::emulator::testing::{S1, ask, emulator, wait};

    const V: &str = "?api-version=2024-07-01";

    #[test]
    fn a_provider_is_registered_after_a_while_and_leaves_only_when_nothing_of_it_is_left() {
        let it = emulator();
        let batch = format!("/subscriptions/{OTHER_SUBSCRIPTION}/providers/Microsoft.Batch");
        let state = || ask(&it, "GET", &format!("{batch}{V}"), None).1["registrationState"].clone();
        let act = |what: &str| ask(&it, "POST", &format!("{batch}/{what}{V}"), None);
        assert_eq!(state(), "NotRegistered");
        assert_eq!(act("register").1["registrationState"], "Registering");
        let account = format!(
            "/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg3/providers/Microsoft.Batch/batchAccounts/third?api-version=2024-07-01"
        );
        assert!(ask(&it, "PUT", &account, Some(json!({"location": "eastus"}))).0 < 300);
        wait(&it, 31);
        assert_eq!(state(), "Registered");
        assert_eq!(act("unregister").0, 409);
        assert_eq!(ask(&it, "DELETE", &account, None).0, 202);
        wait(&it, 600);
        assert_eq!(act("unregister").1["registrationState"], "Unregistering");
        wait(&it, 31);
        assert_eq!(state(), "Unregistered");
        assert_eq!(ask(&it, "PUT", &account, Some(json!({"location": "eastus"}))).0, 409);
        assert_eq!(
            ask(&it, "POST", &format!("{S1}/providers/Microsoft.Authorization/unregister{V}"), None).0,
            409
        );
    }

    #[test]
    fn the_tenant_tells_providers_without_a_state() {
        let it = emulator();
        let (status, batch) = ask(&it, "GET", &format!("/providers/microsoft.batch{V}"), None);
        assert_eq!(
            (status, &batch["namespace"], batch.get("registrationState")),
            (200, &json!("Microsoft.Batch"), None)
        );
        let (_, all) = ask(&it, "GET", &format!("/providers{V}"), None);
        assert!(all["value"].as_array().is_some_and(|all| all.len() >= 4));
        let (_, types) = ask(&it, "GET", &format!("{S1}/providers/Microsoft.Batch/resourceTypes{V}"), None);
        assert!(
            types["value"].as_array().unwrap().iter().any(|it| it["resourceType"] == "batchAccounts/pools")
        );
        assert_eq!(ask(&it, "GET", &format!("/providers/Microsoft.Nope{V}"), None).0, 404);
    }
}
