//! Image definitions of a gallery: what never changes about them, and what may.
//! Knows nothing of their versions but that they must be gone first.

use serde_json::{Value, json};

use crate::emulator::azure::compute::gallery;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::soft_delete;
use crate::emulator::azure::compute::usage;
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::{self, NEWEST, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

const KIND: &str = "Microsoft.Compute/galleries/images";
const WORD: &str = "galleryImage";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: KIND, versions: gallery::VERSIONS, handler: compute::get },
    Route { verb: Verb::List, kind: KIND, versions: gallery::VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: KIND, versions: gallery::VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: KIND, versions: gallery::VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: KIND, versions: gallery::VERSIONS, handler: delete },
];

const RANGE: Shape = Shape::Object(&[("min", Shape::Int), ("max", Shape::Int)]);
const PLAN: Shape =
    Shape::Object(&[("name", Shape::Text), ("publisher", Shape::Text), ("product", Shape::Text)]);

/// What a definition holds.
pub(crate) const MODEL: Model = Model { word: WORD, envelope: &[], properties: &SHAPE };

const SHAPE: Shape = Shape::Object(&[
    ("description", Shape::Text),
    ("eula", Shape::Text),
    ("privacyStatementUri", Shape::Text),
    ("releaseNoteUri", Shape::Text),
    ("osType", Shape::Word(&["Windows", "Linux"])),
    ("osState", Shape::Word(&["Generalized", "Specialized"])),
    ("hyperVGeneration", Shape::Word(&["V1", "V2"])),
    ("endOfLifeDate", Shape::Date),
    (
        "identifier",
        Shape::Object(&[("publisher", Shape::Text), ("offer", Shape::Text), ("sku", Shape::Text)]),
    ),
    ("recommended", Shape::Object(&[("vCPUs", RANGE), ("memory", RANGE)])),
    ("disallowed", Shape::Object(&[("diskTypes", Shape::List(&Shape::Text))])),
    ("purchasePlan", PLAN),
    ("provisioningState", Shape::ReadOnly),
    (
        "features",
        Shape::List(&Shape::Object(&[
            ("name", Shape::Text),
            ("value", Shape::Text),
            ("startsAtVersion", Shape::Since("2024-03-03", &Shape::Text)),
        ])),
    ),
    ("architecture", Shape::Word(&["x64", "Arm64"])),
    ("allowUpdateImage", Shape::Since("2024-03-03", &Shape::Flag)),
]);

/// What no write may change. `features` may, when `allowUpdateImage` is said.
const FIXED: &[&str] = &[
    "osType",
    "osState",
    "hyperVGeneration",
    "identifier.publisher",
    "identifier.offer",
    "identifier.sku",
    "architecture",
    "purchasePlan",
    "eula",
    "privacyStatementUri",
    "disallowed",
];

fn check_name(name: &str) -> Result<()> {
    let middle = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if name.len() <= 80 && name.chars().all(middle) && end(name.chars().next()) && end(name.chars().last()) {
        return Ok(());
    }
    let text = format!(
        "The entity name '{name}' is invalid according to its validation rule: ^[^_\\W][\\w-._]{{0,79}}(?<![-.])$."
    );
    Err(compute::invalid_name(WORD, &text))
}

/// Fills in defaults; from 2025-03-03 on the generation is V2 with trusted launch.
pub(crate) fn complete(properties: &mut Value, api_version: &str) {
    if properties["hyperVGeneration"].is_null() {
        let newer = api_version >= "2025-03-03";
        properties["hyperVGeneration"] = json!(if newer { "V2" } else { "V1" });
        if newer {
            let trusted = json!([{"name": "SecurityType", "value": "TrustedLaunchSupported"}]);
            compute::default(properties, "features", trusted);
        }
    }
    compute::default(properties, "architecture", "x64");
}

/// The rules that a whole definition must fit, new or changed.
fn check(properties: &Value, old: Option<&Value>, now: Moment) -> Result<()> {
    for (field, most) in [("publisher", 128), ("offer", 64), ("sku", 64)] {
        let path = format!("{WORD}.properties.identifier.{field}");
        let text = properties["identifier"][field].as_str().ok_or_else(|| compute::missing(&path))?;
        let allowed = text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if text.is_empty() || text.len() > most || text.ends_with('.') || !allowed {
            let text = format!(
                "Asset name '{path}' is not valid. It cannot be empty. Allowed characters are uppercase or lowercase letters, digits, hyphen(-), period (.), underscore (_). Names are not allowed to end with period(.). The length of the name cannot exceed {most} characters."
            );
            return Err(Failure::parameter(&path, text));
        }
    }
    for field in ["osType", "osState"] {
        if properties[field].is_null() {
            return Err(compute::missing(&format!("{WORD}.properties.{field}")));
        }
    }
    for field in ["vCPUs", "memory"] {
        let range = &properties["recommended"][field];
        if range["min"].as_i64().zip(range["max"].as_i64()).is_some_and(|(min, max)| min > max) {
            let path = format!("{WORD}.properties.recommended.{field}");
            let text = format!(
                "The minimum value of '{path}' must not be greater than the maximum value of '{path}'."
            );
            return Err(Failure::parameter(&path, text));
        }
    }
    let path = "galleryImage.properties.endOfLifeDate";
    check_end_of_life(&properties["endOfLifeDate"], old.map(|old| &old["endOfLifeDate"]), now, path)
}

/// A new end-of-life date must be in the future; one that stands may pass.
pub(crate) fn check_end_of_life(new: &Value, old: Option<&Value>, now: Moment, path: &str) -> Result<()> {
    match new.as_str().and_then(Moment::parse) {
        Some(at) if at <= now && old != Some(new) => {
            Err(Failure::parameter(path, "EndOfLifeDate must be set to a future date."))
        }
        _ => Ok(()),
    }
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    check_name(call.id.name())?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut properties = compute::properties(call, &MODEL)?;
    let update_features = properties["allowUpdateImage"] == Value::Bool(true);
    if let Some(old) = &old {
        provisioning::refuse_if_going(Some(old))?;
        let live = &old.body["properties"];
        compute::keep(live, &mut properties, WORD, FIXED)?;
        if !update_features {
            compute::keep(live, &mut properties, WORD, &["features"])?;
        }
    } else {
        complete(&mut properties, call.api_version());
    }
    check(&properties, old.as_ref().map(|old| &old.body["properties"]), world.now)?;
    if old.is_none() {
        usage::refuse_one_more(world, call, region)?;
        refuse_twin(world, call, &properties["identifier"])?;
    }
    let write = if old.is_some() { Write::Replace } else { Write::Create };
    let resource = compute::assemble(world, call, old, region, &properties)?;
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::GALLERY, write, resource, done, None))
}

/// Publisher, offer and SKU together are one definition's own within a gallery.
fn refuse_twin(world: &World, call: &Call, identifier: &Value) -> Result<()> {
    let parent = call.id.parent().map(|parent| parent.path()).unwrap_or_default();
    let twin = world
        .below(&parent, "microsoft.compute/galleries/images")
        .find(|other| compute::same(&other.body["properties"]["identifier"], identifier));
    let Some(twin) = twin else { return Ok(()) };
    let part = |field: &str| identifier[field].as_str().unwrap_or_default().to_owned();
    let text = format!(
        "Gallery image: '{}' identified by (publisher:{}, offer:{}, sku:{}) already exists. Choose a different publisher, offer, sku combination.",
        twin.body["name"].as_str().unwrap_or_default(),
        part("publisher"),
        part("offer"),
        part("sku")
    );
    Err(Failure::arm(409, "Conflict", text).on("galleryImage.properties.identifier"))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = compute::find(world, call)?.clone();
    provisioning::refuse_if_going(Some(&resource))?;
    let sent = compute::properties(call, &MODEL)?;
    let live = resource.body["properties"].clone();
    let mut properties = compute::overlay(&live, &sent);
    compute::keep(&live, &mut properties, WORD, FIXED)?;
    if sent["allowUpdateImage"] != Value::Bool(true) {
        compute::keep(&live, &mut properties, WORD, &["features"])?;
    }
    check(&properties, Some(&live), world.now)?;
    resource.body["properties"] = properties;
    compute::patch_tags(&mut resource.body, call.object()?);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::GALLERY, Write::Patch, resource, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    if let Some(found) = world.get(&call.id.path()) {
        soft_delete::refuse_definition(world, found)?;
    }
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::GALLERY, length)
}

/// Completes a definition that a seed names.
pub(crate) fn planted(resource: &mut Resource) {
    let mut properties =
        shape::take(&resource.body["properties"], &SHAPE, WORD, NEWEST).unwrap_or_else(|_| json!({}));
    for (field, value) in
        [("osType", "Linux"), ("osState", "Generalized"), ("hyperVGeneration", "V2"), ("architecture", "x64")]
    {
        compute::default(&mut properties, field, value);
    }
    if properties["identifier"].is_null() {
        let name = resource.body["name"].clone();
        properties["identifier"] = json!({"publisher": "emulator", "offer": "images", "sku": name});
    }
    properties["provisioningState"] = json!("Succeeded");
    resource.body["properties"] = properties;
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::emulator::testing::{RG1, ask, emulator, wait};

    const V: &str = "?api-version=2024-03-03";

    fn body() -> Value {
        json!({"location": "eastus", "properties": {
            "osType": "linux", "osState": "Generalized", "hyperVGeneration": "V2",
            "identifier": {"publisher": "p", "offer": "o", "sku": "s"}, "endOfLifeDate": "2030-01-01",
        }})
    }

    #[test]
    fn defaults_are_filled_and_what_is_fixed_stays() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        let path = format!("{gallery}/images/def1{V}");
        assert_eq!(ask(&it, "PUT", &path, Some(body())).1["error"]["code"], "ParentResourceNotFound");
        ask(&it, "PUT", &format!("{gallery}{V}"), Some(json!({"location": "eastus"})));
        let (status, made) = ask(&it, "PUT", &path, Some(body()));
        assert_eq!((status, &made["properties"]["architecture"]), (201, &json!("x64")));
        assert_eq!(made["properties"]["osType"], "Linux");
        assert_eq!(made["properties"]["endOfLifeDate"], "2030-01-01T00:00:00+00:00");
        wait(&it, 10);
        for (field, value) in [
            ("osType", json!("Windows")),
            ("hyperVGeneration", json!("V1")),
            ("architecture", json!("Arm64")),
            ("identifier", json!({"publisher": "p", "offer": "o", "sku": "other"})),
        ] {
            let mut changed = body();
            changed["properties"][field] = value;
            let (status, answer) = ask(&it, "PUT", &path, Some(changed));
            assert_eq!(
                (status, &answer["error"]["code"]),
                (409, &json!("PropertyChangeNotAllowed")),
                "{field}"
            );
        }
        let mut changed = body();
        changed["properties"]["description"] = json!("new");
        assert_eq!(ask(&it, "PUT", &path, Some(changed)).0, 200);
        let twin = format!("{gallery}/images/def2{V}");
        assert_eq!(ask(&it, "PUT", &twin, Some(body())).1["error"]["code"], "Conflict");
        // The gallery does not go before what is in it.
        let (status, answer) = ask(&it, "DELETE", &format!("{gallery}{V}"), None);
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("CannotDeleteResource")));
        assert_eq!(ask(&it, "DELETE", &path, None).0, 202);
        wait(&it, 10);
        assert_eq!(ask(&it, "GET", &path, None).0, 404);
        assert_eq!(ask(&it, "DELETE", &format!("{gallery}{V}"), None).0, 409);
        wait(&it, 15);
        assert_eq!(ask(&it, "DELETE", &format!("{gallery}{V}"), None).0, 202);
    }

    #[test]
    fn a_past_end_of_life_and_a_bad_identifier_are_refused() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        ask(&it, "PUT", &format!("{gallery}{V}"), Some(json!({"location": "eastus"})));
        for (pointer, value) in [
            ("/properties/endOfLifeDate", json!("2020-01-01")),
            ("/properties/endOfLifeDate", json!("soon")),
            ("/properties/identifier/sku", json!("a b")),
            ("/properties/osState", Value::Null),
            ("/properties/osType", json!("BSD")),
        ] {
            let mut bad = body();
            *bad.pointer_mut(pointer).unwrap_or(&mut Value::Null) = value;
            let (status, answer) = ask(&it, "PUT", &format!("{gallery}/images/def1{V}"), Some(bad));
            assert_eq!(status, 400, "{pointer}: {answer}");
        }
    }

    #[test]
    fn the_generation_that_nobody_says_changed_in_2025() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        ask(&it, "PUT", &format!("{gallery}{V}"), Some(json!({"location": "eastus"})));
        for (name, version, generation, features) in [
            ("old", "2024-03-03", "V1", Value::Null),
            ("new", "2025-03-03", "V2", json!([{"name": "SecurityType", "value": "TrustedLaunchSupported"}])),
        ] {
            let mut body = body();
            body["properties"]["hyperVGeneration"] = Value::Null;
            body["properties"]["identifier"]["sku"] = json!(name);
            let path = format!("{gallery}/images/{name}?api-version={version}");
            let (_, made) = ask(&it, "PUT", &path, Some(body));
            assert_eq!(made["properties"]["hyperVGeneration"], generation);
            assert_eq!(made["properties"]["features"], features);
        }
    }
}
