//! What Azure Resource Manager itself checks before it asks a provider: path, api-version, and that all there must be
//! around a resource is there. Holds no resource's own rules.

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure;
use crate::emulator::call::{Call, Failure, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::World;

/// No part of a path may lead elsewhere: up, into another part, or out of the line it is printed in.
pub(crate) fn check_path(call: &Call) -> Result<()> {
    let odd = |part: &String| {
        part == "." || part == ".." || part.contains(['/', '\\']) || part.contains(char::is_control)
    };
    if !call.segments.iter().any(odd) {
        return Ok(());
    }
    let text = "The request URI is invalid: it has a part that is no name.";
    Err(Failure::arm(400, "InvalidRequestUri", text))
}

/// The api-version must be there, and be one that the type has.
pub(crate) fn check_version(call: &Call, route: &Route) -> Result<()> {
    let version = call.api_version();
    if version.is_empty() {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Failure::arm(400, "MissingApiVersionParameter", text));
    }
    if route.versions.is_empty() || route.versions.iter().any(|known| known.eq_ignore_ascii_case(version)) {
        return Ok(());
    }
    let supported = route.versions.join(",");
    let date = version.get(..10).is_some_and(|date| {
        date.bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() })
    });
    let Some(namespace) = call.id.namespace.as_ref().filter(|_| date) else {
        let text =
            format!("The api-version '{version}' is invalid. The supported versions are '{supported}'.");
        return Err(Failure::arm(400, "InvalidApiVersionParameter", text));
    };
    let text = format!(
        "No registered resource provider found for location '' and API version '{version}' for type '{}'. The supported api-versions are '{supported}'.",
        call.id.types.join("/")
    );
    Err(Failure::arm(400, "NoRegisteredProviderFound", text).on(namespace))
}

/// Subscription, resource group, registration and parent must be there, and the caller must be permitted what it asks:
/// what is not there is told to nobody else.
pub(crate) fn check_scope(world: &World, call: &Call, route: &Route) -> Result<()> {
    let id = &call.id;
    check_place(id)?;
    if let Some(subscription) = &id.subscription {
        check_subscription(world, subscription)?;
        call.caller.check_tenant(&call.base, &azure::tenant_of(world, subscription))?;
    }
    azure::authorize(world, call, route)?;
    let Some(subscription) = &id.subscription else { return Ok(()) };
    let Some(namespace) = &id.namespace else { return Ok(()) };
    if let Some(group) = &id.group
        && !id.group_key().is_some_and(|key| world.has(&key))
    {
        let text = format!("Resource group '{group}' could not be found.");
        return Err(Failure::arm(404, "ResourceGroupNotFound", text));
    }
    if let Some(scope) = id.scope.as_deref() {
        check_attached(world, call, scope, namespace)?;
    }
    let first = id.types.first().map_or("", String::as_str);
    let in_group = !router::is_about_provider(first)
        && !azure::is_extension(namespace)
        && !["locations", "skus"].iter().any(|other| first.eq_ignore_ascii_case(other));
    if in_group && id.is_item() && id.group.is_none() && id.scope.is_none() {
        return Err(Failure::arm(
            404,
            "MissingResourceGroup",
            "The resource group segment is missing in the resource's path.",
        ));
    }
    if call.verb == Verb::Put {
        check_new(world, id, subscription, namespace)?;
    }
    if in_group {
        check_parent(world, id)?;
    }
    azure::check_identities(world, call)
}

/// What stands neither in a subscription nor in a group where it must.
fn check_place(id: &ArmId) -> Result<()> {
    let own = id.types.first().map_or("", String::as_str);
    let is = |known: &[&str]| known.iter().any(|known| own.eq_ignore_ascii_case(known));
    let right = match (&id.namespace, &id.subscription, &id.group) {
        (Some(namespace), None, _) => azure::is_extension(namespace),
        (None, None, _) => is(&["subscriptions", "tenants", "providers"]),
        (None, Some(_), Some(_)) => is(&["", "resources"]),
        (None, Some(_), None) => !is(&["subscriptions", "tenants"]),
        (Some(_), Some(_), _) => true,
    };
    if right {
        return Ok(());
    }
    if id.subscription.is_none() {
        let text = "The request did not have a subscription or a valid tenant level resource provider.";
        return Err(Failure::arm(404, "MissingSubscription", text));
    }
    let text = format!("The path '{}' does not name a resource type that is known.", id.path());
    Err(Failure::arm(404, "InvalidResourceType", text))
}

fn check_subscription(world: &World, subscription: &str) -> Result<()> {
    if !is_guid(subscription) {
        let text = format!("The provided subscription identifier '{subscription}' is malformed or invalid.");
        return Err(Failure::arm(400, "InvalidSubscriptionId", text));
    }
    if !world.has(&format!("/subscriptions/{subscription}")) {
        let text = format!("The subscription '{subscription}' could not be found.");
        return Err(Failure::arm(404, "SubscriptionNotFound", text));
    }
    Ok(())
}

/// Only what is said about resources stands below one, behind a second `providers`; and there must be such a one.
fn check_attached(world: &World, call: &Call, scope: &str, namespace: &str) -> Result<()> {
    let Some(scope) = ArmId::parse(scope).filter(|_| azure::is_extension(namespace)) else {
        let text = format!("The path '{}' does not name a resource.", call.path);
        return Err(Failure::arm(404, "InvalidResourceType", text));
    };
    if world.has(&scope.path()) {
        return Ok(());
    }
    Err(router::not_found(&Call { id: scope, ..call.clone() }))
}

/// Nothing is made in a group that is going, nor of a provider that is not registered.
fn check_new(world: &World, id: &ArmId, subscription: &str, namespace: &str) -> Result<()> {
    if let Some(group) = id.group_key() {
        azure::refuse_if_group_is_going(world, &group)?;
    }
    if azure::is_registered(world, subscription, namespace) {
        return Ok(());
    }
    let detail = format!("The subscription is not registered to use namespace '{namespace}'.");
    let text = format!("{detail} See https://aka.ms/rps-not-found for how to register subscriptions.");
    let refusal = Failure::arm(409, "MissingSubscriptionRegistration", text).on(namespace);
    Err(refusal.detail("MissingSubscriptionRegistration", detail))
}

/// The nearest parent that is a resource must be there: some paths lead through words that are none.
fn check_parent(world: &World, id: &ArmId) -> Result<()> {
    let mut parents = std::iter::successors(id.parent(), ArmId::parent);
    let Some(parent) = parents.find(|parent| router::is_resource(&parent.kind())) else { return Ok(()) };
    if world.has(&parent.path()) {
        return Ok(());
    }
    let text = format!(
        "Can not perform requested operation on nested resource. Parent resource '{}' not found.",
        parent.names.join("/")
    );
    Err(Failure::arm(404, "ParentResourceNotFound", text))
}

/// True when the text has the form of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
