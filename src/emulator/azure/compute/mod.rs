//! What the Compute resource types share: what their bodies hold, locations, parts of bodies, refusals.
//! Holds no type's own rules.

use serde_json::{Map, Value, json};

use crate::emulator::azure::shape::{self, Field, Shape};
use crate::emulator::azure::tags;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::regions::{self, Region};
use crate::emulator::router;
use crate::emulator::store::{Resource, World};

pub(crate) mod boot_image;
pub(crate) mod compute_sku;
#[cfg(test)]
mod contract;
pub(crate) mod disk;
pub(crate) mod disk_access;
pub(crate) mod disk_shape;
pub(crate) mod disk_source;
pub(crate) mod disk_state;
pub(crate) mod gallery;
pub(crate) mod image_definition;
pub(crate) mod image_version;
pub(crate) mod machine_disks;
pub(crate) mod machine_extension;
pub(crate) mod machine_power;
pub(crate) mod machine_shape;
pub(crate) mod machine_view;
pub(crate) mod managed_image;
pub(crate) mod provisioning;
pub(crate) mod public_gallery;
pub(crate) mod publishing;
pub(crate) mod replication;
pub(crate) mod sharing;
pub(crate) mod soft_delete;
pub(crate) mod usage;
pub(crate) mod version_shape;
pub(crate) mod version_source;
pub(crate) mod virtual_machine;
pub(crate) mod vm_sku;

/// What the bodies of a type hold.
#[derive(Debug)]
pub(crate) struct Model {
    /// What Azure calls the parameter: `gallery`, `galleryImage`, `galleryImageVersion`.
    pub(crate) word: &'static str,
    /// What it has beside `properties` and what every tracked resource has.
    pub(crate) envelope: &'static [Field],
    /// What is under `properties`.
    pub(crate) properties: &'static Shape,
}

/// What every tracked resource has beside `properties`.
const TRACKED: &[&str] = &["id", "name", "type", "location", "tags"];

/// What ARM itself takes beside `properties`, whether the type has it or not.
const TAKEN: &[&str] = &[
    "properties",
    "identity",
    "sku",
    "zones",
    "plan",
    "extendedLocation",
    "managedBy",
    "managedByExtended",
    "etag",
    "systemData",
    "resources",
    "placement",
    "kind",
];

/// The model of a type, by its path in lower case; none for what has no model of its own.
fn model(kind: &str) -> Option<&'static Model> {
    match kind {
        "microsoft.compute/galleries" => Some(&gallery::MODEL),
        "microsoft.compute/galleries/images" => Some(&image_definition::MODEL),
        "microsoft.compute/galleries/images/versions" => Some(&version_shape::MODEL),
        "microsoft.compute/images" => Some(&managed_image::MODEL),
        "microsoft.compute/disks" => Some(&disk_shape::DISK),
        "microsoft.compute/snapshots" => Some(&disk_shape::SNAPSHOT),
        "microsoft.compute/virtualmachines" => Some(&machine_shape::MODEL),
        "microsoft.compute/virtualmachines/extensions" => Some(&machine_extension::MODEL),
        soft_delete::KIND => Some(&soft_delete::MODEL),
        _ => None,
    }
}

/// The body with its envelope checked and its properties in canonical form, by the api-version of the call.
pub(crate) fn properties(call: &Call, model: &Model) -> Result<Value> {
    let body = call.object()?;
    for name in body.as_object().into_iter().flat_map(Map::keys) {
        if !TRACKED.iter().chain(TAKEN).any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(Failure::content(&format!(
                "Could not find member '{name}' on object of type 'ResourceDefinition'. Path '{name}'"
            )));
        }
    }
    tags::check(body)?;
    match &body["properties"] {
        Value::Null => Ok(json!({})),
        given => {
            shape::take(given, model.properties, &format!("{}.properties", model.word), call.api_version())
        }
    }
}

/// A body as the api-version of the call answers it.
pub(crate) fn view(call: &Call, kind: &str, body: &Value) -> Value {
    let Some(model) = model(kind) else { return body.clone() };
    let version = call.api_version();
    let mut shown = shape::show(body, &Shape::Object(model.envelope), version);
    for name in TRACKED.iter().filter(|name| !body[**name].is_null()) {
        shown[*name] = body[*name].clone();
    }
    shown["properties"] = shape::show(&body["properties"], model.properties, version);
    shown
}

/// The region of a PUT: required, known, and that of the resource that is there.
pub(crate) fn location(call: &Call, old: Option<&Resource>) -> Result<&'static Region> {
    let Some(text) = call.object()?["location"].as_str().filter(|text| !text.is_empty()) else {
        return Err(Failure::arm(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let kind = router::canonical_kind(&call.id.kind());
    let Some(region) = regions::find(text) else {
        let known: Vec<&str> = regions::ALL.iter().map(|region| region.name).collect();
        let text = format!(
            "The provided location '{text}' is not available for resource type '{kind}'. List of available regions for the resource type is '{}'.",
            known.join(",")
        );
        return Err(Failure::arm(400, "LocationNotAvailableForResourceType", text));
    };
    if let Some(live) = old.and_then(|old| old.body["location"].as_str()).filter(|live| *live != region.name)
    {
        let text = format!(
            "The resource '{}' already exists in location '{live}' in resource group '{}'. A resource with the same name cannot be created in location '{}'. Please select a new resource name.",
            call.id.names.join("/"),
            call.id.group.as_deref().unwrap_or_default(),
            region.name
        );
        return Err(Failure::arm(409, "InvalidResourceLocation", text));
    }
    Ok(region)
}

/// A resource with these properties: the one that was there, or a new one.
pub(crate) fn assemble(
    world: &World,
    call: &Call,
    old: Option<Resource>,
    region: &Region,
    properties: &Value,
) -> Result<Resource> {
    let sent = call.object()?;
    let id = world.canonical(&call.id);
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut body = json!({
        "id": id, "name": name, "type": router::canonical_kind(&call.id.kind()), "location": region.name,
        "properties": properties,
    });
    if !sent["tags"].is_null() {
        body["tags"] = sent["tags"].clone();
    }
    if let Some(model) = model(&call.id.kind()) {
        for (field, shape) in model.envelope.iter().filter(|(field, _)| !sent[*field].is_null()) {
            let path = format!("{}.{field}", model.word);
            let value = shape::take(&sent[*field], shape, &path, call.api_version())?;
            if !value.is_null() {
                body[*field] = value;
            }
        }
    }
    if let Some(machine) = old.as_ref().map(|old| &old.body["managedBy"]).filter(|id| id.is_string()) {
        body["managedBy"] = machine.clone();
    }
    let mut resource = old.unwrap_or_else(|| Resource {
        id: id.clone(),
        kind: call.id.kind(),
        hidden: json!({}),
        created_at: world.now,
        ..Resource::default()
    });
    resource.body = body;
    Ok(resource)
}

/// The region of a path below `locations`, or 400.
pub(crate) fn region_in_path(call: &Call) -> Result<&'static Region> {
    let name = call.id.names.first().map_or("", String::as_str);
    regions::find(name).ok_or_else(|| {
        let text = format!("The provided location '{name}' is not available for resource type 'locations'.");
        Failure::arm(400, "NoRegisteredProviderFound", text)
    })
}

/// The region a resource is in.
pub(crate) fn region_of(resource: &Resource) -> &'static Region {
    let name = resource.body["location"].as_str().unwrap_or_default();
    regions::find(name).unwrap_or(&regions::ALL[0])
}

/// The resource of the call, or 404.
pub(crate) fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    world.get(&call.id.path()).ok_or_else(|| router::not_found(call))
}

/// GET of one.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = find(world, call)?;
    Ok(Answer::ok(view(call, &found.kind, &found.body)))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
/// GET of a collection: below a parent, a group, or a subscription.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = scope(call);
    let kind = call.id.kind();
    Ok(page::list(call, world.below(&scope, &kind), |it| view(call, &it.kind, &it.body)))
}

/// What a collection's path is under, as a key.
pub(crate) fn scope(call: &Call) -> String {
    match (call.id.parent(), call.id.group_key()) {
        (Some(parent), _) => parent.path(),
        (None, Some(group)) => group,
        (None, None) => format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default()),
    }
}

/// Lays the tags of a PATCH over a body: `tags` replaces the whole set, as Compute does it.
pub(crate) fn patch_tags(body: &mut Value, sent: &Value) {
    if sent["tags"].is_object() {
        body["tags"] = sent["tags"].clone();
    }
}

/// Lays properties over others, field by field at the top; a field that is sent replaces the old one whole.
pub(crate) fn overlay(old: &Value, sent: &Value) -> Value {
    let mut out = old.clone();
    for (name, value) in sent.as_object().into_iter().flatten() {
        out[name.as_str()] = value.clone();
    }
    out
}

/// Puts a default where nothing stands; what has no fields at all is left as it is.
pub(crate) fn default(value: &mut Value, field: &str, default: impl Into<Value>) {
    let has_fields = value.is_object() || value.is_null();
    if has_fields && value[field].is_null() {
        value[field] = default.into();
    }
}

/// 409 for a property that cannot change.
pub(crate) fn change_refused(path: &str) -> Failure {
    Failure::arm(409, "PropertyChangeNotAllowed", format!("Changing property '{path}' is not allowed."))
        .on(path)
}

/// Refuses a change of any of these properties (dotted paths). One that is not sent keeps its value.
pub(crate) fn keep(old: &Value, new: &mut Value, word: &str, paths: &[&str]) -> Result<()> {
    for path in paths {
        let pointer = format!("/{}", path.replace('.', "/"));
        let Some(live) = old.pointer(&pointer).filter(|live| !live.is_null()) else {
            if new.pointer(&pointer).is_some_and(|sent| !sent.is_null()) {
                return Err(change_refused(&format!("{word}.properties.{path}")));
            }
            continue;
        };
        match new.pointer(&pointer).filter(|sent| !sent.is_null()) {
            Some(sent) if !same(live, sent) => {
                return Err(change_refused(&format!("{word}.properties.{path}")));
            }
            Some(_) | None => set(new, path, live.clone()),
        }
    }
    Ok(())
}

/// What is due for a resource of Compute: a write ends, or a resource goes, and what hung on it is let go.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    if world.get(key).is_some_and(|found| found.kind == soft_delete::KIND) {
        world.remove(key);
        return;
    }
    let going = world.get(key).filter(|found| provisioning::state(found) == "Deleting").cloned();
    provisioning::settle(world, key, at);
    match going {
        Some(gone) if gone.kind == "microsoft.compute/virtualmachines" => {
            machine_disks::release(world, &gone);
        }
        Some(gone) => soft_delete::file(world, &gone, at),
        None => {}
    }
}

/// Sets a dotted path; parents that are missing are made.
pub(crate) fn set(value: &mut Value, path: &str, to: Value) {
    let mut at = value;
    for part in path.split('.') {
        at = &mut at[part];
    }
    *at = to;
}

/// Equal without regard to the case of texts, as Azure compares names and ids.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// 400 for a required property that is missing. `path` is the whole of it: `galleryImage.properties.osType`.
pub(crate) fn missing(path: &str) -> Failure {
    Failure::parameter(path, format!("Required parameter '{path}' is missing (null)."))
}

/// 400 for a number out of its range.
pub(crate) fn out_of_range(path: &str, value: i64, min: i64, max: i64) -> Failure {
    let text = format!(
        "The value '{value}' of parameter '{path}' is out of range. The value must be between '{min}' and '{max}', inclusive."
    );
    Failure::parameter(path, text)
}

/// Refuses a name of a disk, a snapshot, an image or a machine that is against the rule they share.
pub(crate) fn check_name(name: &str, word: &str, most: usize) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.len() <= most && name.chars().all(allowed) && !name.ends_with(['.', '-']) {
        return Ok(());
    }
    let text = format!("The entity name '{name}' is invalid according to its validation rule.");
    Err(invalid_name(word, &text))
}

/// An object without its fields that are null.
pub(crate) fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value
}

/// 400 for a name that is against the rule.
pub(crate) fn invalid_name(word: &str, text: &str) -> Failure {
    Failure::parameter(&format!("{word}.name"), text)
}
