//! Storage accounts as a seed plants them: get, list, list keys. The blobs are another server's, which a seed names in
//! `primaryEndpoints.blob`: Azurite, on this machine.

use serde_json::{Value, json};

use crate::emulator::azure::as_it_stands;
use crate::emulator::base64;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

/// The api-versions that are taken.
const VERSIONS: &[&str] =
    &["2022-09-01", "2023-01-01", "2023-04-01", "2023-05-01", "2024-01-01", "2025-01-01"];

const TYPE: &str = "Microsoft.Storage/storageAccounts";

/// The kind that accounts are filed under.
pub(crate) const KIND: &str = "microsoft.storage/storageaccounts";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: TYPE, versions: VERSIONS, handler: as_it_stands::get },
    Route { verb: Verb::List, kind: TYPE, versions: VERSIONS, handler: as_it_stands::list },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Storage/storageAccounts/listKeys",
        versions: VERSIONS,
        handler: keys,
    },
];

/// Fills in what Azure would answer for an account that a seed names.
pub(crate) fn planted(account: &mut Resource) {
    let name = account.body["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    let body = &mut account.body;
    let mut default = |key: &str, value: Value| {
        if body[key].is_null() {
            body[key] = value;
        }
    };
    default("kind", json!("StorageV2"));
    default("sku", json!({"name": "Standard_LRS", "tier": "Standard"}));
    default("properties", json!({}));
    let properties = &mut body["properties"];
    let mut default = |key: &str, value: Value| {
        if properties[key].is_null() {
            properties[key] = value;
        }
    };
    default("provisioningState", json!("Succeeded"));
    default("primaryEndpoints", json!({"blob": format!("https://{name}.blob.core.windows.net/")}));
}

/// The keys, which are plainly fake: nothing is signed with them here.
fn keys(world: &mut World, call: &Call) -> Result<Answer> {
    let id = call.id.parent().map(|account| account.path()).unwrap_or_default();
    let account = world.get(&id).filter(|found| found.kind == KIND).ok_or_else(|| router::not_found(call))?;
    let name = account.body["name"].as_str().unwrap_or_default();
    let key = |which: &str| {
        let value = base64::encode(format!("emulator {which} of {name}, which is no secret").as_bytes());
        json!({"keyName": which, "value": value, "permissions": "FULL"})
    };
    Ok(Answer::ok(json!({"keys": [key("key1"), key("key2")]})))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::seed::Seed;
    use crate::emulator::testing::{RG1, S1, ask};
    use crate::emulator::{Emulator, Settings};

    #[test]
    fn an_account_says_where_its_blobs_are() {
        let id = |name: &str| format!("{RG1}/providers/Microsoft.Storage/storageAccounts/{name}");
        let local = json!({"blob": "https://127.0.0.1:10443/local"});
        let seed = json!({"resources": [
            {"id": id("renders"), "location": "eastus"},
            {"id": id("local"), "location": "eastus", "properties": {"primaryEndpoints": local}},
        ]});
        let seed = Seed { files: vec![seed], ..Seed::default() };
        let emulator = Emulator::new(Settings { seed, ..Settings::manual() }).unwrap();
        let read = |path: &str| ask(&emulator, "GET", &format!("{path}?api-version=2024-01-01"), None);
        let blobs = |name: &str| read(&id(name)).1["properties"]["primaryEndpoints"]["blob"].clone();
        assert_eq!(blobs("renders"), "https://renders.blob.core.windows.net/");
        assert_eq!(blobs("local"), "https://127.0.0.1:10443/local");
        assert_eq!(read(&id("nowhere")).0, 404);
        let all = read(&format!("{S1}/providers/Microsoft.Storage/storageAccounts")).1;
        assert_eq!(all["value"].as_array().map(Vec::len), Some(2));
        let keys = format!("{}/listKeys?api-version=2024-01-01", id("local"));
        assert_eq!(ask(&emulator, "POST", &keys, None).1["keys"][1]["keyName"], "key2");
    }
}
