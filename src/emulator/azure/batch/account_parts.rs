//! What hangs on a Batch account without being a pool: private links, detectors, applications, its outbound needs.
//! Read only. What only a write could make, and cannot be made here, is an empty list.

use serde_json::{Value, json};

use crate::emulator::azure::batch::batch_account::VERSIONS;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::World;

/// Certificates went with 2025-06-01, security perimeters came with it.
const WITH_CERTIFICATES: &[&str] = match VERSIONS.split_last() {
    Some((_, earlier)) => earlier,
    None => VERSIONS,
};
const WITH_PERIMETERS: &[&str] = &["2025-06-01"];

pub(crate) const ROUTES: &[Route] = &[
    list_of("Microsoft.Batch/batchAccounts/applications", VERSIONS, nothing),
    item_of("Microsoft.Batch/batchAccounts/applications", VERSIONS, missing),
    list_of("Microsoft.Batch/batchAccounts/certificates", WITH_CERTIFICATES, nothing),
    item_of("Microsoft.Batch/batchAccounts/certificates", WITH_CERTIFICATES, missing),
    list_of("Microsoft.Batch/batchAccounts/detectors", VERSIONS, nothing),
    item_of("Microsoft.Batch/batchAccounts/detectors", VERSIONS, missing),
    list_of("Microsoft.Batch/batchAccounts/privateEndpointConnections", VERSIONS, nothing),
    item_of("Microsoft.Batch/batchAccounts/privateEndpointConnections", VERSIONS, missing),
    list_of("Microsoft.Batch/batchAccounts/networkSecurityPerimeterConfigurations", WITH_PERIMETERS, nothing),
    item_of("Microsoft.Batch/batchAccounts/networkSecurityPerimeterConfigurations", WITH_PERIMETERS, missing),
    list_of("Microsoft.Batch/batchAccounts/privateLinkResources", VERSIONS, links),
    item_of("Microsoft.Batch/batchAccounts/privateLinkResources", VERSIONS, link),
    list_of("Microsoft.Batch/batchAccounts/outboundNetworkDependenciesEndpoints", VERSIONS, outbound),
];

const fn list_of(kind: &'static str, versions: &'static [&'static str], handler: router::Handler) -> Route {
    Route { verb: Verb::List, kind, versions, handler }
}

const fn item_of(kind: &'static str, versions: &'static [&'static str], handler: router::Handler) -> Route {
    Route { verb: Verb::Get, kind, versions, handler }
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn nothing(_world: &mut World, _call: &Call) -> Result<Answer> {
    Ok(Answer::ok(json!({"value": []})))
}

fn missing(_world: &mut World, call: &Call) -> Result<Answer> {
    Err(router::not_found(call))
}

/// The two sub-resources that a private endpoint can be connected to.
fn all_links(world: &World, account: &str) -> Vec<Value> {
    let account = world.get(account);
    let region = account.and_then(|account| account.body["location"].as_str()).unwrap_or_default();
    let id = account.map(|account| account.id.as_str()).unwrap_or_default();
    let zone = format!("privatelink.{region}.batch.azure.com");
    ["batchAccount", "nodeManagement"]
        .map(|name| {
            json!({
                "id": format!("{id}/privateLinkResources/{name}"),
                "name": name,
                "type": "Microsoft.Batch/batchAccounts/privateLinkResources",
                "properties": {"groupId": name, "requiredMembers": [name], "requiredZoneNames": [zone]},
            })
        })
        .to_vec()
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn links(world: &mut World, call: &Call) -> Result<Answer> {
    let account = call.id.parent().map(|account| account.path()).unwrap_or_default();
    Ok(Answer::ok(json!({"value": all_links(world, &account)})))
}

fn link(world: &mut World, call: &Call) -> Result<Answer> {
    let account = call.id.parent().map(|account| account.path()).unwrap_or_default();
    let wanted = call.id.name();
    let found = all_links(world, &account)
        .into_iter()
        .find(|link| link["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
    found.map(Answer::ok).ok_or_else(|| router::not_found(call))
}

/// What the nodes of the account's pools must be able to reach.
fn outbound(world: &mut World, call: &Call) -> Result<Answer> {
    let account = call.id.parent().and_then(|account| world.get(&account.path())).cloned();
    let account = account.ok_or_else(|| router::not_found(call))?;
    let region = account.body["location"].as_str().unwrap_or_default();
    let name = account.body["name"].as_str().unwrap_or_default();
    let endpoint = |domain: String, description: &str| json!({"domainName": domain, "description": description, "endpointDetails": [{"port": 443}]});
    let every = "Applicable to all Azure Batch pools.";
    let mut storage: Vec<Value> = ["blob", "table", "queue"]
        .iter()
        .map(|kind| endpoint(format!("*.{kind}.core.windows.net"), every))
        .collect();
    let auto = account.body["properties"]["autoStorage"]["storageAccountId"].as_str();
    if let Some(auto) = auto.and_then(|id| id.rsplit('/').next()) {
        let text = "AutoStorage endpoint for this Batch account. Applicable to all Azure Batch pools under this account.";
        storage.insert(0, endpoint(format!("{auto}.blob.core.windows.net"), text));
    }
    let batch = [
        endpoint(
            format!("{name}.{region}.batch.azure.com"),
            "Applicable to job manager tasks, tasks that use job scoped authentication, or any task that makes calls to Batch.",
        ),
        endpoint(format!("{region}.service.batch.azure.com"), every),
    ];
    let packages = "Only applicable to pools containing a Mount Configuration. Learn about Mount Configurations in Batch at https://docs.microsoft.com/azure/batch/virtual-file-mount.";
    let vault = "Only applicable to pools containing a Disk Encryption Configuration and whose VM size does not support encryption at host. Learn more about disk encryption in Azure Batch at https://docs.microsoft.com/azure/batch/disk-encryption.";
    Ok(Answer::ok(json!({"value": [
        {"category": "Azure Batch", "endpoints": batch},
        {"category": "Azure Storage", "endpoints": storage},
        {"category": "Microsoft Package Repository",
            "endpoints": [endpoint("packages.microsoft.com".to_owned(), packages)]},
        {"category": "Azure Key Vault", "endpoints": [endpoint("*.vault.azure.net".to_owned(), vault)]},
    ]})))
}

#[cfg(test)]
mod tests {
    use crate::emulator::testing::{RG1, ask, emulator};

    #[test]
    fn an_account_tells_what_hangs_on_it_in_the_versions_that_have_it() {
        let emulator = emulator();
        let get = |part: &str, version: &str| {
            let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch");
            ask(&emulator, "GET", &format!("{account}/{part}?api-version={version}"), None)
        };
        for (part, version, status, entries) in [
            ("applications", "2024-07-01", 200, 0),
            ("certificates", "2024-07-01", 200, 0),
            ("certificates", "2025-06-01", 400, 0),
            ("detectors", "2025-06-01", 200, 0),
            ("networkSecurityPerimeterConfigurations", "2025-06-01", 200, 0),
            ("networkSecurityPerimeterConfigurations", "2024-07-01", 400, 0),
            ("privateLinkResources", "2025-06-01", 200, 2),
            ("privateLinkResources/batchaccount", "2025-06-01", 200, 0),
            ("privateLinkResources/other", "2025-06-01", 404, 0),
            ("outboundNetworkDependenciesEndpoints", "2025-06-01", 200, 4),
        ] {
            let (found, body) = get(part, version);
            let listed = body["value"].as_array().map_or(0, Vec::len);
            assert_eq!((found, listed), (status, entries), "{part} {version}: {body}");
        }
    }
}
