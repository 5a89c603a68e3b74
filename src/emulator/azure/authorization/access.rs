//! What Resource Manager asks of a caller's roles before anything else happens: the action that a request is, at its scope.
//! What a write refers to is looked at by `linked`.

use crate::emulator::azure::authorization::{forbidden, grants, linked};
use crate::emulator::call::{Call, Result, Verb};
use crate::emulator::router::Route;
use crate::emulator::store::World;

/// 403 unless a role of the caller's grants what is asked, and what the body refers to.
pub(crate) fn check(world: &World, call: &Call, route: &Route) -> Result<()> {
    if is_for_all(call, route) {
        return Ok(());
    }
    let (action, scope) = (action(call, route), scope(call));
    if !grants::may(world, &call.caller, &action, &scope) {
        return Err(forbidden(&call.caller, &action, &scope));
    }
    linked::check(world, call, route.kind, &action)
}

/// True for what anybody may ask who can sign in: what stands in the tenant and no subscription, lists that show each
/// caller only what is its own, and what one may do oneself.
fn is_for_all(call: &Call, route: &Route) -> bool {
    let own_lists = ["subscriptions", "resourcegroups", "resources"];
    match call.verb {
        Verb::List if route.kind == "Microsoft.Authorization/permissions" => true,
        Verb::List if call.id.group.is_none() && own_lists.contains(&route.kind) => true,
        // Where a role may be assigned, it is checked for each of those places.
        _ if route.kind == "Microsoft.Authorization/roleDefinitions" => call.id.subscription.is_none(),
        Verb::Get | Verb::List | Verb::Head => call.id.subscription.is_none(),
        _ => false,
    }
}

/// The action as Azure names it: `Provider/type/read`, `…/write`, `…/delete`, or for what is posted `…/name/action`.
fn action(call: &Call, route: &Route) -> String {
    let namespace = call.id.namespace.as_deref().unwrap_or_default();
    let kind = match route.kind {
        "providers/register" | "providers/unregister" => {
            format!("{namespace}/{}", route.kind.trim_start_matches("providers/"))
        }
        kind if kind.starts_with("providers") => "Microsoft.Resources/subscriptions/providers".to_owned(),
        "subscriptions" => "Microsoft.Resources/subscriptions".to_owned(),
        "resourcegroups" => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
        "resources" if call.id.group.is_some() => {
            "Microsoft.Resources/subscriptions/resourceGroups/resources".to_owned()
        }
        kind if kind.contains('.') => kind.to_owned(),
        kind => format!("Microsoft.Resources/subscriptions/{kind}"),
    };
    let what = match call.verb {
        Verb::Get | Verb::List | Verb::Head => "read",
        Verb::Put | Verb::Patch => "write",
        Verb::Delete => "delete",
        // Posted, and named as a read.
        Verb::Post if kind.ends_with("/checkNameAvailability") => "read",
        Verb::Post => "action",
    };
    format!("{kind}/{what}")
}

/// Where the action must be granted: at the resource; for a list or an action at what it belongs to.
fn scope(call: &Call) -> String {
    let id = &call.id;
    if id.is_item() {
        return Some(id.path()).filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned());
    }
    match (id.parent(), &id.namespace, &id.group) {
        (Some(parent), ..) => parent.path(),
        (None, Some(namespace), Some(_)) if id.scope.is_none() => {
            format!("{}/providers/{namespace}", id.attached_to())
        }
        _ => id.attached_to(),
    }
}
