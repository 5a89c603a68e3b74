//! The shared keys of a Batch account, and the keys of its auto storage: list, make anew, read again.
//! The keys are plainly fake: nothing is signed with them here.

use serde_json::{Value, json};

use crate::emulator::azure::batch::batch_account::{KIND, VERSIONS};
use crate::emulator::azure::batch::refusal;
use crate::emulator::base64;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/batchAccounts/listKeys",
        versions: VERSIONS,
        handler: list,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/batchAccounts/regenerateKeys",
        versions: VERSIONS,
        handler: regenerate,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/batchAccounts/syncAutoStorageKeys",
        versions: VERSIONS,
        handler: sync_auto_storage,
    },
];

fn account_of(world: &World, call: &Call) -> Result<Resource> {
    let id = call.id.parent().map(|account| account.path()).unwrap_or_default();
    let found = world.get(&id).filter(|found| found.kind == KIND).cloned();
    found.ok_or_else(|| router::not_found(call))
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    account_of(world, call).map(|account| Answer::ok(keys(&account)))
}

fn keys(account: &Resource) -> Value {
    let name = account.body["name"].as_str().unwrap_or_default();
    let key = |which: &str| {
        let generation = account.hidden["keys"][which].as_u64().unwrap_or(0);
        let text = base64::encode(
            format!("emulator {which} key {generation} of {name}, which is no secret").as_bytes(),
        );
        let padding = "=".repeat(text.len().wrapping_neg() % 4);
        format!("{}{padding}", text.replace('-', "+").replace('_', "/"))
    };
    json!({"accountName": name, "primary": key("primary"), "secondary": key("secondary")})
}

fn regenerate(world: &mut World, call: &Call) -> Result<Answer> {
    let account = account_of(world, call)?;
    let wanted = call.object()?["keyName"].as_str().unwrap_or_default().to_ascii_lowercase();
    if !matches!(wanted.as_str(), "primary" | "secondary") {
        let reason = "The key name must be Primary or Secondary.";
        return Err(refusal::invalid_property("keyName", reason).on("BatchAccount"));
    }
    world.edit(&account.id, |account| {
        if !account.hidden.is_object() {
            account.hidden = json!({});
        }
        let generation = account.hidden["keys"][&wanted].as_u64().unwrap_or(0);
        account.hidden["keys"][&wanted] = json!(generation + 1);
    });
    list(world, call)
}

fn sync_auto_storage(world: &mut World, call: &Call) -> Result<Answer> {
    let account = account_of(world, call)?;
    if account.body["properties"]["autoStorage"].is_null() {
        let reason = "The Batch account has no auto storage account whose keys could be synchronized.";
        return Err(refusal::invalid_for_state(reason).on("BatchAccount"));
    }
    let now = world.now;
    world.edit(&account.id, |account| {
        account.body["properties"]["autoStorage"]["lastKeySync"] = json!(now.rfc3339());
    });
    Ok(Answer::empty(204))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{RG1, ask, emulator, wait};

    #[test]
    fn keys_are_made_anew_one_at_a_time() {
        let emulator = emulator();
        let url = |action: &str| {
            format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/{action}?api-version=2024-07-01")
        };
        let before = ask(&emulator, "POST", &url("listKeys"), None).1;
        let (status, after) =
            ask(&emulator, "POST", &url("regenerateKeys"), Some(json!({"keyName": "Primary"})));
        assert_eq!(status, 200);
        assert_ne!(before["primary"], after["primary"]);
        assert_eq!(before["secondary"], after["secondary"]);
        assert_eq!(ask(&emulator, "POST", &url("listKeys"), None).1, after);
        assert_eq!(ask(&emulator, "POST", &url("regenerateKeys"), Some(json!({"keyName": "x"}))).0, 400);
    }

    #[test]
    fn keys_of_the_auto_storage_are_read_again() {
        let emulator = emulator();
        let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch");
        let url = format!("{account}?api-version=2024-07-01");
        let sync = format!("{account}/syncAutoStorageKeys?api-version=2024-07-01");
        assert_eq!(ask(&emulator, "POST", &sync, None).0, 409);
        let storage = format!("{RG1}/providers/Microsoft.Storage/storageAccounts/s");
        let body = json!({"properties": {"autoStorage": {"storageAccountId": storage}}});
        let patched = ask(&emulator, "PATCH", &url, Some(body)).1;
        wait(&emulator, 60);
        assert_eq!(ask(&emulator, "POST", &sync, None).0, 204);
        let synced = |body: &serde_json::Value| body["properties"]["autoStorage"]["lastKeySync"].clone();
        assert!(synced(&patched).is_string());
        assert_ne!(synced(&patched), synced(&ask(&emulator, "GET", &url, None).1));
    }
}
