//! What Batch tells of a region: the sizes of machines, how many accounts there can be, which names are free.
//! Nothing here belongs to an account.

use serde_json::json;

use crate::emulator::azure::batch::batch_account::{KIND, VERSIONS, is_account_name};
use crate::emulator::azure::compute::vm_sku;
use crate::emulator::azure::odata::Filter;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::World;

/// Accounts in one region of a subscription.
const ACCOUNT_QUOTA: u32 = 50;

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "Microsoft.Batch/locations/quotas", versions: VERSIONS, handler: quotas },
    Route {
        verb: Verb::List,
        kind: "Microsoft.Batch/locations/virtualMachineSkus",
        versions: VERSIONS,
        handler: sizes,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/locations/checkNameAvailability",
        versions: VERSIONS,
        handler: check_name,
    },
];

fn region(call: &Call) -> Result<&'static regions::Region> {
    let name = call.id.names.first().map_or("", String::as_str);
    regions::find(name).ok_or_else(|| {
        let text = format!(
            "The provided location '{name}' is not available for resource type 'Microsoft.Batch/locations'."
        );
        Failure::arm(400, "LocationNotAvailableForResourceType", text)
    })
}

fn quotas(_world: &mut World, call: &Call) -> Result<Answer> {
    region(call)?;
    Ok(Answer::ok(json!({"accountQuota": ACCOUNT_QUOTA})))
}

fn sizes(_world: &mut World, call: &Call) -> Result<Answer> {
    let region = region(call)?;
    let filter = Filter::parse(call.query("$filter"))?;
    // Pools are not held to it.
    let sizes = vm_sku::all().iter().filter_map(|size| size.batch_sku(region));
    let rows = sizes.enumerate().map(|(index, size)| (format!("{index:05}"), size));
    let (rows, next) = page::cut(call, page::size(call), rows.filter(|(_, row)| filter.admits(row)));
    let mut body = json!({"value": rows});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

/// A name is an account's own in its region.
fn check_name(world: &mut World, call: &Call) -> Result<Answer> {
    let region = region(call)?;
    let name = call.object()?["name"].as_str().unwrap_or_default();
    let no = |reason: &str, message: String| {
        Ok(Answer::ok(json!({"nameAvailable": false, "reason": reason, "message": message})))
    };
    if !is_account_name(name) {
        return no("Invalid", format!("The requested account name '{name}' is invalid."));
    }
    let taken = world
        .below("", KIND)
        .any(|account| account.body["name"] == name && account.body["location"] == region.name);
    if taken {
        return no("AlreadyExists", format!("An account named '{name}' is already in use."));
    }
    Ok(Answer::ok(json!({"nameAvailable": true})))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{S1, ask, emulator};

    fn url(region: &str, what: &str) -> String {
        let sign = if what.contains('?') { '&' } else { '?' };
        format!("{S1}/providers/Microsoft.Batch/locations/{region}/{what}{sign}api-version=2024-07-01")
    }

    #[test]
    fn a_region_tells_its_sizes_and_quotas() {
        let emulator = emulator();
        let ds = url("eastus", "virtualMachineSkus?$filter=familyName eq 'standardDDSv5Family'&maxresults=3");
        let (status, page) = ask(&emulator, "GET", &ds, None);
        assert_eq!((status, page["value"].as_array().map(Vec::len)), (200, Some(3)));
        assert_eq!(page["value"][0]["name"], "Standard_D2ds_v5");
        assert!(page["nextLink"].is_string());
        assert_eq!(ask(&emulator, "GET", &url("eastus", "quotas"), None).1, json!({"accountQuota": 50}));
        assert_eq!(ask(&emulator, "GET", &url("nowhere", "quotas"), None).0, 400);
    }

    #[test]
    fn a_name_is_free_taken_or_none() {
        let emulator = emulator();
        let check = |name: &str, region: &str| {
            let body = json!({"name": name, "type": "Microsoft.Batch/batchAccounts"});
            ask(&emulator, "POST", &url(region, "checkNameAvailability"), Some(body)).1
        };
        assert_eq!(check("mybatch", "eastus")["reason"], "AlreadyExists");
        assert_eq!(check("mybatch", "japaneast"), json!({"nameAvailable": true}));
        assert_eq!(check("My_batch", "eastus")["reason"], "Invalid");
    }
}
