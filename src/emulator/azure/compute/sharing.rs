//! Sharing of a gallery: with subscriptions and tenants, or with everybody.
//! Holds who it is shared with; whether that lets anybody in is not decided here.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::azure::shape::{self, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::regions;
use crate::emulator::router;
use crate::emulator::store::{Resource, World};

const UPDATE: Shape = Shape::Object(&[
    ("operationType", Shape::Word(&["Add", "Remove", "Reset", "EnableCommunity"])),
    (
        "groups",
        Shape::List(&Shape::Object(&[
            ("type", Shape::Word(&["Subscriptions", "AADTenants"])),
            ("ids", Shape::List(&Shape::Text)),
        ])),
    ),
]);

/// The two kinds of groups, as they are kept and answered.
const GROUPS: &[&str] = &["Subscriptions", "AADTenants"];

/// POST `share`.
pub(crate) fn share(world: &mut World, call: &Call) -> Result<Answer> {
    let id = call.id.parent().map(|id| id.path()).unwrap_or_default();
    let found = world.get(&id).cloned().ok_or_else(|| router::not_found(call))?;
    provisioning::refuse_if_going(Some(&found))?;
    let update = shape::take(call.object()?, &UPDATE, "sharingUpdate", call.api_version())?;
    let Some(operation) = update["operationType"].as_str() else {
        return Err(compute::missing("sharingUpdate.operationType"));
    };
    let permissions = found.body["properties"]["sharingProfile"]["permissions"].as_str().unwrap_or("Private");
    let needed = match operation {
        "Add" | "Remove" => Some("Groups"),
        "EnableCommunity" => Some("Community"),
        _ => None,
    };
    if let Some(needed) = needed.filter(|needed| *needed != permissions) {
        let text = format!(
            "The operation '{operation}' is not allowed on the gallery '{}' whose sharing permissions are '{permissions}': they must be '{needed}'.",
            found.body["name"].as_str().unwrap_or_default()
        );
        return Err(Failure::arm(409, "OperationNotAllowed", text).on("sharingUpdate.operationType"));
    }
    let length = Duration::from_secs(10);
    let until = world.now + length;
    let failure = provisioning::scripted(world, &found.id);
    world.edit(&found.id, |gallery| {
        match operation {
            "Add" | "Remove" => change(&mut gallery.hidden["groups"], &update["groups"], operation == "Add"),
            "EnableCommunity" => gallery.hidden["community"] = json!(true),
            _ => {
                gallery.hidden["groups"] = json!({});
                gallery.hidden["community"] = json!(false);
                gallery.body["properties"]["sharingProfile"] = json!({"permissions": "Private"});
            }
        }
        gallery.hidden["shared"] = json!(until.0);
        gallery.hidden["trouble"] = json!(failure.as_ref().map(|(_, text)| text));
    });
    let manner = &provisioning::GALLERY;
    let mut answer = provisioning::act(world, call, manner, &found, length, failure, update.clone());
    answer.body = Some(update);
    Ok(answer)
}

/// A gallery that is for everybody is not deleted before its sharing was reset.
pub(crate) fn refuse_while_shown(world: &World, call: &Call) -> Result<()> {
    let found = world.get(&call.id.path());
    let shown = found.filter(|it| it.body["properties"]["sharingProfile"]["permissions"] == "Community");
    let Some(gallery) = shown else { return Ok(()) };
    let text = format!(
        "The gallery '{}' is shared to the community. Reset its sharing profile before deleting it.",
        gallery.body["name"].as_str().unwrap_or_default()
    );
    Err(Failure::arm(409, "OperationNotAllowed", text))
}

/// Adds ids to the groups that are there, or takes them away.
fn change(kept: &mut Value, sent: &Value, adds: bool) {
    for group in sent.as_array().into_iter().flatten() {
        let Some(kind) = group["type"].as_str() else { continue };
        let mut ids: Vec<Value> = kept[kind].as_array().cloned().unwrap_or_default();
        for id in group["ids"].as_array().into_iter().flatten() {
            ids.retain(|known| !compute::same(known, id));
            if adds {
                ids.push(id.clone());
            }
        }
        kept[kind] = Value::Array(ids);
    }
}

/// Adds to a body that is about to be answered what a query asks for of a gallery's sharing.
pub(crate) fn show(body: &mut Value, call: &Call, found: &Resource, now: Moment) {
    let profile = &mut body["properties"]["sharingProfile"];
    if profile["permissions"] == "Community" {
        profile["communityGalleryInfo"]["communityGalleryEnabled"] = json!(found.hidden["community"] == true);
    }
    let is = |name: &str, value: &str| call.query(name).is_some_and(|said| said.eq_ignore_ascii_case(value));
    if !is("$select", "Permissions") && !is("$expand", "SharingProfile/Groups") {
        if profile.is_null()
            && let Some(properties) = body["properties"].as_object_mut()
        {
            properties.remove("sharingProfile");
        }
        return;
    }
    compute::default(profile, "permissions", "Private");
    let groups = GROUPS.iter().filter_map(|kind| {
        let ids = found.hidden["groups"][*kind].as_array().filter(|ids| !ids.is_empty())?;
        Some(json!({"type": kind, "ids": ids}))
    });
    let groups: Vec<Value> = groups.collect();
    if !groups.is_empty() {
        profile["groups"] = json!(groups);
    }
    if let Some(until) = found.hidden["shared"].as_i64().map(Moment) {
        let failure = found.hidden["trouble"].as_str();
        let (state, details) = match failure {
            _ if until > now => ("InProgress", ""),
            Some(text) => ("Failed", text),
            None => ("Succeeded", ""),
        };
        let home = found.body["location"].as_str().unwrap_or_default();
        let region = regions::find(home).map_or(home, |region| region.display);
        body["properties"]["sharingStatus"] = json!({"aggregatedState": state, "summary": [{"region": region, "state": state, "details": details}]});
    }
}

/// A gallery for everybody says who publishes it, and gets a public name.
pub(crate) fn complete(world: &mut World, properties: &mut Value, old: Option<&Resource>) -> Result<()> {
    let profile = &mut properties["sharingProfile"];
    if profile["permissions"] != "Community" {
        if profile.is_null()
            && let Some(fields) = properties.as_object_mut()
        {
            fields.remove("sharingProfile");
        }
        return Ok(());
    }
    for field in ["publisherUri", "publisherContact", "eula", "publicNamePrefix"] {
        if profile["communityGalleryInfo"][field].is_null() {
            let path = format!("gallery.properties.sharingProfile.communityGalleryInfo.{field}");
            return Err(compute::missing(&path));
        }
    }
    let info = &mut profile["communityGalleryInfo"];
    let known =
        old.map(|old| &old.body["properties"]["sharingProfile"]["communityGalleryInfo"]["publicNames"]);
    info["publicNames"] = match known.filter(|names| names.is_array()) {
        Some(names) => names.clone(),
        None => json!([format!(
            "{}-{}",
            info["publicNamePrefix"].as_str().unwrap_or_default(),
            world.next_guid()
        )]),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::fault::{Effect, Fault, Trouble};
    use crate::emulator::testing::{RG1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2024-03-03";

    #[test]
    fn a_gallery_is_shared_with_groups_and_says_so_only_when_asked() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        ask(&it, "PUT", &format!("{gallery}{V}"), Some(json!({"location": "eastus"})));
        wait(&it, 10);
        let add = json!({"operationType": "add", "groups": [{"type": "Subscriptions", "ids": ["a", "b"]}]});
        let share =
            |body: &serde_json::Value| arm(&it, "POST", &format!("{gallery}/share{V}"), Some(body.clone()));
        assert_eq!(share(&add).json()["error"]["code"], "OperationNotAllowed");
        let groups = json!({"properties": {"sharingProfile": {"permissions": "groups"}}});
        assert_eq!(ask(&it, "PATCH", &format!("{gallery}{V}"), Some(groups)).0, 200);
        wait(&it, 10);
        let shared = share(&add);
        assert_eq!((shared.status, &shared.json()["operationType"]), (202, &json!("Add")));
        let read = |query: &str| {
            ask(&it, "GET", &format!("{gallery}{V}{query}"), None).1["properties"]["sharingProfile"].clone()
        };
        assert_eq!(read(""), json!({"permissions": "Groups"}));
        share(&json!({"operationType": "Remove", "groups": [{"type": "Subscriptions", "ids": ["A"]}]}));
        let left = json!([{"type": "Subscriptions", "ids": ["b"]}]);
        assert_eq!(read("&$expand=SharingProfile/Groups")["groups"], left);
        assert_eq!(read("&$select=permissions")["groups"], left);
        // Sending back what was read shares with nobody else, and unshares nothing.
        let (_, body) = ask(&it, "GET", &format!("{gallery}{V}"), None);
        assert_eq!(ask(&it, "PUT", &format!("{gallery}{V}"), Some(body)).0, 200);
        assert_eq!(read("&$select=permissions")["groups"], left);
        assert_eq!(share(&json!({"operationType": "Reset"})).status, 202);
        assert_eq!(read("&$select=permissions"), json!({"permissions": "Private"}));
    }

    #[test]
    fn a_sharing_that_fails_says_so_until_the_next_one() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        let body = json!({"location": "eastus", "properties": {"sharingProfile": {"permissions": "Groups"}}});
        ask(&it, "PUT", &format!("{gallery}{V}"), Some(body));
        wait(&it, 10);
        let trouble = Trouble { code: "SharingFailed".into(), message: "the tenant is not known".into() };
        it.add_fault(Fault::in_azure("*/galleries/gal1", Effect::Operation(trouble)));
        let share = || {
            let add = json!({"operationType": "Add", "groups": [{"type": "AADTenants", "ids": ["a"]}]});
            arm(&it, "POST", &format!("{gallery}/share{V}"), Some(add))
        };
        let status = || {
            let (_, body) = ask(&it, "GET", &format!("{gallery}{V}&$expand=SharingProfile/Groups"), None);
            body["properties"]["sharingStatus"].clone()
        };
        let shared = share();
        let poll = shared.header("azure-asyncoperation").unwrap().replace("https://127.0.0.1:8443", "");
        assert_eq!(status()["aggregatedState"], "InProgress");
        wait(&it, 10);
        assert_eq!(ask(&it, "GET", &poll, None).1["error"]["code"], "SharingFailed");
        let region = json!({"region": "East US", "state": "Failed", "details": "the tenant is not known"});
        assert_eq!(status(), json!({"aggregatedState": "Failed", "summary": [region]}));
        share();
        wait(&it, 10);
        assert_eq!(status()["aggregatedState"], "Succeeded");
    }

    #[test]
    fn a_gallery_for_everybody_says_who_publishes_it() {
        let it = emulator();
        let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal1");
        let mut body = json!({"location": "eastus", "properties": {"sharingProfile": {
            "permissions": "Community", "communityGalleryInfo": {
                "publisherUri": "https://contoso.example", "publisherContact": "a@contoso.example", "eula": "x"}}}});
        assert_eq!(ask(&it, "PUT", &format!("{gallery}{V}"), Some(body.clone())).0, 400);
        body["properties"]["sharingProfile"]["communityGalleryInfo"]["publicNamePrefix"] = json!("pub");
        assert_eq!(ask(&it, "PUT", &format!("{gallery}{V}"), Some(body)).0, 201);
        wait(&it, 10);
        let info = || {
            let (_, body) = ask(&it, "GET", &format!("{gallery}{V}"), None);
            body["properties"]["sharingProfile"]["communityGalleryInfo"].clone()
        };
        assert!(info()["publicNames"][0].as_str().unwrap().starts_with("pub-"));
        assert_eq!(info()["communityGalleryEnabled"], false);
        let enable = Some(json!({"operationType": "EnableCommunity"}));
        assert_eq!(arm(&it, "POST", &format!("{gallery}/share{V}"), enable).status, 202);
        assert_eq!(info()["communityGalleryEnabled"], true);
        let path = format!("{gallery}{V}");
        assert_eq!(ask(&it, "DELETE", &path, None).1["error"]["code"], "OperationNotAllowed");
        let reset = Some(json!({"operationType": "Reset"}));
        assert_eq!(arm(&it, "POST", &format!("{gallery}/share{V}"), reset).status, 202);
        wait(&it, 10);
        assert_eq!(arm(&it, "DELETE", &path, None).status, 202);
    }
}
