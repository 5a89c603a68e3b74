//! Image versions that were deleted softly: kept for a while, listed, brought back or gone for good.
//! Knows nothing of versions but that they are kept whole.

use std::time::Duration;

use serde_json::json;

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::Shape;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

/// What they are filed under, in lower case.
pub(crate) const KIND: &str = "microsoft.compute/galleries/softdeletedartifacttypes/artifacts/versions";

pub(crate) const ROUTES: &[Route] = &[Route {
    verb: Verb::List,
    kind: "Microsoft.Compute/galleries/softDeletedArtifactTypes/artifacts/versions",
    versions: &["2024-03-03", "2025-03-03", "2025-12-03", "2026-03-03"],
    handler: list,
}];

/// What a record holds.
pub(crate) const MODEL: Model = Model {
    word: "softDeletedResource",
    envelope: &[],
    properties: &Shape::Object(&[
        ("resourceArmId", Shape::ReadOnly),
        ("softDeletedArtifactType", Shape::ReadOnly),
        ("softDeletedTime", Shape::ReadOnly),
        ("consumptionEndTime", Shape::Since("2026-03-03", &Shape::ReadOnly)),
        ("hardDeletionTargetTime", Shape::Since("2026-03-03", &Shape::ReadOnly)),
    ]),
};

/// How long a version is kept when its gallery does not say.
const KEPT_DAYS: i64 = 7;

/// The gallery that a version lies in.
fn gallery<'a>(world: &'a World, version: &ArmId) -> Option<&'a Resource> {
    world.get(&version.parent()?.parent()?.path())
}

/// The id of the record of a version.
fn record(world: &World, version: &ArmId) -> Option<String> {
    let [_, image, name] = version.names.as_slice() else { return None };
    Some(format!(
        "{}/softDeletedArtifactTypes/Images/artifacts/{image}/versions/{name}",
        gallery(world, version)?.id
    ))
}

/// True when a deletion leaves the version restorable: the gallery says so, and the client does not say otherwise.
pub(crate) fn applies(world: &World, call: &Call) -> bool {
    let bypassed = call.query("bypassSoftDelete").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let policy = gallery(world, &call.id).map(|found| &found.body["properties"]["softDeletePolicy"]);
    !bypassed && policy.is_some_and(|policy| policy["isSoftDeleteEnabled"] == true)
}

/// Keeps a version that just went, when its deletion was a soft one.
pub(crate) fn file(world: &mut World, gone: &Resource, at: Moment) {
    if gone.hidden["soft"] != true {
        return;
    }
    let Some(version) = ArmId::parse(&gone.id) else { return };
    let Some(id) = record(world, &version) else { return };
    let policy = gallery(world, &version).map(|found| found.body["properties"]["softDeletePolicy"].clone());
    let policy = policy.unwrap_or_default();
    let days = |field: &str, default: i64| {
        let days = policy[field].as_i64().unwrap_or(default);
        Duration::from_hours(24) * u32::try_from(days).unwrap_or(0)
    };
    let usable = at + days("retentionPeriodInDays", KEPT_DAYS);
    let end = usable + days("gracePeriodInDays", 0);
    let body = json!({
        "id": id, "name": gone.body["name"], "type": router::canonical_kind(KIND), "location": gone.body["location"],
        "properties": {
            "resourceArmId": gone.id, "softDeletedArtifactType": "Images", "softDeletedTime": at.rfc3339_offset(),
            "consumptionEndTime": usable.rfc3339_offset(), "hardDeletionTargetTime": end.rfc3339_offset(),
        },
    });
    world.put(Resource {
        id,
        kind: KIND.to_owned(),
        body,
        hidden: json!({"body": gone.body, "hidden": gone.hidden, "created": gone.created_at.0}),
        etag: String::new(),
        created_at: at,
        changed_at: at,
        due: Some(end),
    });
}

/// Takes the version of a call out of the records, to be made again as it was.
pub(crate) fn take(world: &mut World, call: &Call) -> Result<Resource> {
    let id = record(world, &call.id).unwrap_or_default();
    let Some(record) = world.remove(&id) else { return Err(router::not_found(call)) };
    let mut hidden = record.hidden["hidden"].clone();
    if let Some(fields) = hidden.as_object_mut() {
        fields.remove("soft");
    }
    Ok(Resource {
        id: record.body["properties"]["resourceArmId"].as_str().unwrap_or_default().to_owned(),
        kind: call.id.kind(),
        body: record.hidden["body"].clone(),
        hidden,
        created_at: Moment(record.hidden["created"].as_i64().unwrap_or_default()),
        ..Resource::default()
    })
}

/// Forgets the record of a version for good.
pub(crate) fn purge(world: &mut World, call: &Call) {
    if let Some(id) = record(world, &call.id) {
        world.remove(&id);
    }
}

/// The name of a version that can be restored is not free.
pub(crate) fn refuse_name(world: &World, call: &Call) -> Result<()> {
    if record(world, &call.id).is_none_or(|id| !world.has(&id)) {
        return Ok(());
    }
    let text = format!(
        "The gallery image version '{}' is soft-deleted. Restore it, delete it permanently, or choose another name.",
        call.id.name()
    );
    Err(Failure::arm(409, "Conflict", text))
}

/// A definition does not go while versions of it can be restored.
pub(crate) fn refuse_definition(world: &World, definition: &Resource) -> Result<()> {
    let id = ArmId::parse(&definition.id).unwrap_or_default();
    let Some(gallery) = id.parent() else { return Ok(()) };
    let scope = format!("{}/softDeletedArtifactTypes/Images/artifacts/{}", gallery.path(), id.name());
    let Some(kept) = world.below(&scope, KIND).next() else { return Ok(()) };
    Err(provisioning::nested(&kept.id))
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let images = call.id.names.get(1).is_some_and(|kind| kind.eq_ignore_ascii_case("Images"));
    if !images {
        let text = "The only type of artifact that can be soft-deleted is 'Images'.";
        return Err(Failure::parameter("artifactType", text));
    }
    let records = world.below(&compute::scope(call), KIND);
    Ok(page::list(call, records, |found| compute::view(call, KIND, &found.body)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::azure::image_fixture;
    use crate::emulator::testing::{RG1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2026-03-03";

    #[test]
    fn a_version_that_was_deleted_softly_comes_back_whole_or_goes_in_time() {
        let it = emulator();
        let id = image_fixture::version(&it, "1.0.0");
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal");
        let policy = json!({"properties": {"softDeletePolicy": {"isSoftDeleteEnabled": true, "retentionPeriodInDays": 3}}});
        assert_eq!(ask(&it, "PATCH", &format!("{gallery}{V}"), Some(policy)).0, 200);
        let (_, before) = ask(&it, "GET", &format!("{id}{V}"), None);
        let delete = |query: &str| {
            assert_eq!(arm(&it, "DELETE", &format!("{id}{V}{query}"), None).status, 202);
            wait(&it, 120);
            assert_eq!(ask(&it, "GET", &format!("{id}{V}"), None).0, 404);
        };
        let records = || {
            let path = format!("{gallery}/softDeletedArtifactTypes/images/artifacts/UBUNTU/versions");
            let (status, list) = ask(&it, "GET", &format!("{path}{V}"), None);
            assert_eq!(status, 200, "{list}");
            list["value"].as_array().unwrap().clone()
        };
        delete("");
        assert_eq!(records()[0]["properties"]["resourceArmId"], id.as_str());
        let definition = id.split("/versions").next().unwrap();
        assert_eq!(ask(&it, "DELETE", &format!("{definition}{V}"), None).0, 409);
        let anew = json!({"location": "eastus", "properties": {"storageProfile": {"source": {"id": "x"}}}});
        assert_eq!(ask(&it, "PUT", &format!("{id}{V}"), Some(anew)).1["error"]["code"], "Conflict");
        let restore = Some(json!({"properties": {"restore": true, "storageProfile": {}}}));
        assert_eq!(ask(&it, "PATCH", &format!("{id}{V}"), restore.clone()).0, 200);
        wait(&it, 60);
        assert_eq!(ask(&it, "GET", &format!("{id}{V}"), None).1, before);
        assert!(records().is_empty());
        delete("");
        wait(&it, 3 * 24 * 60 * 60);
        assert!(records().is_empty());
        assert_eq!(ask(&it, "PATCH", &format!("{id}{V}"), restore).0, 404);
        image_fixture::version(&it, "1.0.0");
        delete("&bypassSoftDelete=true");
        assert!(records().is_empty());
    }
}
