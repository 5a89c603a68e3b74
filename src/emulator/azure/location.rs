//! The regions as a subscription lists them: where they are, and which is whose pair.
//! A fixed table beside `regions`, which knows what they can do.

use serde_json::{Value, json};

use crate::emulator::azure::subscription;
use crate::emulator::call::{Answer, Call, Result, Verb};
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::World;

pub(crate) const ROUTES: &[Route] =
    &[Route { verb: Verb::List, kind: "locations", versions: subscription::VERSIONS, handler: list }];

/// Where a region is: its name, geography, geography group, place, latitude, longitude, paired region.
type Place =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PLACES: &[Place] = &[
    ("eastus", "United States", "US", "Virginia", "37.3719", "-79.8164", "westus"),
    ("eastus2", "United States", "US", "Virginia", "36.6681", "-78.3889", "centralus"),
    ("southcentralus", "United States", "US", "Texas", "29.4167", "-98.5", "northcentralus"),
    ("westus2", "United States", "US", "Washington", "47.233", "-119.852", "westcentralus"),
    ("westus3", "United States", "US", "Phoenix", "33.448376", "-112.074036", "eastus"),
    (
        "australiaeast",
        "Australia",
        "Asia Pacific",
        "New South Wales",
        "-33.86",
        "151.2094",
        "australiasoutheast",
    ),
    ("southeastasia", "Asia Pacific", "Asia Pacific", "Singapore", "1.283", "103.833", "eastasia"),
    ("northeurope", "Europe", "Europe", "Ireland", "53.3478", "-6.2597", "westeurope"),
    ("swedencentral", "Sweden", "Europe", "Gävle", "60.67488", "17.14127", "swedensouth"),
    ("uksouth", "United Kingdom", "Europe", "London", "50.941", "-0.799", "ukwest"),
    ("westeurope", "Europe", "Europe", "Netherlands", "52.3667", "4.9", "northeurope"),
    ("centralus", "United States", "US", "Iowa", "41.5908", "-93.6208", "eastus2"),
    (
        "southafricanorth",
        "South Africa",
        "Africa",
        "Johannesburg",
        "-25.73134",
        "28.21837",
        "southafricawest",
    ),
    ("centralindia", "India", "Asia Pacific", "Pune", "18.5822", "73.9197", "southindia"),
    ("eastasia", "Asia Pacific", "Asia Pacific", "Hong Kong", "22.267", "114.188", "southeastasia"),
    ("japaneast", "Japan", "Asia Pacific", "Tokyo, Saitama", "35.68", "139.77", "japanwest"),
    ("koreacentral", "Korea", "Asia Pacific", "Seoul", "37.5665", "126.978", "koreasouth"),
    ("canadacentral", "Canada", "Canada", "Toronto", "43.653", "-79.383", "canadaeast"),
    ("francecentral", "France", "Europe", "Paris", "46.3772", "2.373", "francesouth"),
    ("germanywestcentral", "Germany", "Europe", "Frankfurt", "50.110924", "8.682127", "germanynorth"),
    ("italynorth", "Italy", "Europe", "Milan", "45.46888", "9.18109", ""),
    ("norwayeast", "Norway", "Europe", "Norway", "59.913868", "10.752245", "norwaywest"),
    ("polandcentral", "Poland", "Europe", "Warsaw", "52.23334", "21.01666", ""),
    ("spaincentral", "Spain", "Europe", "Madrid", "40.4259", "3.4209", ""),
    ("switzerlandnorth", "Switzerland", "Europe", "Zurich", "47.451542", "8.564572", "switzerlandwest"),
    ("uaenorth", "UAE", "Middle East", "Dubai", "25.266666", "55.316666", "uaecentral"),
    ("brazilsouth", "Brazil", "South America", "Sao Paulo State", "-23.55", "-46.633", "southcentralus"),
    ("israelcentral", "Israel", "Middle East", "Israel", "31.2655698", "33.4506633", ""),
    ("qatarcentral", "Qatar", "Middle East", "Doha", "25.551462", "51.439327", ""),
    ("northcentralus", "United States", "US", "Illinois", "41.8819", "-87.6278", "southcentralus"),
    ("westus", "United States", "US", "California", "37.783", "-122.417", "eastus"),
    ("westcentralus", "United States", "US", "Wyoming", "40.89", "-110.234", "westus2"),
    ("southindia", "India", "Asia Pacific", "Chennai", "12.9822", "80.1636", "centralindia"),
    ("westindia", "India", "Asia Pacific", "Mumbai", "19.088", "72.868", "southindia"),
    ("japanwest", "Japan", "Asia Pacific", "Osaka", "34.6939", "135.5022", "japaneast"),
    ("koreasouth", "Korea", "Asia Pacific", "Busan", "35.1796", "129.0756", "koreacentral"),
    ("canadaeast", "Canada", "Canada", "Quebec", "46.817", "-71.217", "canadacentral"),
    ("australiasoutheast", "Australia", "Asia Pacific", "Victoria", "-37.8136", "144.9631", "australiaeast"),
    (
        "australiacentral",
        "Australia",
        "Asia Pacific",
        "Canberra",
        "-35.3075",
        "149.1244",
        "australiacentral2",
    ),
    ("ukwest", "United Kingdom", "Europe", "Cardiff", "53.427", "-3.084", "uksouth"),
    ("francesouth", "France", "Europe", "Marseille", "43.8345", "2.1972", "francecentral"),
    ("germanynorth", "Germany", "Europe", "Berlin", "53.073635", "8.806422", "germanywestcentral"),
    ("norwaywest", "Norway", "Europe", "Norway", "58.969975", "5.733107", "norwayeast"),
    ("switzerlandwest", "Switzerland", "Europe", "Geneva", "46.204391", "6.143158", "switzerlandnorth"),
    ("southafricawest", "South Africa", "Africa", "Cape Town", "-34.075691", "18.843266", "southafricanorth"),
    ("uaecentral", "UAE", "Middle East", "Abu Dhabi", "24.466667", "54.366669", "uaenorth"),
    ("brazilsoutheast", "Brazil", "South America", "Rio", "-22.90278", "-43.2075", "brazilsouth"),
];

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(_world: &mut World, call: &Call) -> Result<Answer> {
    let subscription = call.id.subscription.as_deref().unwrap_or_default();
    let zones = call.api_version() >= "2022-12-01";
    let each = regions::ALL.iter().map(|region| view(subscription, region, zones));
    Ok(Answer::ok(json!({"value": each.collect::<Vec<Value>>()})))
}

fn view(subscription: &str, region: &regions::Region, zones: bool) -> Value {
    let id = |name: &str| format!("/subscriptions/{subscription}/locations/{name}");
    let mut metadata = json!({
        "regionType": "Physical", "regionCategory": if region.zones { "Recommended" } else { "Other" },
    });
    let mut regional = region.display.to_owned();
    if let Some((_, geography, group, place, latitude, longitude, pair)) =
        PLACES.iter().find(|place| place.0 == region.name)
    {
        regional = format!("({group}) {}", region.display);
        metadata["geography"] = json!(geography);
        metadata["geographyGroup"] = json!(group);
        metadata["latitude"] = json!(latitude);
        metadata["longitude"] = json!(longitude);
        metadata["physicalLocation"] = json!(place);
        let pairs = Some(pair).filter(|pair| !pair.is_empty());
        metadata["pairedRegion"] =
            pairs.into_iter().map(|pair| json!({"name": pair, "id": id(pair)})).collect();
    }
    let mut body = json!({
        "id": id(region.name), "name": region.name, "type": "Region", "displayName": region.display,
        "regionalDisplayName": regional, "metadata": metadata,
    });
    if zones && region.zones {
        let each = (1..=3).map(|zone| {
            json!({"logicalZone": zone.to_string(), "physicalZone": format!("{}-az{zone}", region.name)})
        });
        body["availabilityZoneMappings"] = each.collect();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::testing::{S1, ask, emulator};

    #[test]
    fn every_region_has_a_place_and_is_listed_with_it() {
        assert!(regions::ALL.iter().map(|region| region.name).eq(PLACES.iter().map(|place| place.0)));
        let (_, body) = ask(&emulator(), "GET", &format!("{S1}/locations?api-version=2022-12-01"), None);
        let first = &body["value"][0];
        assert_eq!(first["regionalDisplayName"], "(US) East US");
        assert_eq!(first["metadata"]["pairedRegion"][0]["id"], format!("{S1}/locations/westus"));
        assert_eq!(first["availabilityZoneMappings"][2]["physicalZone"], "eastus-az3");
    }
}
