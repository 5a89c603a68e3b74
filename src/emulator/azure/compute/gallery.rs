//! Compute galleries: get, list, make, change, delete.
//! Knows nothing of what is in them but that it must be gone first.

use serde_json::{Value, json};

use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::sharing;
use crate::emulator::azure::compute::usage;
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::Shape;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The api-versions of the gallery types.
pub(crate) const VERSIONS: &[&str] = &[
    "2019-07-01",
    "2019-12-01",
    "2020-09-30",
    "2021-07-01",
    "2021-10-01",
    "2022-01-03",
    "2022-03-03",
    "2022-08-03",
    "2023-07-03",
    "2024-03-03",
    "2025-03-03",
    "2025-12-03",
    "2026-03-03",
];

const KIND: &str = "Microsoft.Compute/galleries";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: KIND, versions: VERSIONS, handler: get },
    Route { verb: Verb::List, kind: KIND, versions: VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: KIND, versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: KIND, versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: KIND, versions: VERSIONS, handler: delete },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Compute/galleries/share",
        versions: VERSIONS,
        handler: sharing::share,
    },
];

/// What a gallery holds.
pub(crate) const MODEL: Model = Model {
    word: "gallery",
    envelope: &[("identity", Shape::Since("2024-03-03", &Shape::Any))],
    properties: &SHAPE,
};

const SHAPE: Shape = Shape::Object(&[
    ("description", Shape::Text),
    ("identifier", Shape::ReadOnly),
    ("provisioningState", Shape::ReadOnly),
    ("sharingStatus", Shape::ReadOnly),
    (
        "sharingProfile",
        Shape::Object(&[
            ("permissions", Shape::Word(&["Private", "Groups", "Community"])),
            ("groups", Shape::ReadOnly),
            (
                "communityGalleryInfo",
                Shape::Object(&[
                    ("publisherUri", Shape::Text),
                    ("publisherContact", Shape::Text),
                    ("eula", Shape::Text),
                    ("publicNamePrefix", Shape::Text),
                    ("communityGalleryEnabled", Shape::ReadOnly),
                    ("publicNames", Shape::ReadOnly),
                ]),
            ),
        ]),
    ),
    (
        "softDeletePolicy",
        Shape::Object(&[
            ("isSoftDeleteEnabled", Shape::Flag),
            ("retentionPeriodInDays", Shape::Since("2025-12-03", &Shape::Int)),
            ("gracePeriodInDays", Shape::Since("2025-12-03", &Shape::Int)),
        ]),
    ),
]);

/// Fills in what is computed.
pub(crate) fn complete(name: &str, subscription: &str, properties: &mut Value) {
    properties["identifier"] = json!({"uniqueName": format!("{subscription}-{}", name.to_ascii_uppercase())});
}

fn check_name(name: &str) -> Result<()> {
    let middle = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if name.len() <= 80 && name.chars().all(middle) && end(name.chars().next()) && end(name.chars().last()) {
        return Ok(());
    }
    Err(compute::invalid_name(
        "gallery",
        "Gallery name is invalid. Allowed characters are English alphanumeric characters, with underscores, and periods allowed in the middle, up to 80 characters total. All other special characters, including dashes, are disallowed.",
    ))
}

/// GET, with what the query asks for of its sharing.
fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    let mut body = compute::view(call, &found.kind, &found.body);
    sharing::show(&mut body, call, found, world.now);
    Ok(Answer::ok(body))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let name = call.id.name();
    check_name(name)?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut properties = compute::properties(call, &MODEL)?;
    let subscription = call.id.subscription.clone().unwrap_or_default().to_ascii_lowercase();
    if old.is_none() {
        usage::refuse_one_more(world, call, region)?;
        let scope = format!("/subscriptions/{subscription}");
        let twin = world
            .below(&scope, "microsoft.compute/galleries")
            .any(|other| other.id.rsplit('/').next().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        if twin {
            let text = format!(
                "The gallery name '{name}' is not unique within the subscription '{subscription}'. Please pick another gallery name."
            );
            return Err(Failure::arm(409, "Conflict", text).on("galleryName"));
        }
    }
    provisioning::refuse_if_going(old.as_ref())?;
    complete(name, &subscription, &mut properties);
    sharing::complete(world, &mut properties, old.as_ref())?;
    let write = if old.is_some() { Write::Replace } else { Write::Create };
    let resource = compute::assemble(world, call, old, region, &properties)?;
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::GALLERY, write, resource, done, None))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = compute::find(world, call)?.clone();
    let sent = compute::properties(call, &MODEL)?;
    provisioning::refuse_if_going(Some(&resource))?;
    let mut properties = compute::overlay(&resource.body["properties"], &sent);
    sharing::complete(world, &mut properties, Some(&resource))?;
    resource.body["properties"] = properties;
    if !call.object()?["identity"].is_null() {
        resource.body["identity"] = call.object()?["identity"].clone();
    }
    compute::patch_tags(&mut resource.body, call.object()?);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::GALLERY, Write::Patch, resource, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    sharing::refuse_while_shown(world, call)?;
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::GALLERY, length)
}

/// Completes a gallery that a seed names.
pub(crate) fn planted(resource: &mut Resource) {
    let subscription = resource.id.split('/').nth(2).unwrap_or_default().to_owned();
    let name = resource.id.rsplit('/').next().unwrap_or_default().to_owned();
    complete(&name, &subscription, &mut resource.body["properties"]);
    resource.body["properties"]["provisioningState"] = json!("Succeeded");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2024-03-03";

    #[test]
    fn a_gallery_is_made_read_changed_and_deleted() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1{V}");
        let made = arm(
            &it,
            "PUT",
            &path,
            Some(json!({"location": "East US", "tags": {"Team": "a"}, "properties": {"description": "x"}})),
        );
        assert_eq!(made.status, 201);
        assert_eq!(made.json()["properties"]["provisioningState"], "Creating");
        assert!(made.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
        let poll = made.header("azure-asyncoperation").unwrap().replace("https://127.0.0.1:8443", "");
        assert_eq!(ask(&it, "GET", &poll, None).1["status"], "InProgress");
        wait(&it, 10);
        assert_eq!(ask(&it, "GET", &poll, None).1["status"], "Succeeded");
        let lower = path.to_lowercase();
        let (_, body) = ask(&it, "GET", &lower, None);
        assert_eq!(body["location"], "eastus");
        assert_eq!(body["tags"]["Team"], "a");
        assert_eq!(body["properties"]["provisioningState"], "Succeeded");
        assert_eq!(
            body["properties"]["identifier"]["uniqueName"],
            "00000000-0000-0000-0000-000000000001-GAL1"
        );
        // What az does: send back what it read.
        assert_eq!(ask(&it, "PUT", &path, Some(body)).0, 200);
        wait(&it, 10);
        let (status, patched) = ask(&it, "PATCH", &path, Some(json!({"tags": {"b": "c"}})));
        assert_eq!(
            (status, &patched["tags"], &patched["properties"]["description"]),
            (200, &json!({"b": "c"}), &json!("x"))
        );
        assert_eq!(arm(&it, "DELETE", &path, None).status, 202);
        assert_eq!(ask(&it, "GET", &path, None).1["properties"]["provisioningState"], "Deleting");
        wait(&it, 10);
        assert_eq!(ask(&it, "GET", &path, None).1["error"]["code"], "ResourceNotFound");
        assert_eq!(arm(&it, "DELETE", &path, None).status, 204);
    }

    #[test]
    fn names_places_and_twins_are_refused() {
        let it = emulator();
        let put = |group: &str, name: &str, location: &str| {
            let path = format!("{S1}/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{name}{V}");
            let (status, body) = ask(&it, "PUT", &path, Some(json!({"location": location})));
            (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(put("rg1", "my-gallery", "eastus"), (400, "InvalidParameter".into()));
        assert_eq!(put("rg1", "a%2f..", "eastus"), (400, "InvalidRequestUri".into()));
        assert_eq!(put("rg1", "gal", "atlantis"), (400, "LocationNotAvailableForResourceType".into()));
        assert_eq!(put("rg1", "gal", "eastus").0, 201);
        assert_eq!(put("rg1", "gal", "westus"), (409, "InvalidResourceLocation".into()));
        assert_eq!(put("rg2", "GAL", "eastus"), (409, "Conflict".into()));
        assert_eq!(put("nope", "g", "eastus"), (404, "ResourceGroupNotFound".into()));
    }

    #[test]
    fn a_hundred_galleries_fill_a_region() {
        let it = emulator();
        let put = |name: &str, location: &str| {
            let path = format!("{RG1}/providers/Microsoft.Compute/galleries/{name}{V}");
            ask(&it, "PUT", &path, Some(json!({"location": location})))
        };
        for number in 0..100 {
            assert_eq!(put(&format!("g{number}"), "eastus").0, 201);
        }
        let (status, answer) = put("g100", "eastus");
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("OperationNotAllowed")));
        let text = answer["error"]["message"].as_str().unwrap();
        assert!(text.contains("Galleries quota") && text.contains("Current Limit: 100"), "{text}");
        assert_eq!(put("g100", "westus").0, 201);
    }
}
