//! `Microsoft.Authorization`: role definitions, role assignments, and what a principal may do by them.
//! Decides who may do what; the router asks it before every handler.

use crate::emulator::call::Failure;
use crate::emulator::router::Route;
use crate::emulator::sign_in::Caller;

pub(crate) mod access;
pub(crate) mod batch_access;
mod built_in_roles;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod grants;
mod linked;
mod permission;
mod principal;
pub(crate) mod role_assignment;
pub(crate) mod role_definition;

/// Every route of the provider.
pub(crate) const ROUTES: &[&[Route]] =
    &[role_definition::ROUTES, role_assignment::ROUTES, permission::ROUTES];

/// True when `scope` is `other` or lies in it; both in any case, `/` is the tenant.
fn is_within(scope: &str, other: &str) -> bool {
    let (scope, other) = (scope.to_ascii_lowercase(), other.to_ascii_lowercase());
    let other = other.trim_end_matches('/');
    scope
        .trim_end_matches('/')
        .strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The id of a role definition as it is told at a scope: in the scope's subscription, if it has one.
fn definition_id(scope: &str, guid: &str) -> String {
    let mut parts = scope.split('/').skip(1);
    let within = match (parts.next(), parts.next()) {
        (Some(first), Some(subscription)) if first.eq_ignore_ascii_case("subscriptions") => {
            format!("/subscriptions/{}", subscription.to_ascii_lowercase())
        }
        _ => String::new(),
    };
    format!("{within}/providers/Microsoft.Authorization/roleDefinitions/{guid}")
}

/// 400 for a body that lacks what it must have.
fn badly_formed() -> Failure {
    Failure::arm(400, "BadRequestFormat", "The request was incorrectly formatted.")
}

/// 403 in the words that clients look for.
fn forbidden(caller: &Caller, action: &str, scope: &str) -> Failure {
    let Caller { object_id, client, tenant: _ } = caller;
    let text = format!(
        "The client '{client}' with object id '{object_id}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    Failure::arm(403, "AuthorizationFailed", text)
}

#[cfg(test)]
mod tests;
