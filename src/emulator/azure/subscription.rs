//! Subscriptions and tenants, as Azure Resource Manager lists them.
//! Fixed by the seed: nothing here can be written.

use serde_json::json;

use crate::emulator::azure::authorization::grants;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::page;
use crate::emulator::router::{self, Route};
use crate::emulator::sign_in::{DOMAIN, TENANT};
use crate::emulator::store::{Resource, World};

/// The kind subscriptions are filed under.
pub(crate) const KIND: &str = "subscriptions";

/// The api-versions of subscriptions, their locations, and tenants.
pub(crate) const VERSIONS: &[&str] = &[
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2021-10-01",
    "2022-09-01",
    "2022-12-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "subscriptions", versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: "subscriptions", versions: VERSIONS, handler: get },
    Route { verb: Verb::List, kind: "tenants", versions: VERSIONS, handler: tenants },
];

/// The tenant that a subscription belongs to; empty for one that is not there.
pub(crate) fn tenant_of(world: &World, id: &str) -> String {
    let found = world.get(&format!("/subscriptions/{id}"));
    found.and_then(|found| found.body["tenantId"].as_str()).unwrap_or_default().to_owned()
}

/// A subscription of a tenant as the seed plants it.
pub(crate) fn planted(id: &str, name: &str, tenant: &str) -> Resource {
    let body = json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
        },
    });
    Resource { id: format!("/subscriptions/{id}"), kind: KIND.to_owned(), body, ..Resource::default() }
}

/// Those in which the caller has any role at all.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let mine = world.children("/subscriptions", KIND).filter(|it| {
        it.body["tenantId"] == call.caller.tenant && grants::has_any_role(world, &call.caller, &it.id)
    });
    let mut answer = page::list(call, mine, |it| it.body.clone());
    // The one list in which the contract wants a link even when there is nothing more.
    if let Some(body) = answer.body.as_mut().filter(|body| body["nextLink"].is_null()) {
        body["nextLink"] = json!("");
    }
    Ok(answer)
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = world.get(&call.id.path()).ok_or_else(|| router::not_found(call))?;
    Ok(Answer::ok(found.body.clone()))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn tenants(_world: &mut World, call: &Call) -> Result<Answer> {
    let tenant = &call.caller.tenant;
    let domain = if tenant == TENANT { DOMAIN.to_owned() } else { format!("{tenant}.onmicrosoft.com") };
    Ok(Answer::ok(json!({"value": [{
        "id": format!("/tenants/{tenant}"), "tenantId": tenant, "countryCode": "US", "displayName": "Emulator",
        "domains": [domain], "tenantCategory": "Home", "defaultDomain": domain,
        "tenantType": "AAD",
    }], "nextLink": ""})))
}
