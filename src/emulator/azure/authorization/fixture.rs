//! A principal with roles of its own, for tests: as a seed, as a world, and to ask as.
//! Only for tests.

use serde_json::{Value, json};

use crate::emulator::clock::{self, Mode};
use crate::emulator::endpoints::Endpoints;
use crate::emulator::guid;
use crate::emulator::seed::{self, Seed};
use crate::emulator::sign_in::{self, directory};
use crate::emulator::store::World;
use crate::emulator::timings::Timings;
use crate::emulator::wire::Request;
use crate::emulator::{Emulator, IN_PROCESS_BASE, Settings};

/// The client that the seed declares.
pub(crate) const CLIENT: &str = "cccccccc-0000-4000-8000-000000000001";
/// Its object id.
pub(crate) const SOMEBODY: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// A client of another tenant.
pub(crate) const STRANGER: &str = "cccccccc-0000-4000-8000-000000000002";
/// That tenant.
pub(crate) const ELSEWHERE: &str = "eeeeeeee-0000-4000-8000-000000000001";
/// A subscription there.
pub(crate) const THEIRS: &str = "/subscriptions/00000000-0000-0000-0000-000000000009";

/// A role with one permission, held at a scope.
pub(crate) fn role(scope: &str, permission: &Value) -> Value {
    json!({"scope": scope, "permission": permission})
}

/// A seed in which somebody holds these roles.
pub(crate) fn seed(roles: &[Value]) -> Value {
    let resources = roles.iter().zip(1..).flat_map(|(role, number)| {
        let (name, scope) = (guid::guid(number, 0x7), role["scope"].as_str().unwrap_or_default());
        let at = format!("{scope}/providers/Microsoft.Authorization");
        [
            json!({"id": format!("{at}/roleDefinitions/{name}"),
                "properties": {"permissions": [role["permission"]]}}),
            json!({"id": format!("{at}/roleAssignments/{name}"),
                "properties": {"roleDefinitionId": name, "principalId": SOMEBODY}}),
        ]
    });
    json!({
        "subscriptions": [{"id": THEIRS.rsplit('/').next(), "tenant": ELSEWHERE}],
        "principals": [
            {"clientId": CLIENT, "objectId": SOMEBODY},
            {"clientId": STRANGER, "objectId": "aaaaaaaa-0000-4000-8000-000000000002", "tenant": ELSEWHERE},
        ],
        "resources": resources.collect::<Vec<_>>(),
    })
}

fn seeded(roles: &[Value]) -> Seed {
    Seed { default: true, files: vec![seed(roles)] }
}

/// A world in which somebody holds these roles.
pub(crate) fn world_with(roles: &[Value]) -> World {
    let mut world = World::new(Mode::Manual, Timings::default(), 100, Endpoints::in_process());
    seed::plant(&mut world, &seeded(roles)).expect("the seed is right");
    world
}

/// An emulator of such a world.
pub(crate) fn emulator_with(roles: &[Value]) -> Emulator {
    Emulator::new(Settings { seed: seeded(roles), ..Settings::manual() }).expect("the seed is right")
}

/// Asks Resource Manager, or a Batch account where the path has none of its words, as a client of the seed.
pub(crate) fn ask_as(
    it: &Emulator,
    client: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let principal = directory::of_client(&world_with(&[]), client).expect("the seed declares it");
    let arm =
        path.starts_with("/subscriptions") || path.starts_with("/tenants") || path.starts_with("/providers");
    let audience = if arm { IN_PROCESS_BASE } else { sign_in::BATCH_AUDIENCE };
    let token = sign_in::token(audience, &principal, clock::real_now(), 3600);
    let request = Request {
        method: method.to_owned(),
        url: format!("{IN_PROCESS_BASE}{path}"),
        headers: vec![("authorization".to_owned(), format!("Bearer {token}"))],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        ..Request::default()
    };
    let response = it.handle(&request).expect("nothing closes the connection");
    (response.status, response.json())
}
