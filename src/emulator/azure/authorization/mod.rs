//! `Microsoft.Authorization`: role definitions, role assignments, and what a principal may do by them.
//! Decides who may do what; asks nobody for it yet but its own operations.

use crate::emulator::call::Failure;
use crate::emulator::router::Route;

mod built_in_roles;
mod permission;
mod principal;
pub(crate) mod role_assignment;
mod role_definition;

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
fn forbidden(principal: &str, client: &str, action: &str, scope: &str) -> Failure {
    let text = format!(
        "The client '{client}' with object id '{principal}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    Failure::arm(403, "AuthorizationFailed", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_contain_what_lies_in_them_and_not_what_only_starts_alike() {
        for (scope, other, within) in [
            ("/subscriptions/S/resourceGroups/g", "/subscriptions/s", true),
            ("/subscriptions/s", "/subscriptions/s", true),
            ("/subscriptions/s", "/", true),
            ("/", "/", true),
            ("/", "/subscriptions/s", false),
            ("/subscriptions/s2", "/subscriptions/s", false),
        ] {
            assert_eq!(is_within(scope, other), within, "{scope} in {other}");
        }
        assert_eq!(definition_id("/", "x"), "/providers/Microsoft.Authorization/roleDefinitions/x");
        assert!(
            definition_id("/subscriptions/S/resourceGroups/g", "x")
                .starts_with("/subscriptions/s/providers/")
        );
    }
}
