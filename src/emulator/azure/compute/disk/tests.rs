//! Tests of disks and disk snapshots: what they are made from, copies, access, versions.

use serde_json::json;

use crate::emulator::testing::{RG1, arm, ask, emulator, wait};

const V: &str = "?api-version=2024-03-02";

#[test]
fn a_copy_takes_time_and_has_what_its_source_has() {
    let it = emulator();
    let path = format!("{RG1}/providers/Microsoft.Compute/snapshots/snap1{V}");
    let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
    let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": disk.to_lowercase()}}});
    let made = arm(&it, "PUT", &path, Some(body.clone()));
    assert_eq!(made.status, 202);
    let monitor = made.header("location").unwrap().replace("https://127.0.0.1:8443", "");
    assert_eq!(arm(&it, "GET", &monitor, None).status, 202);
    wait(&it, 30);
    let (status, done) = ask(&it, "GET", &monitor, None);
    let properties = &done["properties"];
    assert_eq!((status, &properties["provisioningState"]), (200, &json!("Succeeded")));
    assert_eq!(
        (&properties["osType"], &properties["hyperVGeneration"], &properties["diskSizeGB"]),
        (&json!("Linux"), &json!("V2"), &json!(30))
    );
    assert_eq!(properties["creationData"]["sourceResourceId"], disk);
    assert_eq!(done["sku"], json!({"name": "Standard_LRS", "tier": "Standard"}));
    assert_eq!(arm(&it, "PUT", &path, Some(body.clone())).status, 202);
    let mut changed = body;
    changed["properties"]["creationData"]["sourceResourceId"] = json!(format!("{disk}x"));
    assert_eq!(ask(&it, "PUT", &path, Some(changed)).1["error"]["code"], "PropertyChangeNotAllowed");
    assert_eq!(ask(&it, "PATCH", &path, Some(json!({"properties": {"diskSizeGB": 10}}))).0, 409);
}

#[test]
fn a_source_that_is_not_there_and_a_size_that_no_disk_has_are_refused() {
    let it = emulator();
    let path = format!("{RG1}/providers/Microsoft.Compute/snapshots/snap1{V}");
    let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": format!("{RG1}/providers/Microsoft.Compute/disks/none")}}});
    assert_eq!(ask(&it, "PUT", &path, Some(body)).0, 404);
    assert_eq!(ask(&it, "PUT", &path, Some(json!({"location": "eastus", "properties": {}}))).0, 400);
    for (size, status) in [(-5, 400), (0, 400), (32_768, 400), (32_767, 202)] {
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/sized{V}");
        let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": size}});
        assert_eq!(ask(&it, "PUT", &disk, Some(body)).0, status, "{size}");
    }
}

#[test]
fn access_is_given_out_until_it_is_revoked() {
    let it = emulator();
    let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
    let state = || ask(&it, "GET", &format!("{disk}{V}"), None).1["properties"]["diskState"].clone();
    let grant = json!({"access": "Read", "durationInSeconds": 300});
    let begun = arm(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(grant.clone()));
    assert_eq!(begun.status, 202);
    let monitor = begun.header("location").unwrap().replace("https://127.0.0.1:8443", "");
    assert_eq!(arm(&it, "GET", &monitor, None).status, 202);
    wait(&it, 5);
    let (status, output) = ask(&it, "GET", &monitor, None);
    assert!(status == 200 && output["accessSAS"].as_str().unwrap().starts_with("https://"), "{output}");
    assert_eq!(state(), "ActiveSAS");
    assert_eq!(ask(&it, "DELETE", &format!("{disk}{V}"), None).0, 409);
    assert_eq!(arm(&it, "POST", &format!("{disk}/endGetAccess{V}"), None).status, 202);
    assert_eq!(state(), "Unattached");
    arm(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(grant));
    wait(&it, 301);
    assert_eq!(state(), "Unattached");
    let none = json!({"access": "Read", "durationInSeconds": 0});
    assert_eq!(ask(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(none)).0, 400);
}

#[test]
fn a_copy_to_another_region_goes_on_after_its_write_and_dies_with_its_source() {
    let it = emulator();
    let snapshot = |name: &str| format!("{RG1}/providers/Microsoft.Compute/snapshots/{name}");
    let put = |name: &str, region: &str, option: &str, source: &str, incremental: bool| {
        let body = json!({"location": region, "properties": {"incremental": incremental,
            "creationData": {"createOption": option, "sourceResourceId": source}}});
        ask(&it, "PUT", &format!("{}{V}", snapshot(name)), Some(body))
    };
    let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
    assert_eq!(put("far", "westus", "Copy", &disk, true).0, 400);
    assert_eq!(put("here", "eastus", "Copy", &disk, true).0, 202);
    assert_eq!(put("far", "westus", "CopyStart", &snapshot("here"), true).0, 409, "it is not made yet");
    wait(&it, 60);
    assert_eq!(put("far", "westus", "CopyStart", &snapshot("here"), false).0, 400);
    for name in ["far", "lost"] {
        assert_eq!(put(name, "westus", "CopyStart", &snapshot("here"), true).0, 202);
    }
    wait(&it, 10);
    let read = |name: &str| ask(&it, "GET", &format!("{}{V}", snapshot(name)), None).1["properties"].clone();
    assert_eq!(read("far")["provisioningState"], "Succeeded");
    let percent = read("far")["completionPercent"].as_f64().unwrap();
    assert!(percent > 0.0 && percent < 100.0, "{percent}");
    assert_eq!(put("of-far", "westus", "Copy", &snapshot("far"), true).0, 409);
    wait(&it, 30);
    assert_eq!(read("far")["completionPercent"], 100.0);
    assert_eq!(put("of-far", "westus", "Copy", &snapshot("far"), true).0, 202);
    assert_eq!(put("again", "westus2", "CopyStart", &snapshot("here"), true).0, 202);
    assert_eq!(ask(&it, "DELETE", &format!("{}{V}", snapshot("here")), None).0, 202);
    wait(&it, 60);
    assert_eq!(read("again")["copyCompletionError"]["errorCode"], "CopySourceNotFound");
    assert_eq!(read("lost")["copyCompletionError"], json!(null));
}

#[test]
fn what_an_older_version_lacks_is_neither_taken_nor_answered() {
    let it = emulator();
    let disk = format!("{RG1}/providers/Microsoft.Compute/disks/new");
    let body = json!({"location": "eastus", "sku": {"name": "premium_lrs"}, "properties": {"diskSizeGB": 8,
        "creationData": {"createOption": "Empty"}, "availabilityPolicy": {"actionOnDiskDelay": "none"}}});
    let (status, answer) = ask(&it, "PUT", &format!("{disk}{V}"), Some(body.clone()));
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("BadRequest")));
    let (status, made) = ask(&it, "PUT", &format!("{disk}?api-version=2026-03-02"), Some(body));
    assert_eq!(
        (status, &made["properties"]["availabilityPolicy"]["actionOnDiskDelay"]),
        (202, &json!("None"))
    );
    assert_eq!(made["sku"], json!({"name": "Premium_LRS", "tier": "Premium"}));
    let (_, older) = ask(&it, "GET", &format!("{disk}{V}"), None);
    assert_eq!(older["properties"]["availabilityPolicy"], json!(null));
}

#[test]
fn what_a_create_option_needs_must_be_said() {
    let it = emulator();
    let put = |kind: &str, option: serde_json::Value, region: &str, sku: &str| {
        let path = format!("{RG1}/providers/Microsoft.Compute/{kind}/new{V}");
        let body = json!({"location": region, "sku": {"name": sku}, "properties": {"creationData": option}});
        let (status, answer) = ask(&it, "PUT", &path, Some(body));
        if status == 202 {
            ask(&it, "DELETE", &path, None);
            wait(&it, 3600);
        }
        (status, answer["properties"]["diskSizeGB"].as_i64())
    };
    let lrs = "Standard_LRS";
    for (kind, option, region, sku, expected) in [
        ("disks", json!({"createOption": "Empty"}), "eastus", lrs, (400, None)),
        ("disks", json!({"createOption": "Import"}), "eastus", lrs, (400, None)),
        (
            "disks",
            json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
            "eastus",
            lrs,
            (202, Some(30)),
        ),
        ("disks", json!({"createOption": "Upload"}), "eastus", lrs, (400, None)),
        (
            "disks",
            json!({"createOption": "Upload", "uploadSizeBytes": 10_737_418_752_i64}),
            "eastus",
            lrs,
            (202, Some(10)),
        ),
        ("disks", json!({"createOption": "Attach"}), "eastus", lrs, (400, None)),
        ("disks", json!({"createOption": "FromImage"}), "eastus", lrs, (400, None)),
        (
            "snapshots",
            json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
            "westus",
            "Standard_ZRS",
            (400, None),
        ),
        (
            "snapshots",
            json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
            "eastus",
            "Standard_ZRS",
            (202, Some(30)),
        ),
        (
            "snapshots",
            json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
            "eastus",
            "UltraSSD_LRS",
            (400, None),
        ),
    ] {
        assert_eq!(put(kind, option.clone(), region, sku), expected, "{kind} {option} {region} {sku}");
    }
}
