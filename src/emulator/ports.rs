//! Which port each Batch account's data plane has: an account keeps its own over restarts.
//! Only remembers; `endpoints` gives ports out and has them opened.

use serde_json::{Map, Value};

use crate::emulator::store::{self, Resource, World};

/// Where the ports are filed.
const ID: &str = "/emulator/ports";

/// The authority of a Batch account's data plane, as `accountEndpoint` tells it; opens it when it is new.
pub(crate) fn authority(world: &mut World, account: &str) -> String {
    let key = account.to_ascii_lowercase();
    let mut ports = world.get(ID).cloned().unwrap_or_else(|| Resource {
        id: ID.to_owned(),
        kind: store::OWN.to_owned(),
        body: Value::Object(Map::new()),
        ..Resource::default()
    });
    let known = ports.body[&key].as_u64().and_then(|port| u16::try_from(port).ok());
    let port = world.endpoints.open(&key, known);
    // In process a port is but a number: nobody holds on to it.
    if known != Some(port) && world.endpoints.are_served() {
        ports.body[&key] = Value::from(port);
        world.put(ports);
    }
    world.endpoints.of_account(&key).unwrap_or_default()
}

/// Opens what every Batch account needs, those first that had a port before. Tells which could not have it again.
pub(crate) fn open_all(world: &mut World) -> Vec<String> {
    let known = world.get(ID).and_then(|ports| ports.body.as_object()).cloned().unwrap_or_default();
    let accounts: Vec<String> = world.below("", "microsoft.batch/batchaccounts").map(Resource::key).collect();
    let (old, new): (Vec<_>, Vec<_>) = accounts.into_iter().partition(|key| known.contains_key(key));
    let mut moved = Vec::new();
    for key in old.into_iter().chain(new) {
        authority(world, &key);
        let port = world.endpoints.port(&key).map(Value::from);
        if known.get(&key).is_some_and(|known| port.as_ref() != Some(known)) {
            moved.push(key);
        }
    }
    moved
}
