//! `Microsoft.Compute/skus`: what is sold where, with what it can do.
//! Lists the table of sizes and the storage types of disks; decides nothing.

use serde_json::{Value, json};

use crate::emulator::azure::compute::disk_shape;
use crate::emulator::azure::compute::vm_sku;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::regions::{self, Region};
use crate::emulator::store::World;

/// GET of all, or of a region by `$filter=location eq 'eastus'`; the one filter there is.
pub(crate) fn list(_: &mut World, call: &Call) -> Result<Answer> {
    let filter = call.query("$filter").map(str::trim).filter(|filter| !filter.is_empty());
    let wanted = filter.map(location).transpose()?;
    let regions = regions::ALL
        .iter()
        .filter(|region| wanted.as_ref().is_none_or(|wanted| regions::normal(wanted) == region.name));
    let all: Vec<Value> = regions.flat_map(in_region).collect();
    Ok(Answer::ok(json!({"value": all})))
}

/// The region that a filter names.
fn location(filter: &str) -> Result<String> {
    let words: Vec<&str> = filter.splitn(3, char::is_whitespace).collect();
    if let [property, operator, value] = words.as_slice()
        && property.eq_ignore_ascii_case("location")
        && operator.eq_ignore_ascii_case("eq")
        && let Some(name) = value.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))
    {
        return Ok(name.to_owned());
    }
    let text = format!("The filter '{filter}' is not supported. Only a filter by 'location' is.");
    Err(Failure::arm(400, "BadRequest", text).on("$filter"))
}

fn in_region(region: &'static Region) -> impl Iterator<Item = Value> {
    let disks = |kind: &'static str, names: &'static [&'static str]| {
        names.iter().filter(|name| region.zones || !name.ends_with("_ZRS")).map(move |name| {
            let zones = if region.zones { json!(["1", "2", "3"]) } else { json!([]) };
            json!({
                "resourceType": kind, "name": name, "tier": name.split('_').next(), "locations": [region.name],
                "locationInfo": [{"location": region.name, "zones": zones, "zoneDetails": []}],
                "capabilities": [], "restrictions": [],
            })
        })
    };
    let machines = vm_sku::all().iter().filter_map(|size| size.sku(region));
    disks("disks", disk_shape::DISK_SKUS).chain(disks("snapshots", disk_shape::SNAPSHOT_SKUS)).chain(machines)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::emulator::testing::{RG1, S1, ask, emulator};

    /// The value of a capability of a size in a region's list.
    fn capability(list: &Value, size: &str, name: &str) -> String {
        let all = list["value"].as_array().unwrap();
        let size = all.iter().find(|sku| sku["name"] == size).unwrap();
        let found = size["capabilities"].as_array().unwrap().iter().find(|one| one["name"] == name);
        found.map_or_else(String::new, |one| one["value"].as_str().unwrap().to_owned())
    }

    #[test]
    fn a_region_lists_its_sizes_with_what_they_can_do() {
        let it = emulator();
        let list = |filter: &str| {
            let path =
                format!("{S1}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter={filter}");
            ask(&it, "GET", &path, None)
        };
        let (status, east) = list("location%20eq%20'East US'");
        assert_eq!(status, 200);
        for (size, name, value) in [
            ("Standard_D4ds_v5", "vCPUs", "4"),
            ("Standard_D4ds_v5", "HyperVGenerations", "V1,V2"),
            ("Standard_A2_v2", "HyperVGenerations", "V1"),
            ("Standard_A2_v2", "TrustedLaunchDisabled", "True"),
            ("Standard_D8s_v5", "TrustedLaunchDisabled", ""),
            ("Standard_D8ps_v5", "CpuArchitectureType", "Arm64"),
            ("Standard_D2_v3", "PremiumIO", "False"),
            ("Standard_D2s_v5", "EphemeralOSDiskSupported", "False"),
            ("Standard_D2ds_v5", "EphemeralOSDiskSupported", "True"),
            ("Standard_D4s_v3", "MaxDataDiskCount", "8"),
        ] {
            assert_eq!(capability(&east, size, name), value, "{size} {name}");
        }
        let (_, west) = list("location eq 'westus'");
        let names: Vec<&str> =
            west["value"].as_array().unwrap().iter().filter_map(|sku| sku["name"].as_str()).collect();
        assert!(!names.contains(&"Standard_HB120rs_v3") && !names.contains(&"Premium_ZRS"));
        assert_eq!(list("name eq 'x'").0, 400);
    }

    #[test]
    fn usages_count_what_is_there() {
        let it = emulator();
        let path = format!("{S1}/providers/Microsoft.Compute/locations/eastus/usages?api-version=2024-07-01");
        let used = |name: &str| {
            let (_, body) = ask(&it, "GET", &path, None);
            let all = body["value"].as_array().unwrap().clone();
            all.iter().find(|one| one["name"]["value"] == name).unwrap()["currentValue"].as_i64().unwrap()
        };
        assert_eq!((used("cores"), used("virtualMachines"), used("PremiumDiskCount")), (2, 1, 3));
        assert_eq!(used("standardDSv3Family"), 2);
        let machine = format!("{RG1}/providers/Microsoft.Compute/virtualMachines/vm1?api-version=2024-07-01");
        ask(&it, "DELETE", &machine, None);
        crate::emulator::testing::wait(&it, 60);
        assert_eq!((used("cores"), used("virtualMachines"), used("PremiumDiskCount")), (0, 0, 3));
    }
}
