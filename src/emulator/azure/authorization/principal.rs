//! The principals that the directory knows: those that sign in, and the identities that resources have.
//! Only tells them apart; Microsoft Graph's answers are in `sign_in::graph`.

use crate::emulator::sign_in::directory;
use crate::emulator::store::World;

/// What kind of principal an object id is; none when the directory has no such object.
pub(super) fn kind(world: &World, object_id: &str) -> Option<&'static str> {
    let same =
        |value: &serde_json::Value| value.as_str().is_some_and(|known| known.eq_ignore_ascii_case(object_id));
    let has_it = || {
        world.all_below("").any(|resource| {
            let identity = &resource.body["identity"];
            let assigned = identity["userAssignedIdentities"].as_object();
            same(&identity["principalId"])
                || assigned.is_some_and(|all| all.values().any(|each| same(&each["principalId"])))
                || (resource.kind == "microsoft.managedidentity/userassignedidentities"
                    && same(&resource.body["properties"]["principalId"]))
        })
    };
    (directory::of_object(world, object_id).is_some() || has_it()).then_some("ServicePrincipal")
}
