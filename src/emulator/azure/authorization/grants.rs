//! Which roles a principal holds at a scope, by assignments there and above, and whether one of them grants an action.
//! Knows no requests: what action one is stands in `access` and `batch_access`.

use serde_json::Value;

use crate::emulator::azure::authorization::{built_in_roles, role_assignment, role_definition};
use crate::emulator::glob;
use crate::emulator::sign_in::Caller;
use crate::emulator::store::{Resource, World};

/// The two planes for which a role grants by lists of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    /// `actions` and `notActions`.
    Management,
    /// `dataActions` and `notDataActions`.
    Data,
}

/// True when the caller may take an action at a scope.
pub(crate) fn may(world: &World, caller: &Caller, action: &str, scope: &str) -> bool {
    is_granted(world, caller, Plane::Management, action, scope)
}

/// The same on either plane. What a role takes out again, another may still grant.
pub(super) fn is_granted(world: &World, caller: &Caller, plane: Plane, action: &str, scope: &str) -> bool {
    assignments(world, &caller.object_id, scope)
        .iter()
        .any(|assignment| grants(world, role_assignment::role_of(assignment), plane, action))
}

/// The properties of every role that a principal holds at a scope.
pub(super) fn roles(world: &World, principal: &str, scope: &str) -> Vec<Value> {
    let held = assignments(world, principal, scope).into_iter();
    held.filter_map(|it| role_definition::properties(world, role_assignment::role_of(it))).collect()
}

/// True when the caller holds a role at a scope, or anywhere in it.
pub(crate) fn has_any_role(world: &World, caller: &Caller, scope: &str) -> bool {
    !assignments(world, &caller.object_id, scope).is_empty()
        || world.below(scope, role_assignment::KIND).any(|it| is_of(it, &caller.object_id))
}

/// The assignments of a principal that hold at a scope. They are filed below what they are attached to, so that those of
/// every scope above are found without looking at any other.
fn assignments<'a>(world: &'a World, principal: &str, scope: &str) -> Vec<&'a Resource> {
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    let above = std::iter::successors(Some(scope.as_str()), |it| Some(it.rsplit_once('/')?.0));
    let at = |scope: &str| {
        let found =
            world.children(&format!("{scope}/providers/{}", role_assignment::KIND), role_assignment::KIND);
        found.filter(|it| is_of(it, principal)).collect::<Vec<_>>()
    };
    above.flat_map(at).collect()
}

fn is_of(assignment: &Resource, principal: &str) -> bool {
    let told = assignment.body["properties"]["principalId"].as_str();
    told.is_some_and(|told| told.eq_ignore_ascii_case(principal))
}

/// True when the role of that GUID grants an action.
fn grants(world: &World, role: &str, plane: Plane, action: &str) -> bool {
    if let Some(role) = built_in_roles::find(role) {
        let (granted, taken) = role.lists(plane);
        return covers(granted.iter().copied(), action) && !covers(taken.iter().copied(), action);
    }
    let (granted, taken) = match plane {
        Plane::Management => ("actions", "notActions"),
        Plane::Data => ("dataActions", "notDataActions"),
    };
    let permissions =
        role_definition::custom(world, role).map(|role| &role.body["properties"]["permissions"]);
    permissions.and_then(Value::as_array).into_iter().flatten().any(|permission| {
        let list = |name: &str| {
            permission[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>()
        };
        covers(list(granted).into_iter(), action) && !covers(list(taken).into_iter(), action)
    })
}

fn covers<'p>(mut patterns: impl Iterator<Item = &'p str>, action: &str) -> bool {
    patterns.any(|pattern| glob::fits(pattern, action))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::azure::authorization::fixture::{SOMEBODY, role, world_with};
    use crate::emulator::testing::{RG1, S1};

    fn somebody() -> Caller {
        Caller { object_id: SOMEBODY.to_owned(), ..Caller::default() }
    }

    #[test]
    fn a_role_holds_at_its_scope_and_in_all_that_lies_there() {
        let image = format!("{RG1}/providers/Microsoft.Compute/images/img1");
        let action = "Microsoft.Compute/images/read";
        for (scope, at_group, at_image, at_other) in [
            (S1, true, true, true),
            (RG1, true, true, false),
            (&image, false, true, false),
            (&format!("{S1}/resourceGroups/rg2"), false, false, true),
        ] {
            let world = world_with(&[role(scope, &json!({"actions": ["Microsoft.Compute/*/READ"]}))]);
            let may = |scope: &str| may(&world, &somebody(), action, scope);
            assert_eq!(may(RG1), at_group, "{scope}");
            assert_eq!(may(&image.to_uppercase()), at_image, "{scope}");
            assert_eq!(may(&format!("{S1}/resourceGroups/rg2/providers/x/y/z")), at_other, "{scope}");
            assert!(!may("/"), "{scope}");
            assert!(has_any_role(&world, &somebody(), S1), "{scope}");
        }
        assert!(!has_any_role(&world_with(&[]), &somebody(), S1));
    }

    #[test]
    fn a_role_takes_out_only_of_what_it_grants_itself_and_on_its_own_plane() {
        let all_but = json!({"actions": ["*"], "notActions": ["Microsoft.Compute/images/*"]});
        let reader = json!({"actions": ["*/read"], "dataActions": ["Microsoft.Batch/*"]});
        let read = "Microsoft.Compute/images/read";
        let one = world_with(&[role(RG1, &all_but)]);
        assert!(may(&one, &somebody(), "Microsoft.Compute/disks/read", RG1));
        assert!(!may(&one, &somebody(), read, RG1));
        let both = world_with(&[role(RG1, &all_but), role(S1, &reader)]);
        assert!(may(&both, &somebody(), read, RG1));
        let job = "Microsoft.Batch/batchAccounts/jobs/write";
        assert!(is_granted(&both, &somebody(), Plane::Data, job, RG1));
        assert!(!is_granted(&both, &somebody(), Plane::Data, read, RG1));
        assert!(!is_granted(&one, &somebody(), Plane::Data, job, RG1), "actions are another plane");
    }
}
