//! Galleries as those see them whom they are shared with: shared galleries and community galleries, their images and
//! versions, read below a region and never written.
//! Shows what is in the galleries; who a gallery is shared with stands in `sharing`.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::gallery;
use crate::emulator::azure::compute::image_version;
use crate::emulator::azure::subscription;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::router::{Handler, Route};
use crate::emulator::store::{Resource, World};

const fn route(verb: Verb, kind: &'static str, handler: Handler) -> Route {
    Route { verb, kind, versions: gallery::VERSIONS, handler }
}

pub(crate) const ROUTES: &[Route] = &[
    route(Verb::List, "Microsoft.Compute/locations/sharedGalleries", list),
    route(Verb::Get, "Microsoft.Compute/locations/sharedGalleries", get),
    route(Verb::List, "Microsoft.Compute/locations/sharedGalleries/images", list),
    route(Verb::Get, "Microsoft.Compute/locations/sharedGalleries/images", get),
    route(Verb::List, "Microsoft.Compute/locations/sharedGalleries/images/versions", list),
    route(Verb::Get, "Microsoft.Compute/locations/sharedGalleries/images/versions", get),
    route(Verb::Get, "Microsoft.Compute/locations/communityGalleries", get),
    route(Verb::List, "Microsoft.Compute/locations/communityGalleries/images", list),
    route(Verb::Get, "Microsoft.Compute/locations/communityGalleries/images", get),
    route(Verb::List, "Microsoft.Compute/locations/communityGalleries/images/versions", list),
    route(Verb::Get, "Microsoft.Compute/locations/communityGalleries/images/versions", get),
];

/// The two ways of being public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Shared,
    Community,
}

impl Way {
    fn of(word: &str) -> Option<Way> {
        match word.to_ascii_lowercase().as_str() {
            "sharedgalleries" => Some(Way::Shared),
            "communitygalleries" => Some(Way::Community),
            _ => None,
        }
    }

    /// The first word of a public id.
    fn root(self) -> &'static str {
        match self {
            Way::Shared => "SharedGalleries",
            Way::Community => "CommunityGalleries",
        }
    }

    /// The public name of a gallery; none when it is not public in this way.
    fn name(self, gallery: &Resource) -> Option<&str> {
        let properties = &gallery.body["properties"];
        let profile = &properties["sharingProfile"];
        match self {
            Way::Shared if profile["permissions"] == "Groups" => {
                properties["identifier"]["uniqueName"].as_str()
            }
            Way::Community if gallery.hidden["community"] == true => {
                profile["communityGalleryInfo"]["publicNames"][0].as_str()
            }
            _ => None,
        }
    }
}

/// True when a shared gallery lets a subscription in, by itself or with its whole tenant.
fn lets_in(world: &World, gallery: &Resource, subscription: &str, by_tenant: bool) -> bool {
    let has = |kind: &str, wanted: &str| {
        let ids = gallery.hidden["groups"][kind].as_array().into_iter().flatten();
        ids.filter_map(Value::as_str).any(|id| id.eq_ignore_ascii_case(wanted))
    };
    has("AADTenants", &subscription::tenant_of(world, subscription))
        || (!by_tenant && has("Subscriptions", subscription))
}

/// True for an id such as `/CommunityGalleries/NAME/Images/DEFINITION`.
pub(crate) fn is_id(id: &str) -> bool {
    id.trim_start_matches('/').split('/').next().and_then(Way::of).is_some()
}

/// The version that a public id means in a region: the one that is named, or the latest.
pub(crate) fn resolve<'a>(world: &'a World, id: &str, region: &str) -> Option<&'a Resource> {
    let parts: Vec<&str> = id.trim_start_matches('/').split('/').collect();
    let (way, name, definition) = match parts.as_slice() {
        [root, name, images, definition, ..] if images.eq_ignore_ascii_case("images") => {
            (Way::of(root)?, *name, *definition)
        }
        _ => return None,
    };
    let gallery = find(world, way, name)?;
    let definition = format!("{}/images/{definition}", gallery.id);
    match parts.get(5).filter(|version| !version.eq_ignore_ascii_case("latest")) {
        Some(version) => world
            .get(&format!("{definition}/versions/{version}"))
            .filter(|found| image_version::replicas(found, region, world.now) > 0),
        None => image_version::latest(world, &definition, region, world.now),
    }
}

fn find<'a>(world: &'a World, way: Way, name: &str) -> Option<&'a Resource> {
    world
        .below("", "microsoft.compute/galleries")
        .find(|gallery| way.name(gallery).is_some_and(|known| known.eq_ignore_ascii_case(name)))
}

/// What the parts of a path have in common.
struct Place<'a> {
    way: Way,
    region: &'static str,
    /// The public id of what is shown.
    id: String,
    found: &'a Resource,
}

fn way(call: &Call) -> Way {
    call.id.types.get(1).and_then(|word| Way::of(word)).unwrap_or(Way::Shared)
}

/// The gallery of a path, which must be public and let the caller in.
fn gallery_of<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    let name = call.id.names.get(1).map_or("", String::as_str);
    let subscription = call.id.subscription.as_deref().unwrap_or_default();
    find(world, way(call), name)
        .filter(|gallery| way(call) == Way::Community || lets_in(world, gallery, subscription, false))
        .ok_or_else(|| not_found(call))
}

fn not_found(call: &Call) -> Failure {
    let text = format!(
        "The public gallery resource '{}' was not found in the location '{}'.",
        call.id.names.get(1..).unwrap_or_default().join("/"),
        call.id.names.first().map_or("", String::as_str)
    );
    Failure::arm(404, "NotFound", text)
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let (way, region) = (way(call), region(call)?);
    let gallery = gallery_of(world, call)?;
    let mut id = format!("/{}/{}", way.root(), way.name(gallery).unwrap_or_default());
    let mut found = gallery;
    for (kind, name) in [("Images", call.id.names.get(2)), ("Versions", call.id.names.get(3))] {
        let Some(name) = name else { continue };
        let path = format!("{}/{}/{name}", found.id, kind.to_ascii_lowercase());
        found = world.get(&path).ok_or_else(|| not_found(call))?;
        id = format!("{id}/{kind}/{}", found.body["name"].as_str().unwrap_or_default());
    }
    if call.id.names.len() == 4 && image_version::replicas(found, region, world.now) == 0 {
        return Err(not_found(call));
    }
    Ok(Answer::ok(show(&Place { way, region, id, found })))
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let (way, region) = (way(call), region(call)?);
    if call.id.names.len() == 1 {
        let by_tenant = call.query("sharedTo").is_some_and(|to| to.eq_ignore_ascii_case("tenant"));
        let subscription = call.id.subscription.as_deref().unwrap_or_default();
        let all = world.below("", "microsoft.compute/galleries").filter(|gallery| {
            way.name(gallery).is_some() && lets_in(world, gallery, subscription, by_tenant)
        });
        return Ok(page::list(call, all, |found| {
            let id = format!("/{}/{}", way.root(), way.name(found).unwrap_or_default());
            show(&Place { way, region, id, found })
        }));
    }
    let gallery = gallery_of(world, call)?;
    let root = format!("/{}/{}", way.root(), way.name(gallery).unwrap_or_default());
    let name = |found: &Resource| found.body["name"].as_str().unwrap_or_default().to_owned();
    let Some(definition) = call.id.names.get(2) else {
        let all = world.below(&gallery.id, "microsoft.compute/galleries/images");
        return Ok(page::list(call, all, |found| {
            show(&Place { way, region, id: format!("{root}/Images/{}", name(found)), found })
        }));
    };
    let definition =
        world.get(&format!("{}/images/{definition}", gallery.id)).ok_or_else(|| not_found(call))?;
    let all = world
        .below(&definition.id, "microsoft.compute/galleries/images/versions")
        .filter(|found| image_version::replicas(found, region, world.now) > 0);
    Ok(page::list(call, all, |found| {
        let id = format!("{root}/Images/{}/Versions/{}", name(definition), name(found));
        show(&Place { way, region, id, found })
    }))
}

/// The region in a path.
fn region(call: &Call) -> Result<&'static str> {
    Ok(compute::region_in_path(call)?.name)
}

/// A gallery, an image or a version as the public sees it.
fn show(place: &Place) -> Value {
    let own = &place.found.body["properties"];
    let take = |fields: &[&str]| {
        let taken = fields.iter().filter(|field| !own[**field].is_null());
        Value::Object(taken.map(|field| ((*field).to_owned(), own[*field].clone())).collect())
    };
    let (kind, mut properties) = match place.found.kind.as_str() {
        "microsoft.compute/galleries" => {
            let info = &own["sharingProfile"]["communityGalleryInfo"];
            let fields = ["publisherUri", "publisherContact", "eula", "publicNames"];
            let told = fields.iter().map(|field| ((*field).to_owned(), info[*field].clone()));
            let community = place.way == Way::Community;
            let properties = if community {
                json!({"communityMetadata": Value::Object(told.collect())})
            } else {
                json!({})
            };
            ("communityGallery", properties)
        }
        "microsoft.compute/galleries/images" => {
            let fields = [
                "osType",
                "osState",
                "endOfLifeDate",
                "identifier",
                "recommended",
                "disallowed",
                "hyperVGeneration",
                "features",
                "purchasePlan",
                "architecture",
                "privacyStatementUri",
                "eula",
            ];
            let mut properties = take(&fields);
            for feature in properties["features"].as_array_mut().into_iter().flatten() {
                *feature = json!({"name": feature["name"], "value": feature["value"]});
            }
            ("communityGalleryImage", properties)
        }
        _ => {
            let profile = &own["publishingProfile"];
            let mut properties = json!({"storageProfile": storage(&own["storageProfile"])});
            for field in ["publishedDate", "endOfLifeDate", "excludeFromLatest"] {
                if !profile[field].is_null() {
                    properties[field] = profile[field].clone();
                }
            }
            ("communityGalleryImageVersion", properties)
        }
    };
    properties["artifactTags"] = json!({});
    let name = place.id.rsplit('/').next().unwrap_or_default();
    let mut body = json!({
        "name": name, "location": place.region, "identifier": {"uniqueId": place.id}, "properties": properties,
    });
    if place.way == Way::Community {
        body["type"] = json!(format!("Microsoft.Compute/locations/{kind}"));
    }
    body
}

/// The disks of a version as the public sees them.
fn storage(profile: &Value) -> Value {
    let disk = |disk: &Value| json!({"diskSizeGB": disk["sizeInGB"], "hostCaching": disk["hostCaching"]});
    let mut out = json!({"osDiskImage": disk(&profile["osDiskImage"])});
    if let Some(disks) = profile["dataDiskImages"].as_array() {
        let disks = disks.iter().map(|entry| {
            let mut one = disk(entry);
            one["lun"] = entry["lun"].clone();
            one
        });
        out["dataDiskImages"] = disks.collect();
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::azure::image_fixture;
    use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2024-03-03";
    const OTHER: &str = "00000000-0000-0000-0000-000000000002";

    #[test]
    fn a_shared_gallery_is_read_by_those_it_is_shared_with() {
        let it = emulator();
        image_fixture::version(&it, "1.0.0");
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal");
        let groups = json!({"properties": {"sharingProfile": {"permissions": "Groups"}}});
        ask(&it, "PATCH", &format!("{gallery}{V}"), Some(groups));
        wait(&it, 10);
        let add = json!({"operationType": "Add", "groups": [{"type": "Subscriptions", "ids": [OTHER]}]});
        assert_eq!(arm(&it, "POST", &format!("{gallery}/share{V}"), Some(add)).status, 202);
        let unique = "00000000-0000-0000-0000-000000000001-GAL";
        let base =
            format!("/subscriptions/{OTHER}/providers/Microsoft.Compute/locations/eastus/sharedGalleries");
        let (_, all) = ask(&it, "GET", &format!("{base}{V}"), None);
        assert_eq!(all["value"][0]["name"], unique);
        assert_eq!(ask(&it, "GET", &format!("{base}{V}&sharedTo=tenant"), None).1["value"], json!([]));
        let (_, version) = ask(&it, "GET", &format!("{base}/{unique}/images/ubuntu/versions/1.0.0{V}"), None);
        assert_eq!(
            version["identifier"]["uniqueId"],
            format!("/SharedGalleries/{unique}/Images/ubuntu/Versions/1.0.0")
        );
        assert_eq!(version["properties"]["storageProfile"]["osDiskImage"]["diskSizeGB"], 30);
        let mine = base.replace(OTHER, S1.rsplit('/').next().unwrap());
        assert_eq!(ask(&it, "GET", &format!("{mine}/{unique}{V}"), None).0, 404);
        let far = format!("{base}/{unique}/images/ubuntu/versions{V}").replace("eastus", "westus");
        assert_eq!(ask(&it, "GET", &far, None).1["value"], json!([]));
        // A disk is made from it by its public id.
        let disk = json!({"location": "eastus", "properties": {"creationData": {"createOption": "FromImage",
            "galleryImageReference": {"sharedGalleryImageId": format!("/SharedGalleries/{unique}/Images/ubuntu/Versions/1.0.0")}}}});
        let path = format!("{RG1}/providers/Microsoft.Compute/disks/new?api-version=2024-03-02");
        let (status, made) = ask(&it, "PUT", &path, Some(disk));
        assert_eq!((status, &made["properties"]["hyperVGeneration"]), (202, &json!("V2")), "{made}");
    }
}
