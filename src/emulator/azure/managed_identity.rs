//! User-assigned managed identities as a seed plants them: get, list, and what they are to whatever is given one.
//! Nobody signs in with them here.

use serde_json::{Map, Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::{as_it_stands, subscription};
use crate::emulator::call::{Call, Failure, Result, Verb};
use crate::emulator::guid;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The api-versions that are taken.
const VERSIONS: &[&str] = &["2018-11-30", "2023-01-31", "2024-11-30"];

const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// The kind that identities are filed under.
pub(crate) const KIND: &str = "microsoft.managedidentity/userassignedidentities";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: TYPE, versions: VERSIONS, handler: as_it_stands::get },
    Route { verb: Verb::List, kind: TYPE, versions: VERSIONS, handler: as_it_stands::list },
];

/// Fills in what Azure would answer for an identity that a seed names.
pub(crate) fn planted(world: &World, identity: &mut Resource) {
    let key = identity.key();
    let of = identity.id.split('/').nth(2).unwrap_or_default();
    let facts = json!({
        "tenantId": subscription::tenant_of(world, of),
        "principalId": guid::of_text(&format!("{key}/principal")),
        "clientId": guid::of_text(&format!("{key}/client")),
    });
    let said = identity.body["properties"].as_object().cloned().unwrap_or_default();
    identity.body["properties"] = facts.as_object().cloned().into_iter().flatten().chain(said).collect();
    if identity.body["tags"].is_null() {
        identity.body["tags"] = json!({});
    }
}

/// 400 for a write that gives its resource an identity that is not there: Resource Manager looks before the provider is asked.
pub(crate) fn check_given(world: &World, call: &Call) -> Result<()> {
    if !matches!(call.verb, Verb::Put | Verb::Patch) {
        return Ok(());
    }
    let given = call.body.as_ref().and_then(|body| body["identity"]["userAssignedIdentities"].as_object());
    for id in given.into_iter().flat_map(Map::keys) {
        if find(world, id).is_none() {
            let inner = json!({"error": {
                "code": "BadRequest", "message": format!("Resource '{id}' was not found."),
            }});
            let text = format!(
                "Identity operation for resource '{}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '{inner}'.'.",
                call.id.path()
            );
            return Err(Failure::arm(400, "FailedIdentityOperation", text));
        }
    }
    Ok(())
}

/// The identities that a write gives, each with what Azure tells of it where it is given.
pub(crate) fn told(world: &World, given: &Value) -> Map<String, Value> {
    let told = given.as_object().into_iter().flat_map(Map::keys).map(|id| {
        let facts = find(world, id).map_or(&Value::Null, |found| &found.body["properties"]);
        (id.clone(), json!({"principalId": facts["principalId"], "clientId": facts["clientId"]}))
    });
    told.collect()
}

fn find<'a>(world: &'a World, id: &str) -> Option<&'a Resource> {
    world.get(&ArmId::parse(id)?.path()).filter(|found| found.kind == KIND)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::emulator::admission::is_guid;
    use crate::emulator::seed::Seed;
    use crate::emulator::sign_in::TENANT;
    use crate::emulator::testing::{RG1, S1, ask};
    use crate::emulator::{Emulator, Settings};

    fn id(name: &str) -> String {
        format!("{RG1}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
    }

    fn emulator() -> Emulator {
        let seed = json!({"resources": [
            {"id": id("nodes"), "location": "eastus", "tags": {"team": "render"}},
            {"id": id("others"), "location": "eastus"},
        ]});
        let seed = Seed { files: vec![seed], ..Seed::default() };
        Emulator::new(Settings { seed, ..Settings::manual() }).expect("the seed is right")
    }

    fn read(emulator: &Emulator, path: &str) -> (u16, Value) {
        ask(emulator, "GET", &format!("{path}?api-version=2023-01-31"), None)
    }

    #[test]
    fn an_identity_is_known_by_three_ids_of_its_own() {
        let it = emulator();
        let (status, nodes) = read(&it, &id("nodes"));
        assert_eq!(
            (status, &nodes["tags"]["team"], &nodes["location"]),
            (200, &json!("render"), &json!("eastus"))
        );
        assert_eq!(nodes["type"], "Microsoft.ManagedIdentity/userAssignedIdentities");
        let others = read(&it, &id("OTHERS")).1;
        assert_eq!(others["properties"]["tenantId"], TENANT);
        for known_by in ["principalId", "clientId"] {
            let of = |body: &Value| body["properties"][known_by].as_str().unwrap_or_default().to_owned();
            assert!(is_guid(&of(&nodes)) && of(&nodes) != of(&others), "{nodes} {others}");
        }
        assert_ne!(nodes["properties"]["principalId"], nodes["properties"]["clientId"]);
        assert_eq!(read(&it, &id("nobody")).0, 404);
        for scope in [S1, RG1] {
            let all =
                read(&it, &format!("{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities")).1;
            assert_eq!(all["value"].as_array().map(Vec::len), Some(2), "{all}");
        }
    }

    #[test]
    fn only_an_identity_that_is_there_is_given() {
        let it = emulator();
        let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch?api-version=2024-07-01");
        let pool = account.replace('?', "/pools/p?");
        let machine = json!({
            "nodeAgentSkuId": "batch.node.ubuntu 24.04",
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        });
        let properties = json!({
            "vmSize": "STANDARD_D2S_V3",
            "deploymentConfiguration": {"virtualMachineConfiguration": machine},
        });
        for (method, path, properties) in [("PATCH", &account, json!({})), ("PUT", &pool, properties)] {
            let give = |name: &str| {
                let given = json!({"type": "UserAssigned", "userAssignedIdentities": {id(name): {}}});
                let body = json!({"identity": given, "properties": properties});
                ask(&it, method, path, Some(body))
            };
            let (status, refusal) = give("nobody");
            assert_eq!((status, &refusal["error"]["code"]), (400, &json!("FailedIdentityOperation")));
            let message = refusal["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(&format!("Resource '{}' was not found.", id("nobody"))), "{message}");
            let (status, body) = give("nodes");
            assert_eq!(status, 200, "{body}");
            let told = &body["identity"]["userAssignedIdentities"][id("nodes")];
            assert_eq!(told["principalId"], read(&it, &id("nodes")).1["properties"]["principalId"], "{body}");
        }
    }
}
