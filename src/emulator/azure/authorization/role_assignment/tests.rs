//! Tests of role assignments: at every kind of scope, every filter, every refusal.

use serde_json::{Value, json};

use crate::emulator::seed::Seed;
use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};
use crate::emulator::{Emulator, Settings};

const V: &str = "api-version=2022-04-01";
const READER: &str =
    "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
const SOMEBODY: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const CLIENT: &str = "00000000-0000-0000-0000-0000000000dd";

fn guid(number: u32) -> String {
    format!("bbbbbbbb-0000-4000-8000-{number:012}")
}

fn path(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}?{V}")
}

fn body(principal: &str) -> Value {
    json!({"properties": {"roleDefinitionId": READER, "principalId": principal, "principalType": "ServicePrincipal"}})
}

fn names(it: &Emulator, scope: &str, filter: &str) -> usize {
    let list = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{V}{filter}");
    let (status, found) = ask(it, "GET", &list, None);
    assert_eq!(status, 200, "{found}");
    found["value"].as_array().unwrap().len()
}

#[test]
fn an_assignment_stands_at_any_scope_and_is_seen_from_above_and_below() {
    let it = emulator();
    let pool = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/p");
    let made = ask(
        &it,
        "PUT",
        &format!("{pool}?api-version=2024-07-01"),
        Some(json!({"properties": {
        "vmSize": "STANDARD_D2S_V3", "deploymentConfiguration": {"virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts"},
            "nodeAgentSkuId": "batch.node.ubuntu 22.04"}}}})),
    );
    assert_eq!(made.0, 200, "{}", made.1);
    let image = format!("{RG1}/providers/Microsoft.Compute/images/img1");
    for (number, scope) in (1..).zip([S1, RG1, &image, &pool]) {
        let (status, made) = ask(&it, "PUT", &path(scope, &guid(number)), Some(body(SOMEBODY)));
        assert_eq!((status, &made["properties"]["scope"]), (201, &json!(scope)), "{made}");
        assert_eq!(ask(&it, "GET", &format!("{}?{V}", made["id"].as_str().unwrap()), None), (200, made));
    }
    // With those of the client itself: one, at the subscription.
    assert_eq!(names(&it, S1, ""), 5);
    assert_eq!(names(&it, S1, "&$filter=atScope()"), 2);
    assert_eq!(names(&it, &image, ""), 4);
    assert_eq!(names(&it, &image, "&$filter=atScope()"), 4);
    assert_eq!(names(&it, RG1, &format!("&$filter=principalId%20eq%20'{SOMEBODY}'")), 4);
    assert_eq!(names(&it, RG1, &format!("&$filter=atScope()%20and%20assignedTo('{CLIENT}')")), 1);
    assert_eq!(names(&it, "", ""), 6);
    let gone = ask(&it, "DELETE", &path(&pool.to_uppercase().replace("/SUB", "/sub"), &guid(4)), None);
    assert_eq!((gone.0, &gone.1["name"]), (200, &json!(guid(4))));
    assert_eq!(arm(&it, "DELETE", &path(&pool, &guid(4)), None).status, 204);
}

#[test]
fn what_is_no_assignment_is_refused_in_azures_words() {
    let it = emulator();
    assert_eq!(ask(&it, "PUT", &path(RG1, &guid(1)), Some(body(SOMEBODY))).0, 201);
    assert_eq!(ask(&it, "PUT", &path(RG1, &guid(1)), Some(body(SOMEBODY))).0, 200);
    let with = |name: &str, value: Value| {
        let mut body = body("aaaaaaaa-0000-4000-8000-000000000002");
        body["properties"][name] = value;
        body
    };
    for (scope, name, body, status, code) in [
        (RG1, "reader", body(SOMEBODY), 400, "InvalidRoleAssignmentId"),
        (RG1, &guid(2), body(SOMEBODY), 409, "RoleAssignmentExists"),
        (S1, &guid(1), body(SOMEBODY), 400, "RoleAssignmentUpdateNotPermitted"),
        (RG1, &guid(1), with("description", json!("x")), 400, "RoleAssignmentUpdateNotPermitted"),
        (RG1, &guid(3), with("roleDefinitionId", json!(guid(9))), 400, "RoleDefinitionDoesNotExist"),
        (RG1, &guid(3), with("principalType", Value::Null), 400, "PrincipalNotFound"),
        (RG1, &guid(3), with("principalId", json!("me")), 400, "InvalidPrincipalId"),
        (RG1, &guid(3), with("condition", json!("@x")), 400, "InvalidConditionVersion"),
        (RG1, &guid(3), json!({"properties": {"principalId": SOMEBODY}}), 400, "BadRequestFormat"),
        ("", &guid(3), body(SOMEBODY), 403, "AuthorizationFailed"),
        (
            &format!("{RG1}/providers/Microsoft.Compute/images/nope"),
            &guid(3),
            body(SOMEBODY),
            404,
            "ResourceNotFound",
        ),
        (&format!("{S1}/resourceGroups/nope"), &guid(3), body(SOMEBODY), 404, "ResourceGroupNotFound"),
    ] {
        let (got, refusal) = ask(&it, "PUT", &path(scope, name), Some(body));
        assert_eq!((got, &refusal["error"]["code"]), (status, &json!(code)), "{refusal}");
    }
    let wrong =
        json!({"properties": {"roleDefinitionId": READER, "principalId": CLIENT, "principalType": "User"}});
    let (_, refusal) = ask(&it, "PUT", &path(RG1, &guid(4)), Some(wrong));
    assert_eq!(refusal["error"]["code"], "UnmatchedPrincipalType");
    let untold = json!({"properties": {"roleDefinitionId": READER, "principalId": CLIENT}});
    let (_, made) = ask(&it, "PUT", &path(RG1, &guid(4)), Some(untold));
    assert_eq!(made["properties"]["principalType"], "ServicePrincipal");
    let list =
        format!("{RG1}/providers/Microsoft.Authorization/roleAssignments?{V}&$filter=scope%20eq%20'x'");
    assert_eq!(ask(&it, "GET", &list, None).1["error"]["code"], "UnsupportedQuery");
}

#[test]
fn an_assignment_goes_with_its_scope() {
    let it = emulator();
    let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal?api-version=2024-03-03");
    assert_eq!(ask(&it, "PUT", &gallery, Some(json!({"location": "eastus"}))).0, 201);
    wait(&it, 60);
    let scope = gallery.split('?').next().unwrap();
    assert_eq!(ask(&it, "PUT", &path(scope, &guid(1)), Some(body(SOMEBODY))).0, 201);
    assert_eq!(ask(&it, "PUT", &path(RG1, &guid(2)), Some(body(SOMEBODY))).0, 201);
    // An assignment is no nested resource that would keep the gallery from going.
    assert_eq!(arm(&it, "DELETE", &gallery, None).status, 202);
    wait(&it, 60);
    assert_eq!(names(&it, S1, &format!("&$filter=principalId%20eq%20'{SOMEBODY}'")), 1);
    assert_eq!(arm(&it, "DELETE", &format!("{RG1}?api-version=2024-07-01"), None).status, 202);
    wait(&it, 600);
    assert_eq!(names(&it, S1, &format!("&$filter=principalId%20eq%20'{SOMEBODY}'")), 0);
}

#[test]
fn a_seed_may_give_roles() {
    let id = path(RG1, &guid(7)).split('?').next().unwrap().to_owned();
    let file = json!({"resources": [{"id": id, "properties": {"roleDefinitionId": READER, "principalId": SOMEBODY}}]});
    let seed = Seed { default: true, files: vec![file] };
    let it = Emulator::new(Settings { seed, ..Settings::manual() }).unwrap();
    let (status, found) = ask(&it, "GET", &format!("{id}?{V}"), None);
    assert_eq!((status, &found["properties"]["scope"]), (200, &json!(RG1)));
    assert_eq!(names(&it, S1, &format!("&$filter=assignedTo('{SOMEBODY}')")), 1);
}

#[test]
fn the_client_owns_its_subscriptions_and_may_do_everything_there() {
    let it = emulator();
    let list = format!("{RG1}/providers/Microsoft.Authorization/permissions?{V}");
    assert_eq!(ask(&it, "GET", &list, None).1["value"][0]["actions"], json!(["*"]));
    let list = format!("{RG1}/providers/Microsoft.Authorization/denyAssignments?{V}");
    assert_eq!(ask(&it, "GET", &list, None).1, json!({"value": []}));
}
