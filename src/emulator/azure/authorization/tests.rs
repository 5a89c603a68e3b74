//! Tests of what roles permit: every sort of request by somebody who holds them, by somebody who does not, and by a
//! stranger.

use serde_json::{Value, json};

use super::fixture::{CLIENT, ELSEWHERE, SOMEBODY, STRANGER, THEIRS, ask_as, emulator_with, role};
use super::{definition_id, is_within};
use crate::emulator::Emulator;
use crate::emulator::testing::{RG1, S1, ask};

const COMPUTE: &str = "api-version=2024-03-03";
const ARM: &str = "api-version=2024-07-01";
const BATCH: &str = "api-version=2024-07-01.20.0";

fn with(actions: &[&str]) -> Emulator {
    emulator_with(&[role(RG1, &json!({"actions": actions}))])
}

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().or(body["code"].as_str()).unwrap_or_default()
}

#[test]
fn every_request_is_an_action_at_a_scope() {
    let rg1 = RG1;
    let compute = format!("{RG1}/providers/Microsoft.Compute");
    let batch = format!("{RG1}/providers/Microsoft.Batch/batchAccounts");
    let (gallery, image) = (format!("{compute}/galleries/g"), format!("{compute}/images/img1"));
    let other = format!("{S1}/resourceGroups/none");
    let rows = [
        ("GET", image.clone(), ARM, "Microsoft.Compute/images/read", image.clone()),
        ("HEAD", image.clone(), ARM, "Microsoft.Compute/images/read", image.clone()),
        ("GET", format!("{compute}/images"), ARM, "Microsoft.Compute/images/read", compute.clone()),
        ("PUT", gallery.clone(), COMPUTE, "Microsoft.Compute/galleries/write", gallery.clone()),
        ("PATCH", gallery.clone(), COMPUTE, "Microsoft.Compute/galleries/write", gallery.clone()),
        ("DELETE", gallery.clone(), COMPUTE, "Microsoft.Compute/galleries/delete", gallery.clone()),
        (
            "POST",
            format!("{gallery}/share"),
            COMPUTE,
            "Microsoft.Compute/galleries/share/action",
            gallery.clone(),
        ),
        (
            "GET",
            format!("{gallery}/images/i/versions"),
            COMPUTE,
            "Microsoft.Compute/galleries/images/versions/read",
            format!("{gallery}/images/i"),
        ),
        (
            "GET",
            format!("{S1}/providers/Microsoft.Compute/images"),
            ARM,
            "Microsoft.Compute/images/read",
            S1.to_owned(),
        ),
        (
            "POST",
            format!("{batch}/mybatch/listKeys"),
            ARM,
            "Microsoft.Batch/batchAccounts/listKeys/action",
            format!("{batch}/mybatch"),
        ),
        (
            "POST",
            format!("{S1}/providers/Microsoft.Batch/locations/eastus/checkNameAvailability"),
            ARM,
            "Microsoft.Batch/locations/checkNameAvailability/read",
            format!("{S1}/providers/Microsoft.Batch/locations/eastus"),
        ),
        (
            "POST",
            format!("{S1}/providers/Microsoft.Batch/register"),
            ARM,
            "Microsoft.Batch/register/action",
            S1.to_owned(),
        ),
        (
            "GET",
            format!("{S1}/providers/Microsoft.Batch"),
            ARM,
            "Microsoft.Resources/subscriptions/providers/read",
            format!("{S1}/providers/Microsoft.Batch"),
        ),
        (
            "GET",
            S1.to_owned(),
            "api-version=2022-12-01",
            "Microsoft.Resources/subscriptions/read",
            S1.to_owned(),
        ),
        ("GET", rg1.to_owned(), ARM, "Microsoft.Resources/subscriptions/resourceGroups/read", rg1.to_owned()),
        ("PUT", other.clone(), ARM, "Microsoft.Resources/subscriptions/resourceGroups/write", other.clone()),
        // Whether there is such a group is told to nobody who may not know.
        ("GET", other.clone(), ARM, "Microsoft.Resources/subscriptions/resourceGroups/read", other.clone()),
        (
            "GET",
            format!("{RG1}/resources"),
            ARM,
            "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
            rg1.to_owned(),
        ),
        (
            "PUT",
            format!("{RG1}/providers/Microsoft.Authorization/roleAssignments/{SOMEBODY}"),
            "api-version=2022-04-01",
            "Microsoft.Authorization/roleAssignments/write",
            format!("{RG1}/providers/Microsoft.Authorization/roleAssignments/{SOMEBODY}"),
        ),
        (
            "GET",
            format!("{S1}/providers/Microsoft.Compute/skus"),
            "api-version=2021-07-01",
            "Microsoft.Compute/skus/read",
            S1.to_owned(),
        ),
    ];
    let it = with(&[]);
    for (method, path, version, action, scope) in rows {
        let (status, body) = ask_as(&it, CLIENT, method, &format!("{path}?{version}"), Some(json!({})));
        assert_eq!(status, 403, "{method} {path}: {body}");
        if method != "HEAD" {
            let text = format!(
                "The client '{CLIENT}' with object id '{SOMEBODY}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
            );
            assert_eq!((code(&body), &body["error"]["message"]), ("AuthorizationFailed", &json!(text)));
        }
        let granted = emulator_with(&[role(S1, &json!({"actions": [action]}))]);
        let (status, body) = ask_as(&granted, CLIENT, method, &format!("{path}?{version}"), Some(json!({})));
        assert_ne!(status, 403, "{method} {path}: {body}");
    }
}

#[test]
fn own_lists_show_what_is_open_to_the_caller() {
    let count = |it: &Emulator, client: &str, path: &str| {
        let (status, body) = ask_as(it, client, "GET", path, None);
        assert_eq!(status, 200, "{body}");
        body["value"].as_array().map_or(99, Vec::len)
    };
    let rows: [(&[&str], usize, usize, usize); 3] = [
        (&[], 1, 0, 0),
        (&["Microsoft.Resources/subscriptions/resourceGroups/read"], 1, 1, 0),
        (&["*/read"], 1, 1, 6),
    ];
    for (actions, subscriptions, groups, resources) in rows {
        let it = with(actions);
        assert_eq!(count(&it, CLIENT, "/subscriptions?api-version=2022-12-01"), subscriptions);
        assert_eq!(count(&it, CLIENT, &format!("{S1}/resourcegroups?{ARM}")), groups);
        assert_eq!(count(&it, CLIENT, &format!("{S1}/resources?{ARM}")), resources);
        assert_eq!(count(&it, STRANGER, "/subscriptions?api-version=2022-12-01"), 0);
    }
    let nothing = emulator_with(&[]);
    assert_eq!(count(&nothing, CLIENT, "/subscriptions?api-version=2022-12-01"), 0);
}

#[test]
fn permissions_are_those_that_the_caller_really_has() {
    let it = with(&["Microsoft.Batch/*/read"]);
    let list = |scope: &str| {
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01");
        ask_as(&it, CLIENT, "GET", &path, None).1["value"].clone()
    };
    let mine = json!([{"actions": ["Microsoft.Batch/*/read"], "notActions": [], "dataActions": [], "notDataActions": []}]);
    assert_eq!(list(RG1), mine);
    assert_eq!(list(S1), json!([]));
}

#[test]
fn a_role_that_is_given_holds_from_then_on() {
    let it = emulator_with(&[]);
    let image = format!("{RG1}/providers/Microsoft.Compute/images/img1");
    let read = |it: &Emulator| ask_as(it, CLIENT, "GET", &format!("{image}?{ARM}"), None).0;
    assert_eq!(read(&it), 403);
    let reader = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let path = format!(
        "{image}/providers/Microsoft.Authorization/roleAssignments/{SOMEBODY}?api-version=2022-04-01"
    );
    let body = json!({"properties": {"roleDefinitionId": reader, "principalId": SOMEBODY}});
    assert_eq!(ask(&it, "PUT", &path, Some(body)).0, 201);
    assert_eq!(read(&it), 200);
    assert_eq!(ask(&it, "DELETE", &path, None).0, 200);
    assert_eq!(read(&it), 403);
}

#[test]
fn what_a_version_is_made_from_must_be_open_to_its_maker() {
    let compute = format!("{RG1}/providers/Microsoft.Compute");
    let write = "Microsoft.Compute/galleries/images/versions/write";
    let source = |id: &str| json!({"source": {"id": id}});
    let disk = |id: &str| json!({"osDiskImage": {"source": {"id": id}}});
    let vhd = json!({"osDiskImage": {"source": {"storageAccountId":
        format!("{RG1}/providers/Microsoft.Storage/storageAccounts/s"), "uri": "https://s/x.vhd"}}});
    let version = format!("{compute}/galleries/g/images/i/versions/1.0.0");
    for (profile, needed) in [
        (source(&format!("{compute}/images/img1")), "Microsoft.Compute/images/read"),
        (source(&version), "Microsoft.Compute/galleries/images/versions/read"),
        (source(&format!("{compute}/virtualMachines/vm1")), "Microsoft.Compute/virtualMachines/write"),
        (disk(&format!("{compute}/disks/disk1")), "Microsoft.Compute/disks/write"),
        (disk(&format!("{compute}/snapshots/s")), "Microsoft.Compute/snapshots/write"),
        (vhd, "Microsoft.Storage/storageAccounts/listKeys/action"),
    ] {
        let body = json!({"location": "eastus", "properties": {"storageProfile": profile}});
        let path = format!("{compute}/galleries/g/images/i/versions/2.0.0?{COMPUTE}");
        let (status, refusal) = ask_as(&with(&[write]), CLIENT, "PUT", &path, Some(body.clone()));
        assert_eq!((status, code(&refusal)), (403, "LinkedAuthorizationFailed"), "{refusal}");
        let text = refusal["error"]["message"].as_str().unwrap();
        assert!(text.contains(&format!("has permission to perform action '{write}'")), "{text}");
        assert!(
            text.contains(&format!("does not have permission to perform action(s) '{needed}'")),
            "{text}"
        );
        // With it, the next thing that is wrong is told: there is no such gallery.
        let (status, _) = ask_as(&with(&[write, needed]), CLIENT, "PUT", &path, Some(body));
        assert_eq!(status, 404, "{needed}");
    }
}

#[test]
fn a_copy_of_a_disk_needs_access_to_its_bytes() {
    let compute = format!("{RG1}/providers/Microsoft.Compute");
    let body = json!({"location": "eastus", "properties": {"creationData":
        {"createOption": "Copy", "sourceResourceId": format!("{compute}/disks/disk1")}}});
    let path = format!("{compute}/snapshots/s?api-version=2024-03-02");
    let (write, access) =
        ("Microsoft.Compute/snapshots/write", "Microsoft.Compute/disks/beginGetAccess/action");
    let (status, refusal) = ask_as(&with(&[write]), CLIENT, "PUT", &path, Some(body.clone()));
    assert_eq!((status, code(&refusal)), (403, "LinkedAuthorizationFailed"));
    assert_eq!(ask_as(&with(&[write, access]), CLIENT, "PUT", &path, Some(body)).0, 202);
}

#[test]
fn what_pools_boot_must_be_open_to_their_maker_on_either_plane() {
    let version = format!("{RG1}/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0");
    let managed = json!({"properties": {"vmSize": "STANDARD_D2S_V3", "deploymentConfiguration":
        {"virtualMachineConfiguration": {"imageReference": {"id": version}, "nodeAgentSkuId": "batch.node.ubuntu 22.04"}}}});
    let data = json!({"id": "p", "vmSize": "STANDARD_D2S_V3", "virtualMachineConfiguration":
        {"imageReference": {"virtualMachineImageId": version}, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}});
    let read = "Microsoft.Compute/galleries/images/versions/read";
    let pool = "Microsoft.Batch/batchAccounts/pools/write";
    for (method, path, body) in [
        ("PUT", format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/p?{ARM}"), managed),
        ("POST", format!("/pools?{BATCH}"), data),
    ] {
        let (status, refusal) = ask_as(&with(&[pool]), CLIENT, method, &path, Some(body.clone()));
        assert_eq!((status, code(&refusal)), (400, "InsufficientPermissions"), "{refusal}");
        assert!(refusal.to_string().contains(&format!("required privelege {read} on")), "{refusal}");
        let (_, refusal) = ask_as(&with(&[pool, read]), CLIENT, method, &path, Some(body));
        assert_ne!(code(&refusal), "InsufficientPermissions", "{refusal}");
    }
}

#[test]
fn what_nodes_join_and_what_is_given_must_be_open_to_their_maker() {
    let subnet = format!("{RG1}/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes");
    let identity = format!("{RG1}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes");
    let pool = "Microsoft.Batch/batchAccounts/pools/write";
    let join = "Microsoft.Network/virtualNetworks/subnets/join/action";
    let assign = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    let account = "Microsoft.Batch/batchAccounts/write";
    let managed = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/p?{ARM}");
    let given = json!({"identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}});
    let joining = json!({"subnetId": subnet});
    for (method, path, body, needed, refusal) in [
        ("PUT", managed.clone(), given.clone(), assign, (403, "LinkedAuthorizationFailed")),
        ("PATCH", managed.replace("/pools/p", ""), given, assign, (403, "LinkedAuthorizationFailed")),
        (
            "PUT",
            managed,
            json!({"properties": {"networkConfiguration": joining}}),
            join,
            (400, "InsufficientPermissions"),
        ),
        (
            "POST",
            format!("/pools?{BATCH}"),
            json!({"id": "p", "networkConfiguration": joining}),
            join,
            (400, "InsufficientPermissions"),
        ),
    ] {
        let (status, said) = ask_as(&with(&[pool, account]), CLIENT, method, &path, Some(body.clone()));
        assert_eq!((status, code(&said)), refusal, "{said}");
        assert!(said.to_string().contains(needed), "{said}");
        let (_, said) = ask_as(&with(&[pool, account, needed]), CLIENT, method, &path, Some(body));
        assert!(!["InsufficientPermissions", "LinkedAuthorizationFailed"].contains(&code(&said)), "{said}");
    }
}

#[test]
fn the_data_plane_takes_actions_data_actions_and_who_may_have_the_keys() {
    let all: &[&str] = &["pools", "jobs", "jobschedules"];
    for (permission, reads, adds) in [
        (json!({"actions": []}), &[][..], &[][..]),
        (json!({"actions": ["Microsoft.Batch/batchAccounts/read"]}), all, &[][..]),
        (json!({"actions": ["Microsoft.Batch/batchAccounts/listKeys/action"]}), all, all),
        (json!({"actions": ["Microsoft.Batch/batchAccounts/pools/*"]}), &["pools"][..], &["pools"][..]),
        (json!({"dataActions": ["Microsoft.Batch/batchAccounts/jobs/*"]}), &["jobs"][..], &["jobs"][..]),
        (json!({"actions": ["*"]}), all, all),
    ] {
        let it = emulator_with(&[role(RG1, &permission)]);
        for path in all {
            let url = format!("/{path}?{BATCH}");
            let (status, body) = ask_as(&it, CLIENT, "GET", &url, None);
            assert_eq!(status, if reads.contains(path) { 200 } else { 403 }, "{permission} {body}");
            let (status, body) = ask_as(&it, CLIENT, "POST", &url, Some(json!({})));
            assert_eq!(status == 403, !adds.contains(path), "{permission} {body}");
            if status == 403 {
                assert_eq!(code(&body), "PermissionDenied");
            }
        }
    }
    // A pool that a job makes for itself is a pool.
    let it = emulator_with(&[role(RG1, &json!({"dataActions": ["Microsoft.Batch/batchAccounts/jobs/*"]}))]);
    let job = json!({"id": "j", "poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job"}}});
    let (status, body) = ask_as(&it, CLIENT, "POST", &format!("/jobs?{BATCH}"), Some(job));
    assert_eq!(status, 403, "{body}");
    assert!(body.to_string().contains("Microsoft.Batch/batchAccounts/pools/write"), "{body}");
}

#[test]
fn a_token_of_another_tenant_is_no_token_for_a_subscription() {
    let it = with(&["*"]);
    let image = format!("{RG1}/providers/Microsoft.Compute/images/img1?{ARM}");
    for (client, path) in [(STRANGER, image), (CLIENT, format!("{THEIRS}/resourcegroups?{ARM}"))] {
        let (status, body) = ask_as(&it, client, "GET", &path, None);
        assert_eq!((status, code(&body)), (401, "InvalidAuthenticationTokenTenant"), "{body}");
    }
    let (status, body) = ask_as(&it, STRANGER, "GET", &format!("/pools?{BATCH}"), None);
    assert_eq!((status, code(&body)), (401, "AuthenticationFailed"), "{body}");
    let (_, tenants) = ask_as(&it, STRANGER, "GET", "/tenants?api-version=2022-12-01", None);
    assert_eq!(tenants["value"][0]["tenantId"], ELSEWHERE);
    // Nor does it reach what a write of one's own refers to.
    let theirs = format!("{THEIRS}/resourceGroups/r/providers/Microsoft.Compute/images/i");
    let body = json!({"location": "eastus", "properties": {"storageProfile": {"source": {"id": theirs}}}});
    let path = format!("{RG1}/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0?{COMPUTE}");
    let (status, refusal) = ask(&it, "PUT", &path, Some(body));
    assert_eq!((status, code(&refusal)), (403, "LinkedAuthorizationFailed"));
    assert!(refusal.to_string().contains("is not authorized to access linked subscription"), "{refusal}");
}

#[test]
fn scopes_contain_what_lies_in_them_and_not_what_only_starts_alike() {
    for (scope, other, within) in [
        ("/subscriptions/S/resourceGroups/g", "/subscriptions/s", true),
        ("/subscriptions/s", "/subscriptions/s", true),
        ("/subscriptions/s", "/", true),
        ("/", "/", true),
        ("/", "/subscriptions/s", false),
        ("/subscriptions/s2", "/subscriptions/s", false),
    ] {
        assert_eq!(is_within(scope, other), within, "{scope} in {other}");
    }
    assert_eq!(definition_id("/", "x"), "/providers/Microsoft.Authorization/roleDefinitions/x");
    assert!(
        definition_id("/subscriptions/S/resourceGroups/g", "x").starts_with("/subscriptions/s/providers/")
    );
}
