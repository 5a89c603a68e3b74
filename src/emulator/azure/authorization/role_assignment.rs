//! Role assignments at any scope that exists: made, read, listed, deleted. What they come to is for `grants`.
//! An assignment goes with what it is attached to; the store sees to that.

use serde_json::{Value, json};

use crate::emulator::admission;
use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::authorization::{
    badly_formed, built_in_roles, definition_id, grants, is_within, principal, role_definition,
};
use crate::emulator::azure::odata::Filter;
use crate::emulator::azure::shape::{self, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::router::Route;
use crate::emulator::sign_in::{PRINCIPAL, TENANT};
use crate::emulator::store::{Resource, World};

/// The kind assignments are filed under.
pub(crate) const KIND: &str = "microsoft.authorization/roleassignments";
const TYPE: &str = "Microsoft.Authorization/roleAssignments";

const READ: &str = "Microsoft.Authorization/roleAssignments/read";

const VERSIONS: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-03-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2021-04-01-preview",
    "2022-04-01",
];

pub(super) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: TYPE, versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: TYPE, versions: VERSIONS, handler: get },
    Route { verb: Verb::Put, kind: TYPE, versions: VERSIONS, handler: put },
    Route { verb: Verb::Delete, kind: TYPE, versions: VERSIONS, handler: delete },
];

const SHAPE: Shape = Shape::Object(&[
    ("roleDefinitionId", Shape::Text),
    ("principalId", Shape::Text),
    ("principalType", Shape::Word(&["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"])),
    ("description", Shape::Text),
    ("condition", Shape::Text),
    ("conditionVersion", Shape::Text),
    ("delegatedManagedIdentityResourceId", Shape::Text),
    ("canDelegate", Shape::ReadOnly),
    ("scope", Shape::ReadOnly),
    ("createdOn", Shape::ReadOnly),
    ("updatedOn", Shape::ReadOnly),
    ("createdBy", Shape::ReadOnly),
    ("updatedBy", Shape::ReadOnly),
]);

/// The assignment by which the emulator's client owns a subscription, as the seed plants it.
pub(crate) fn planted_owner(subscription: &str) -> Resource {
    let scope = format!("/subscriptions/{subscription}");
    // Any GUID will do, as long as it is another for every subscription.
    let name = format!("e{}", subscription.get(1..).unwrap_or_default());
    let properties = json!({
        "roleDefinitionId": definition_id(&scope, built_in_roles::OWNER), "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
    });
    filed(&scope, &name, properties, PRINCIPAL, Moment::START)
}

/// Completes an assignment that a seed names: it says the role and the principal, the id says where.
pub(crate) fn planted(resource: &mut Resource) {
    let scope = ArmId::parse(&resource.id).map(|id| id.attached_to()).unwrap_or_default();
    let role = role_of(resource).to_ascii_lowercase();
    let mut properties = resource.body["properties"].clone();
    properties["roleDefinitionId"] = json!(definition_id(&scope, &role));
    if properties["principalType"].is_null() {
        properties["principalType"] = json!("ServicePrincipal");
    }
    let name = resource.body["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    *resource = filed(&scope, &name, properties, PRINCIPAL, resource.created_at);
}

/// True when some assignment gives the role of that GUID.
pub(super) fn uses(world: &World, guid: &str) -> bool {
    world.below("", KIND).any(|it| role_of(it) == guid)
}

/// The GUID of the role that an assignment gives.
pub(super) fn role_of(assignment: &Resource) -> &str {
    let id = assignment.body["properties"]["roleDefinitionId"].as_str().unwrap_or_default();
    id.rsplit('/').next().unwrap_or_default()
}

/// An assignment as it is filed; completes the properties.
fn filed(scope: &str, name: &str, mut properties: Value, by: &str, at: Moment) -> Resource {
    let id = format!("{}/providers/{TYPE}/{name}", scope.trim_end_matches('/'));
    properties["scope"] = json!(scope);
    for (name, value) in [("createdOn", at.rfc3339()), ("createdBy", by.to_owned())] {
        if properties.get(name).is_none() {
            properties[name] = json!(value);
        }
    }
    properties["updatedOn"] = json!(at.rfc3339());
    properties["updatedBy"] = json!(by);
    let body = json!({"properties": properties, "id": id, "type": TYPE, "name": name});
    Resource { id, kind: KIND.to_owned(), body, created_at: at, changed_at: at, ..Resource::default() }
}

/// What an api-version shows of an assignment.
fn view(call: &Call, assignment: &Resource) -> Value {
    let mut body = assignment.body.clone();
    let hide: &[&str] = match call.api_version() {
        version if version < "2018-09" => &[
            "principalType",
            "description",
            "condition",
            "conditionVersion",
            "delegatedManagedIdentityResourceId",
        ],
        version if version < "2020-03" => {
            &["description", "condition", "conditionVersion", "delegatedManagedIdentityResourceId"]
        }
        _ => &[],
    };
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.retain(|name, _| !hide.contains(&name.as_str()));
    }
    body
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = call.id.attached_to();
    let text = call.query("$filter");
    let known = ["atScope", "assignedTo"];
    let filter = Filter::with_functions(text, &known).map_err(|_| unsupported(text))?;
    if !filter.paths().iter().all(|path| ["atScope()", "assignedTo()", "principalId"].contains(path)) {
        return Err(unsupported(text));
    }
    let applies = |it: &&Resource| {
        let properties = &it.body["properties"];
        let own = properties["scope"].as_str().unwrap_or_default();
        let above = is_within(&scope, own);
        let entry = json!({
            "principalId": properties["principalId"], "assignedTo()": properties["principalId"], "atScope()": above,
        });
        // In the whole tenant everybody sees those of what is open to them.
        let open = scope != "/" || grants::may(world, &call.caller, READ, own);
        (above || is_within(own, &scope)) && open && filter.admits(&entry)
    };
    Ok(page::list(call, world.below("", KIND).filter(applies), |it| view(call, it)))
}

fn unsupported(filter: Option<&str>) -> Failure {
    let text = format!(
        "The filter '{}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{{value}}' or assignedTo('{{value}}')'.",
        filter.unwrap_or_default()
    );
    Failure::arm(400, "UnsupportedQuery", text)
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = world.get(&call.id.path()).filter(|found| found.kind == KIND).ok_or_else(|| {
        let text = format!("The role assignment '{}' is not found.", call.id.name());
        Failure::arm(404, "RoleAssignmentNotFound", text)
    })?;
    Ok(Answer::ok(view(call, found)))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let name = call.id.name().to_ascii_lowercase();
    if !admission::is_guid(&name) {
        let text = format!(
            "The role assignment ID '{}' is not valid. The role assignment ID must be a GUID.",
            call.id.name()
        );
        return Err(Failure::arm(400, "InvalidRoleAssignmentId", text));
    }
    let scope = match ArmId::parse(&call.id.attached_to()) {
        Some(id) => world.canonical(&id),
        None => call.id.attached_to(),
    };
    let mut sent =
        shape::take(&call.object()?["properties"], &SHAPE, "roleAssignment.properties", call.api_version())?;
    let role = sent["roleDefinitionId"].as_str().ok_or_else(badly_formed)?.to_owned();
    let principal = sent["principalId"].as_str().ok_or_else(badly_formed)?.to_ascii_lowercase();
    let role = role.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if !admission::is_guid(&role) {
        let text =
            format!("The role definition ID '{role}' is not valid. The role definition ID must be a GUID.");
        return Err(Failure::arm(400, "InvalidRoleDefinitionId", text));
    }
    check_role(world, &role, &scope)?;
    sent["roleDefinitionId"] = json!(definition_id(&scope, &role));
    sent["principalType"] = json!(check_principal(world, &principal, sent["principalType"].as_str())?);
    sent["principalId"] = json!(principal);
    check_condition(&sent)?;

    let old = world.below("", KIND).find(|it| it.body["name"] == name.as_str()).cloned();
    if let Some(old) = &old {
        let known = &old.body["properties"];
        let same = known["scope"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&scope))
            && known["principalId"] == sent["principalId"]
            && role_of(old) == role;
        if !same {
            let text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
            return Err(Failure::arm(400, "RoleAssignmentUpdateNotPermitted", text));
        }
        for fixed in ["createdOn", "createdBy"] {
            sent[fixed] = known[fixed].clone();
        }
    } else if let Some(twin) = twin(world, &scope, &principal, &role) {
        let text = format!(
            "The role assignment already exists. The ID of the existing role assignment is {}.",
            twin.body["name"].as_str().unwrap_or_default().replace('-', "")
        );
        return Err(Failure::arm(409, "RoleAssignmentExists", text));
    }
    let assignment = filed(&scope, &name, sent, &call.caller.object_id, world.now);
    let answer = view(call, &assignment);
    world.put(assignment);
    Ok(Answer::json(if old.is_some() { 200 } else { 201 }, answer))
}

/// The assignment that gives the same role to the same principal at the same scope.
fn twin<'a>(world: &'a World, scope: &str, principal: &str, role: &str) -> Option<&'a Resource> {
    world.below("", KIND).find(|it| {
        let known = &it.body["properties"];
        known["scope"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(scope))
            && known["principalId"] == principal
            && role_of(it) == role
    })
}

/// The role must exist, and be assignable at the scope.
fn check_role(world: &World, guid: &str, scope: &str) -> Result<()> {
    let role = role_definition::properties(world, guid).ok_or_else(|| role_definition::unknown(400, guid))?;
    let mut scopes = role["assignableScopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if scopes.any(|known| is_within(scope, known)) {
        Ok(())
    } else {
        Err(role_definition::unknown(400, guid))
    }
}

/// The type of the principal: what the directory says, or, for one it does not know (yet), what the caller says.
fn check_principal(world: &World, id: &str, told: Option<&str>) -> Result<String> {
    if !admission::is_guid(id) {
        let text = "A valid principal ID must be provided for role assignment.";
        return Err(Failure::arm(400, "InvalidPrincipalId", text));
    }
    match (principal::kind(world, id), told) {
        (Some(known), None) => Ok(known.to_owned()),
        (Some(known), Some(told)) if known == told => Ok(told.to_owned()),
        (Some(known), Some(told)) => {
            let text = format!(
                "The PrincipalId '{}' has type '{known}' , which is different from specified PrinciaplType '{told}'.",
                id.replace('-', "")
            );
            Err(Failure::arm(400, "UnmatchedPrincipalType", text))
        }
        (None, Some(told)) => Ok(told.to_owned()),
        (None, None) => {
            let text = format!(
                "Principal {} does not exist in the directory {TENANT}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
                id.replace('-', "")
            );
            Err(Failure::arm(400, "PrincipalNotFound", text))
        }
    }
}

/// A condition needs its version, which is 2.0.
fn check_condition(sent: &Value) -> Result<()> {
    let (condition, version) = (sent["condition"].as_str(), sent["conditionVersion"].as_str());
    if condition.is_some_and(|text| !text.is_empty()) && version != Some("2.0") {
        let text = format!(
            "The condition version '{}' is not valid. The only supported condition version is '2.0'.",
            version.unwrap_or_default()
        );
        return Err(Failure::arm(400, "InvalidConditionVersion", text));
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let found = world.get(&call.id.path()).filter(|found| found.kind == KIND).cloned();
    let Some(assignment) = found else { return Ok(Answer::empty(204)) };
    world.remove(&assignment.id);
    Ok(Answer::ok(view(call, &assignment)))
}

#[cfg(test)]
mod tests;
