//! What Batch tells of a region: the sizes of machines, how many accounts there can be, which names are free.
//! Nothing here belongs to an account.

use serde_json::{Value, json};

use crate::emulator::azure::batch::batch_account::{KIND, VERSIONS, is_account_name};
use crate::emulator::azure::odata::Filter;
use crate::emulator::azure::vm_size;
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

/// A size of machine: its name, its family, GB of memory, MB of temporary disk, generations of virtual machines.
type Size = (&'static str, &'static str, u32, u32, &'static str);

const BOTH: &str = "V1,V2";

/// A choice of what Batch has, in the order answered. Pools are not held to it.
const SIZES: &[Size] = &[
    ("Standard_A1_v2", "standardAv2Family", 2, 10_240, "V1"),
    ("Standard_A2_v2", "standardAv2Family", 4, 20_480, "V1"),
    ("Standard_D2s_v3", "standardDSv3Family", 8, 16_384, BOTH),
    ("Standard_D4s_v3", "standardDSv3Family", 16, 32_768, BOTH),
    ("Standard_D8s_v3", "standardDSv3Family", 32, 65_536, BOTH),
    ("Standard_D2ds_v5", "standardDDSv5Family", 8, 76_800, BOTH),
    ("Standard_D4ds_v5", "standardDDSv5Family", 16, 153_600, BOTH),
    ("Standard_D8ds_v5", "standardDDSv5Family", 32, 307_200, BOTH),
    ("Standard_D16ds_v5", "standardDDSv5Family", 64, 614_400, BOTH),
    ("Standard_D2s_v5", "standardDSv5Family", 8, 0, BOTH),
    ("Standard_D4s_v5", "standardDSv5Family", 16, 0, BOTH),
    ("Standard_D8s_v5", "standardDSv5Family", 32, 0, BOTH),
    ("Standard_E4ds_v5", "standardEDSv5Family", 32, 153_600, BOTH),
    ("Standard_E8ds_v5", "standardEDSv5Family", 64, 307_200, BOTH),
    ("Standard_F2s_v2", "standardFSv2Family", 4, 16_384, BOTH),
    ("Standard_F8s_v2", "standardFSv2Family", 16, 65_536, BOTH),
    ("Standard_HB120rs_v3", "standardHBrsv3Family", 456, 480_000, "V2"),
    ("Standard_NC6s_v3", "standardNCSv3Family", 112, 344_064, BOTH),
    ("Standard_NC24ads_A100_v4", "StandardNCADSA100v4Family", 220, 65_536, "V2"),
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
    region(call)?;
    let filter = Filter::parse(call.query("$filter"))?;
    let rows = SIZES.iter().enumerate().map(|(index, size)| (format!("{index:05}"), print(size)));
    let (rows, next) = page::cut(call, page::size(call), rows.filter(|(_, row)| filter.admits(row)));
    let mut body = json!({"value": rows});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

fn print(&(name, family, memory, disk, generations): &Size) -> Value {
    let cores = vm_size::parse(name).map_or(1, |size| size.cores);
    let premium = name.split('_').nth(1).is_some_and(|size| size.contains('s'));
    let yes_or_no = |yes: bool| if yes { "True" } else { "False" };
    let capabilities = [
        ("MaxResourceVolumeMB", disk.to_string()),
        ("vCPUs", cores.to_string()),
        ("HyperVGenerations", generations.to_owned()),
        ("MemoryGB", memory.to_string()),
        ("PremiumIO", yes_or_no(premium).to_owned()),
        ("LowPriorityCapable", yes_or_no(true).to_owned()),
        ("vCPUsAvailable", cores.to_string()),
        ("EphemeralOSDiskSupported", yes_or_no(premium && disk > 0).to_owned()),
    ];
    let capabilities = capabilities.iter().map(|(name, value)| json!({"name": name, "value": value}));
    json!({"name": name, "familyName": family, "capabilities": capabilities.collect::<Vec<_>>()})
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
