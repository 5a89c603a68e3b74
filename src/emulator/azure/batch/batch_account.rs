//! Batch accounts on the management plane: get, list, make, change, delete.
//! Their keys are `account_keys`'s, their pools `pool`'s, what is served at their endpoint is `data_plane`'s.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::batch_operation;
use crate::emulator::azure::managed_identity;
use crate::emulator::azure::tags;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::ports;
use crate::emulator::regions;
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

/// The kind accounts are filed under.
pub(crate) const KIND: &str = "microsoft.batch/batchaccounts";
/// How long an account takes to go.
const DELETION: Duration = Duration::from_mins(1);

/// The api-versions of the management plane.
pub(crate) const VERSIONS: &[&str] = &[
    "2017-09-01",
    "2018-12-01",
    "2019-04-01",
    "2019-08-01",
    "2020-03-01",
    "2020-05-01",
    "2020-09-01",
    "2021-01-01",
    "2021-06-01",
    "2022-01-01",
    "2022-06-01",
    "2022-10-01",
    "2023-05-01",
    "2023-11-01",
    "2024-02-01",
    "2024-07-01",
    "2025-06-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "Microsoft.Batch/batchAccounts", versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: "Microsoft.Batch/batchAccounts", versions: VERSIONS, handler: get },
    Route { verb: Verb::Put, kind: "Microsoft.Batch/batchAccounts", versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: "Microsoft.Batch/batchAccounts", versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: "Microsoft.Batch/batchAccounts", versions: VERSIONS, handler: delete },
];

/// One of an account's quotas: cores, or pools.
pub(crate) fn quota(account: &Resource, name: &str) -> u32 {
    u32::try_from(account.body["properties"][name].as_u64().unwrap_or(0)).unwrap_or(u32::MAX)
}

/// Fills in what Azure answers for an account that a seed or a request names.
pub(crate) fn complete(body: &mut Value) {
    let given = body["properties"].as_object().cloned().unwrap_or_default();
    let mut properties: Map<String, Value> = Map::new();
    for (name, value) in [
        ("provisioningState", json!("Succeeded")),
        ("poolAllocationMode", json!("BatchService")),
        ("publicNetworkAccess", json!("Enabled")),
        ("privateEndpointConnections", json!([])),
        ("encryption", json!({"keySource": "Microsoft.Batch"})),
        ("dedicatedCoreQuota", json!(100_000)),
        ("lowPriorityCoreQuota", json!(100_000)),
        ("dedicatedCoreQuotaPerVMFamily", json!([])),
        ("dedicatedCoreQuotaPerVMFamilyEnforced", json!(false)),
        ("poolQuota", json!(10_000)),
        ("activeJobAndJobScheduleQuota", json!(1_000)),
        ("allowedAuthenticationModes", json!(["SharedKey", "AAD", "TaskAuthenticationToken"])),
    ] {
        properties.insert(name.to_owned(), value);
    }
    properties.extend(given);
    body["properties"] = Value::Object(properties);
    if body["identity"].is_null() {
        body["identity"] = json!({"type": "None"});
    }
    if body["tags"].is_null() {
        body["tags"] = json!({});
    }
}

/// Takes an account away whose deletion is over, with everything in it; one whose deletion failed stays.
pub(crate) fn settle(world: &mut World, key: &str) {
    if world.get(key).is_some_and(|account| account.hidden["stays"] == true) {
        world.edit(key, |account| {
            account.body["properties"]["provisioningState"] = json!("Succeeded");
            account.hidden["stays"] = json!(false);
            account.due = None;
        });
        return;
    }
    let inside: Vec<String> = world.all_below(key).map(Resource::key).collect();
    for key in inside {
        world.remove(&key);
    }
    world.endpoints.close(key);
    world.remove(key);
}

/// True for a name that an account may have.
pub(crate) fn is_account_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=24).contains(&name.len()) && name.bytes().all(plain)
}

fn view(world: &mut World, id: &str) -> Option<Value> {
    let account = world.get(id).filter(|found| found.kind == KIND)?.clone();
    let endpoint = ports::authority(world, &account.key());
    let region = account.body["location"].as_str().unwrap_or_default().to_owned();
    let mut body = account.body;
    body["properties"]["accountEndpoint"] = json!(endpoint);
    body["properties"]["nodeManagementEndpoint"] = json!(format!("node.{region}.service.batch.azure.com"));
    Some(body)
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    view(world, &call.id.path()).map(Answer::ok).ok_or_else(|| router::not_found(call))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = call
        .id
        .group_key()
        .unwrap_or_else(|| format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default()));
    let ids: Vec<(String, String)> =
        world.below(&scope, KIND).map(|account| (account.key(), account.id.clone())).collect();
    let (ids, next) = page::cut(call, call.page_size, ids.into_iter());
    let accounts: Vec<Value> = ids.iter().filter_map(|id| view(world, id)).collect();
    let mut body = json!({"value": accounts});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let sent = call.object()?;
    let name = call.id.name();
    if !is_account_name(name) {
        let text = format!(
            "The Batch account name '{name}' is invalid. It must contain between 3 and 24 characters, only numbers and lower-case letters."
        );
        return Err(Failure::arm(400, "InvalidAccountName", text).on("BatchAccount"));
    }
    let Some(location) = sent["location"].as_str() else {
        return Err(Failure::arm(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let Some(region) = regions::find(location) else {
        let text = format!(
            "The provided location '{location}' is not available for resource type 'Microsoft.Batch/batchAccounts'."
        );
        return Err(Failure::arm(400, "LocationNotAvailableForResourceType", text));
    };
    tags::check(sent)?;
    let assigned = managed_identity::told(world, &sent["identity"]["userAssignedIdentities"]);
    let old = world.get(&call.id.path()).cloned();
    if let Some(live) = old.as_ref().and_then(|old| old.body["location"].as_str())
        && live != region.name
    {
        let text = format!(
            "The resource '{name}' already exists in location '{live}' in resource group '{}'. A resource with the same name cannot be created in location '{}'. Please select a new resource name.",
            call.id.group.as_deref().unwrap_or_default(),
            region.name
        );
        return Err(Failure::arm(409, "InvalidResourceLocation", text));
    }
    if let Some(old) = &old {
        not_deleting(old)?;
    }
    let id = world.canonical(&call.id);
    let mut body =
        json!({"id": id, "name": name, "type": "Microsoft.Batch/batchAccounts", "location": region.name});
    if let Some(old) = &old {
        body = old.body.clone();
    }
    merge(&mut body, sent, assigned, world.now);
    complete(&mut body);
    let now = world.now;
    let (created_at, hidden) = old.map_or((now, Value::Null), |old| (old.created_at, old.hidden));
    let etag = world.next_etag();
    let resource = Resource {
        id: id.clone(),
        kind: KIND.to_owned(),
        body,
        hidden,
        etag,
        created_at,
        changed_at: now,
        ..Resource::default()
    };
    world.put(resource);
    view(world, &id).map(Answer::ok).ok_or_else(|| router::not_found(call))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let sent = call.object()?;
    tags::check(sent)?;
    not_deleting(world.get(&call.id.path()).ok_or_else(|| router::not_found(call))?)?;
    let assigned = managed_identity::told(world, &sent["identity"]["userAssignedIdentities"]);
    let now = world.now;
    world.edit(&call.id.path(), |account| {
        merge(&mut account.body, sent, assigned, now);
        account.changed_at = now;
    });
    get(world, call)
}

/// 409 for an account that is on its way out.
fn not_deleting(account: &Resource) -> Result<()> {
    if account.body["properties"]["provisioningState"] == "Deleting" {
        let text = "The specified account is being deleted.";
        return Err(Failure::arm(409, "AccountBeingDeleted", text).on("BatchAccount"));
    }
    Ok(())
}

/// Lays what a request may set over an account; `assigned` is what is told of the identities it sets.
fn merge(body: &mut Value, sent: &Value, assigned: Map<String, Value>, now: Moment) {
    for name in ["tags", "identity"] {
        if !sent[name].is_null() {
            body[name] = sent[name].clone();
        }
    }
    if !assigned.is_empty() {
        body["identity"]["userAssignedIdentities"] = Value::Object(assigned);
    }
    for name in [
        "autoStorage",
        "poolAllocationMode",
        "keyVaultReference",
        "publicNetworkAccess",
        "networkProfile",
        "encryption",
        "allowedAuthenticationModes",
    ] {
        if !sent["properties"][name].is_null() {
            body["properties"][name] = sent["properties"][name].clone();
        }
    }
    if !sent["properties"]["autoStorage"].is_null() {
        body["properties"]["autoStorage"]["lastKeySync"] = json!(now.rfc3339());
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let Some(account) = world.get(&call.id.path()).cloned() else { return Ok(Answer::empty(204)) };
    let gone = account.due.unwrap_or(world.now + DELETION);
    let failure = world.faults.of_operation(&account.id);
    world.edit(&account.id, |account| {
        account.body["properties"]["provisioningState"] = json!("Deleting");
        account.hidden["stays"] = json!(failure.is_some());
        account.due = Some(gone);
    });
    let region = account.body["location"].as_str().unwrap_or_default();
    let subscription = call.id.subscription.as_deref().unwrap_or_default().to_ascii_lowercase();
    let operation = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Batch/locations/{region}/accountOperationResults/{}-{}",
        call.id.name(),
        world.next_guid()
    );
    Ok(batch_operation::begin(world, call, &operation, gone, failure.as_ref()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::azure::image_fixture;
    use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};
    use crate::emulator::{IN_PROCESS_BASE, Settings};

    const API: &str = "?api-version=2025-06-01";

    #[test]
    fn the_seeds_accounts_tell_endpoints_and_quotas() {
        let emulator = emulator();
        let (_, all) =
            ask(&emulator, "GET", &format!("{S1}/providers/Microsoft.Batch/batchAccounts{API}"), None);
        let endpoint = |index: usize| all["value"][index]["properties"]["accountEndpoint"].clone();
        assert_eq!((endpoint(0), endpoint(1)), (json!("127.0.0.1:8443"), json!("127.0.0.1:8444")));
        assert_eq!(all["value"][0]["properties"]["provisioningState"], "Succeeded");
        let (status, keys) = ask(
            &emulator,
            "POST",
            &format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/listKeys{API}"),
            None,
        );
        assert_eq!((status, &keys["accountName"]), (200, &json!("mybatch")));
    }

    #[test]
    fn an_account_is_made_changed_and_taken_away_with_its_pools() {
        let emulator = emulator();
        let path = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/third");
        let url = format!("{path}{API}");
        assert_eq!(
            ask(&emulator, "PUT", &url.replace("third", "Th_ird"), Some(json!({"location": "eastus"}))).0,
            400
        );
        let (status, made) = ask(&emulator, "PUT", &url, Some(json!({"location": "East US 2"})));
        assert_eq!((status, &made["location"]), (200, &json!("eastus2")));
        let (_, patched) = ask(&emulator, "PATCH", &url, Some(json!({"tags": {"Team": "x"}})));
        assert_eq!(patched["tags"], json!({"Team": "x"}));
        let pool = format!("{path}/pools/p{API}");
        assert_eq!(ask(&emulator, "PUT", &pool, Some(image_fixture::platform_pool(0))).0, 200);
        let deleted = arm(&emulator, "DELETE", &url, None);
        assert_eq!(deleted.status, 202);
        assert_eq!(ask(&emulator, "GET", &url, None).1["properties"]["provisioningState"], "Deleting");
        for method in ["PUT", "PATCH"] {
            let (status, refusal) = ask(&emulator, method, &url, Some(json!({"location": "eastus2"})));
            assert_eq!((status, &refusal["error"]["code"]), (409, &json!("AccountBeingDeleted")), "{method}");
        }
        wait(&emulator, 120);
        let location = deleted.header("location").unwrap_or_default().replace(IN_PROCESS_BASE, "");
        assert_eq!(ask(&emulator, "GET", &location, None).0, 200);
        assert_eq!(ask(&emulator, "GET", &url, None).0, 404);
        assert_eq!(ask(&emulator, "DELETE", &url, None).0, 204);
    }

    #[test]
    fn a_quota_limits_what_a_resize_reaches() {
        let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/small");
        let seed = json!({"resources": [
            {"id": account, "location": "eastus", "properties": {"dedicatedCoreQuota": 5, "poolQuota": 1}},
        ]});
        let seed =
            crate::emulator::seed::Seed { files: vec![seed], ..crate::emulator::seed::Seed::default() };
        let emulator = crate::emulator::Emulator::new(Settings { seed, ..Settings::manual() }).unwrap();
        let pool = |name: &str| format!("{account}/pools/{name}{API}");
        assert_eq!(ask(&emulator, "PUT", &pool("p"), Some(image_fixture::platform_pool(4))).0, 200);
        wait(&emulator, 900);
        let (_, live) = ask(&emulator, "GET", &pool("p"), None);
        assert_eq!(live["properties"]["currentDedicatedNodes"], 2);
        let errors = &live["properties"]["resizeOperationStatus"]["errors"];
        assert_eq!(errors[0]["code"], "AccountCoreQuotaReached");
        let (status, refused) = ask(&emulator, "PUT", &pool("q"), Some(image_fixture::platform_pool(0)));
        assert_eq!((status, &refused["error"]["code"]), (409, &json!("PoolQuotaReached")));
    }
}
