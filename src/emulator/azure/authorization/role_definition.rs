//! Role definitions: Azure's own and those people make, read at any scope, made and deleted.
//! A definition belongs to the tenant; where it shows is told by its assignable scopes.

use serde_json::{Map, Value, json};

use crate::emulator::admission;
use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::authorization::{
    badly_formed, built_in_roles, definition_id, grants, is_within, linked, role_assignment,
};
use crate::emulator::azure::odata::Filter;
use crate::emulator::azure::shape::{self, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The kind that custom roles are filed under.
pub(crate) const KIND: &str = "microsoft.authorization/roledefinitions";
const TYPE: &str = "Microsoft.Authorization/roleDefinitions";

const VERSIONS: &[&str] = &["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];

pub(super) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: TYPE, versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: TYPE, versions: VERSIONS, handler: get },
    Route { verb: Verb::Put, kind: TYPE, versions: VERSIONS, handler: put },
    Route { verb: Verb::Delete, kind: TYPE, versions: VERSIONS, handler: delete },
];

const TEXTS: Shape = Shape::List(&Shape::Text);

const SHAPE: Shape = Shape::Object(&[
    ("roleName", Shape::Text),
    ("description", Shape::Text),
    ("type", Shape::ReadOnly),
    (
        "permissions",
        Shape::List(&Shape::Object(&[
            ("actions", TEXTS),
            ("notActions", TEXTS),
            ("dataActions", TEXTS),
            ("notDataActions", TEXTS),
            ("condition", Shape::ReadOnly),
            ("conditionVersion", Shape::ReadOnly),
        ])),
    ),
    ("assignableScopes", TEXTS),
    ("createdOn", Shape::ReadOnly),
    ("updatedOn", Shape::ReadOnly),
    ("createdBy", Shape::ReadOnly),
    ("updatedBy", Shape::ReadOnly),
]);

/// The properties of the role of that GUID.
pub(super) fn properties(world: &World, guid: &str) -> Option<Value> {
    match built_in_roles::find(guid) {
        Some(role) => Some(role.properties()),
        None => custom(world, guid).map(|role| role.body["properties"].clone()),
    }
}

/// The role of that GUID, if it is one that people made.
pub(super) fn custom<'a>(world: &'a World, guid: &str) -> Option<&'a Resource> {
    world.get(&definition_id("/", guid)).filter(|found| found.kind == KIND)
}

/// Completes a role that a seed names; it is assignable where its id says, unless it says more.
pub(crate) fn planted(resource: &mut Resource) {
    let guid = resource.body["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    let scope = ArmId::parse(&resource.id).map(|id| id.attached_to()).unwrap_or_default();
    let mut properties = resource.body["properties"].clone();
    properties["type"] = json!("CustomRole");
    properties["permissions"] = complete(&properties["permissions"]);
    for (name, value) in [("roleName", json!(guid)), ("assignableScopes", json!([scope]))] {
        if properties[name].is_null() {
            properties[name] = value;
        }
    }
    resource.id = definition_id("/", &guid);
    resource.body = json!({"name": guid, "properties": properties});
}

fn view(scope: &str, guid: &str, properties: &Value) -> Value {
    json!({"properties": properties, "id": definition_id(scope, guid), "type": TYPE, "name": guid})
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = call.id.attached_to();
    let text = call.query("$filter");
    let known = ["atScope", "atScopeAndBelow"];
    let filter = Filter::with_functions(text, &known).map_err(|_| unsupported(text))?;
    let below = text.is_some_and(|text| text.to_ascii_lowercase().contains("atscopeandbelow()"));
    let shows = |properties: &Value| {
        let scopes =
            properties["assignableScopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        scopes.into_iter().any(|known| is_within(&scope, known) || (below && is_within(known, &scope)))
    };
    let built_in = built_in_roles::ALL.iter().map(|role| (role.guid.to_owned(), role.properties()));
    let made = world.below("", KIND).map(|role| {
        (role.body["name"].as_str().unwrap_or_default().to_owned(), role.body["properties"].clone())
    });
    let mut all: Vec<(String, Value)> = built_in.chain(made).filter(|(_, it)| shows(it)).collect();
    all.retain(|(_, properties)| {
        let mut entry = properties.clone();
        entry["atScope()"] = json!(true);
        entry["atScopeAndBelow()"] = json!(true);
        filter.admits(&entry)
    });
    all.sort_by(|one, other| one.0.cmp(&other.0));
    let entries = all.into_iter().map(|(guid, it)| (guid.clone(), view(&scope, &guid, &it)));
    let (page, next) = page::cut(call, call.page_size, entries);
    let mut body = json!({"value": page});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

fn unsupported(filter: Option<&str>) -> Failure {
    let text = format!(
        "The filter '{}' is not supported. Supported filters are either 'atScopeAndBelow()' or 'roleName eq '{{value}}'' or 'type eq '{{value}}''.",
        filter.unwrap_or_default()
    );
    Failure::arm(400, "UnsupportedQuery", text)
}

/// The refusal for a role that there is not; 404 where it is read, 400 where something refers to it.
pub(super) fn unknown(status: u16, guid: &str) -> Failure {
    let text = format!("The specified role definition with ID '{guid}' does not exist.");
    Failure::arm(status, "RoleDefinitionDoesNotExist", text)
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let guid = call.id.name().to_ascii_lowercase();
    let found = properties(world, &guid).ok_or_else(|| unknown(404, &guid))?;
    Ok(Answer::ok(view(&call.id.attached_to(), &guid, &found)))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let guid = call.id.name().to_ascii_lowercase();
    if !admission::is_guid(&guid) {
        let text = format!(
            "The role definition ID '{}' is not valid. The role definition ID must be a GUID.",
            call.id.name()
        );
        return Err(Failure::arm(400, "InvalidRoleDefinitionId", text));
    }
    refuse_built_in(&guid)?;
    let mut sent =
        shape::take(&call.object()?["properties"], &SHAPE, "roleDefinition.properties", call.api_version())?;
    let name = sent["roleName"].as_str().filter(|name| !name.trim().is_empty()).ok_or_else(badly_formed)?;
    let scopes: Vec<String> = sent["assignableScopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() || sent["permissions"].as_array().is_none_or(Vec::is_empty) {
        return Err(badly_formed());
    }
    check_scopes(world, call, &scopes)?;
    check_actions(&sent["permissions"])?;
    let twin = built_in_roles::ALL.iter().any(|role| role.name.eq_ignore_ascii_case(name))
        || world.below("", KIND).any(|role| {
            role.body["name"] != guid.as_str()
                && role.body["properties"]["roleName"]
                    .as_str()
                    .is_some_and(|known| known.eq_ignore_ascii_case(name))
        });
    if twin {
        let text = "A custom role with the same name already exists in this directory. Use a different name.";
        return Err(Failure::arm(409, "RoleDefinitionWithSameNameExists", text));
    }
    let caller = call.caller.object_id.clone();
    let now = world.now;
    let old = custom(world, &guid).cloned();
    let before = old.as_ref().map_or(Value::Null, |old| old.body["properties"].clone());
    sent["type"] = json!("CustomRole");
    sent["permissions"] = complete(&sent["permissions"]);
    sent["createdOn"] = before.get("createdOn").cloned().unwrap_or_else(|| json!(now.rfc3339()));
    sent["createdBy"] = before.get("createdBy").cloned().unwrap_or_else(|| json!(caller));
    sent["updatedOn"] = json!(now.rfc3339());
    sent["updatedBy"] = json!(caller);
    let answer = view(&call.id.attached_to(), &guid, &sent);
    world.put(Resource {
        id: definition_id("/", &guid),
        kind: KIND.to_owned(),
        body: json!({"name": guid, "properties": sent}),
        created_at: old.map_or(now, |old| old.created_at),
        changed_at: now,
        ..Resource::default()
    });
    Ok(Answer::json(201, answer))
}

fn refuse_built_in(guid: &str) -> Result<()> {
    match built_in_roles::find(guid) {
        Some(role) => {
            let text = format!("The built-in role definition '{}' cannot be changed or deleted.", role.name);
            Err(Failure::arm(400, "RoleDefinitionCannotBeModified", text))
        }
        None => Ok(()),
    }
}

/// Where a role is to be assignable there must be something, and the caller must have a say there.
fn check_scopes(world: &World, call: &Call, scopes: &[String]) -> Result<()> {
    let action = "Microsoft.Authorization/roleDefinitions/write";
    for scope in scopes {
        if !world.has(scope) || !grants::may(world, &call.caller, action, scope) {
            return Err(linked::unlinked(call, action, action, scope));
        }
    }
    Ok(())
}

/// Actions name a provider, or are all of them.
fn check_actions(permissions: &Value) -> Result<()> {
    let lists =
        permissions.as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(Map::values);
    for action in lists.filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
        let form = action == "*" || (action.contains('/') && !action.contains(char::is_whitespace));
        if !form {
            let text = format!("'{action}' does not match any of the actions supported by the providers.");
            return Err(Failure::arm(400, "InvalidActionOrNotAction", text));
        }
    }
    Ok(())
}

/// Every permission with all four lists.
fn complete(permissions: &Value) -> Value {
    let each = permissions.as_array().into_iter().flatten().map(|permission| {
        let mut full = json!({"actions": [], "notActions": [], "dataActions": [], "notDataActions": []});
        for (name, list) in permission.as_object().into_iter().flatten() {
            full[name] = list.clone();
        }
        full
    });
    each.collect()
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let guid = call.id.name().to_ascii_lowercase();
    refuse_built_in(&guid)?;
    let Some(role) = custom(world, &guid).cloned() else { return Ok(Answer::empty(204)) };
    if role_assignment::uses(world, &guid) {
        let text =
            "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)";
        return Err(Failure::arm(400, "RoleDefinitionHasAssignments", text));
    }
    world.remove(&role.id);
    Ok(Answer::ok(view(&call.id.attached_to(), &guid, &role.body["properties"])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::testing::{RG1, S1, arm, ask, emulator};

    const V: &str = "api-version=2022-04-01";
    const GUID: &str = "11111111-2222-4333-8444-555555555555";

    fn path(guid: &str) -> String {
        format!("{S1}/providers/Microsoft.Authorization/roleDefinitions/{guid}?{V}")
    }

    fn body(name: &str) -> Value {
        json!({"properties": {"roleName": name, "type": "CustomRole", "assignableScopes": [RG1],
            "permissions": [{"actions": ["Microsoft.Batch/*/read"]}]}})
    }

    #[test]
    fn built_in_roles_are_found_by_name_and_by_id() {
        let it = emulator();
        let filter = "$filter=roleName%20eq%20'Azure%20Batch%20Data%20Contributor'";
        let list = format!(
            "{RG1}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-05-01-preview&{filter}"
        );
        let (_, found) = ask(&it, "GET", &list, None);
        assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
        let id = found["value"][0]["id"].as_str().unwrap();
        assert_eq!(id, path("6aaa78f1-f7de-44ca-8722-c64a23943cae").split('?').next().unwrap());
        for id in
            [id, "/providers/Microsoft.Authorization/roleDefinitions/6aaa78f1-f7de-44ca-8722-c64a23943cae"]
        {
            let (status, role) = ask(&it, "GET", &format!("{id}?{V}"), None);
            assert_eq!(
                (status, &role["id"], &role["properties"]["type"]),
                (200, &json!(id), &json!("BuiltInRole"))
            );
        }
        let missing = ask(&it, "GET", &path(GUID), None);
        assert_eq!((missing.0, &missing.1["error"]["code"]), (404, &json!("RoleDefinitionDoesNotExist")));
    }

    #[test]
    fn a_custom_role_is_made_shown_where_it_is_assignable_and_deleted() {
        let it = emulator();
        let (status, made) = ask(&it, "PUT", &path(GUID), Some(body("Watcher")));
        assert_eq!((status, &made["properties"]["permissions"][0]["notActions"]), (201, &json!([])));
        let names = |scope: &str, filter: &str| {
            let list =
                format!("{scope}/providers/Microsoft.Authorization/roleDefinitions?{V}&$filter={filter}");
            let (_, found) = ask(&it, "GET", &list, None);
            found["value"].as_array().map_or(99, Vec::len)
        };
        assert_eq!(names(RG1, "type%20eq%20'CustomRole'"), 1);
        assert_eq!(names(S1, "type%20eq%20'CustomRole'"), 0);
        assert_eq!(names(S1, "atScopeAndBelow()%20and%20type%20eq%20'CustomRole'"), 1);
        assert_eq!(arm(&it, "DELETE", &path(GUID), None).status, 200);
        assert_eq!(arm(&it, "DELETE", &path(GUID), None).status, 204);
    }

    #[test]
    fn what_is_no_role_is_refused() {
        let it = emulator();
        assert_eq!(ask(&it, "PUT", &path(GUID), Some(body("Watcher"))).0, 201);
        let other = "11111111-2222-4333-8444-555555555556";
        let mut nowhere = body("a");
        nowhere["properties"]["assignableScopes"] = json!(["/"]);
        let mut odd = body("b");
        odd["properties"]["permissions"][0]["actions"] = json!(["read everything"]);
        for (guid, body, status, code) in [
            ("reader", body("c"), 400, "InvalidRoleDefinitionId"),
            (other, body("watcher"), 409, "RoleDefinitionWithSameNameExists"),
            (other, nowhere, 403, "LinkedAuthorizationFailed"),
            (other, odd, 400, "InvalidActionOrNotAction"),
            (other, json!({"properties": {}}), 400, "BadRequestFormat"),
            ("acdd72a7-3385-48ef-bd42-f606fba81ae7", body("d"), 400, "RoleDefinitionCannotBeModified"),
        ] {
            let (got, refusal) = ask(&it, "PUT", &path(guid), Some(body));
            assert_eq!((got, &refusal["error"]["code"]), (status, &json!(code)), "{refusal}");
        }
        let filter = format!("{S1}/providers/Microsoft.Authorization/roleDefinitions?{V}&$filter=owner()");
        assert_eq!(ask(&it, "GET", &filter, None).1["error"]["code"], "UnsupportedQuery");
    }
}
