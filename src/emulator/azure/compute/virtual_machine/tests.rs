//! Tests of virtual machines through the emulator's front door.
//! On the manual clock; no sockets.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::emulator::azure::image_fixture;
use crate::emulator::testing::{RG1, arm, ask, emulator, wait};

const V: &str = "?api-version=2024-07-01";
const D: &str = "?api-version=2024-03-02";

fn path(kind: &str, name: &str) -> String {
    format!("{RG1}/providers/Microsoft.Compute/{kind}/{name}")
}

fn machine(image: &str) -> Value {
    json!({"location": "eastus", "properties": {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {
            "imageReference": {"id": image},
            "osDisk": {"createOption": "fromimage", "name": "os1", "deleteOption": "Delete"},
            "dataDisks": [{"lun": 1, "createOption": "Empty", "diskSizeGB": 64, "name": "data1"}],
        },
        "osProfile": {"computerName": "m", "adminUsername": "azureuser", "adminPassword": "hunter2"},
        "networkProfile": {"networkInterfaces": [{"id": path("x", "nic1")}]},
    }})
}

/// The code of a refusal, and its status.
fn refused(it: &Emulator, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
    let (status, body) = ask(it, method, path, body);
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn the_seeded_machine_is_generalized_and_has_no_extensions() {
    let it = emulator();
    let path = path("virtualMachines", "vm1");
    let (_, body) = ask(&it, "GET", &format!("{path}{V}&$expand=instanceView"), None);
    assert_eq!(body["properties"]["instanceView"]["statuses"][1]["code"], "OSState/generalized");
    assert_eq!(body["properties"]["instanceView"]["statuses"][2]["code"], "PowerState/deallocated");
    let (status, none) = ask(&it, "GET", &format!("{path}/extensions{V}"), None);
    assert_eq!((status, none["value"].as_array().map(Vec::len)), (200, Some(0)));
    assert_eq!(ask(&it, "GET", &format!("{path}x/instanceView{V}"), None).0, 404);
    assert_eq!(refused(&it, "POST", &format!("{path}/start{V}"), None), (409, "OperationNotAllowed".into()));
}

#[test]
fn a_machine_has_its_disks_from_its_first_day_to_its_last() {
    let it = emulator();
    let image = image_fixture::version(&it, "1.0.0");
    let vm = path("virtualMachines", "m");
    let (status, made) = ask(&it, "PUT", &format!("{vm}{V}"), Some(machine(&image)));
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["properties"]["osProfile"]["adminPassword"], Value::Null);
    assert_eq!(made["properties"]["storageProfile"]["imageReference"]["exactVersion"], "1.0.0");
    assert_eq!(made["properties"]["storageProfile"]["osDisk"]["osType"], "Linux");
    wait(&it, 60);
    let os = format!("{}{D}", path("disks", "os1"));
    let (_, disk) = ask(&it, "GET", &os, None);
    assert_eq!((&disk["managedBy"], &disk["properties"]["diskState"]), (&json!(vm), &json!("Attached")));
    assert_eq!(disk["properties"]["hyperVGeneration"], "V2");
    assert_eq!(refused(&it, "DELETE", &os, None), (409, "OperationNotAllowed".into()));
    // What az does before it makes an image of it.
    assert_eq!(
        refused(&it, "POST", &format!("{vm}/generalize{V}"), None),
        (409, "OperationNotAllowed".into())
    );
    let image_of = json!({"location": "eastus", "properties": {"sourceVirtualMachine": {"id": vm}}});
    let new = format!("{}{V}", path("images", "of-m"));
    assert_eq!(refused(&it, "PUT", &new, Some(image_of.clone())).0, 409);
    assert_eq!(arm(&it, "POST", &format!("{vm}/deallocate{V}"), None).status, 202);
    wait(&it, 30);
    assert_eq!(ask(&it, "GET", &os, None).1["properties"]["diskState"], "Reserved");
    assert_eq!(arm(&it, "POST", &format!("{vm}/generalize{V}"), None).status, 200);
    let (status, made) = ask(&it, "PUT", &new, Some(image_of));
    assert_eq!((status, &made["properties"]["storageProfile"]["dataDisks"][0]["lun"]), (201, &json!(1)));
    assert_eq!(made["properties"]["hyperVGeneration"], "V2");
    // It goes: one disk with it, the other stays.
    assert_eq!(arm(&it, "DELETE", &format!("{vm}{V}"), None).status, 202);
    wait(&it, 30);
    assert_eq!(ask(&it, "GET", &os, None).0, 404);
    let (_, data) = ask(&it, "GET", &format!("{}{D}", path("disks", "data1")), None);
    assert_eq!((&data["managedBy"], &data["properties"]["diskState"]), (&Value::Null, &json!("Unattached")));
}

#[test]
fn disks_are_attached_and_let_go_and_what_does_not_fit_is_refused() {
    let it = emulator();
    let image = image_fixture::version(&it, "1.0.0");
    let vm = format!("{}{V}", path("virtualMachines", "m"));
    assert_eq!(ask(&it, "PUT", &vm, Some(machine(&image))).0, 201);
    assert_eq!(refused(&it, "PATCH", &vm, Some(json!({"tags": {}}))), (409, "Conflict".into()));
    wait(&it, 60);
    let disks = |list: Value| Some(json!({"properties": {"storageProfile": {"dataDisks": list}}}));
    let attached = json!({"lun": 2, "createOption": "Attach", "managedDisk": {"id": path("disks", "disk1")}});
    let kept = json!({"lun": 1, "name": "data1", "createOption": "Empty"});
    let (status, body) = ask(&it, "PATCH", &vm, disks(json!([kept, attached])));
    assert_eq!(
        (status, body["properties"]["storageProfile"]["dataDisks"].as_array().map(Vec::len)),
        (200, Some(2)),
        "{body}"
    );
    assert_eq!(body["properties"]["storageProfile"]["dataDisks"][0]["diskSizeGB"], 64);
    wait(&it, 30);
    let taken = json!({"lun": 0, "createOption": "Attach", "managedDisk": {"id": path("disks", "vm1-data")}});
    assert_eq!(refused(&it, "PATCH", &vm, disks(json!([kept, taken]))), (409, "ConflictingUserInput".into()));
    let twice = json!([kept, {"lun": 1, "createOption": "Empty", "name": "other", "diskSizeGB": 1}]);
    assert_eq!(refused(&it, "PATCH", &vm, disks(twice)), (400, "InvalidParameter".into()));
    let many: Vec<Value> =
        (0..5).map(|lun| json!({"lun": lun, "createOption": "Empty", "diskSizeGB": 1})).collect();
    assert_eq!(refused(&it, "PATCH", &vm, disks(json!(many))), (409, "OperationNotAllowed".into()));
    assert_eq!(ask(&it, "PATCH", &vm, disks(json!([]))).0, 200);
    assert_eq!(ask(&it, "GET", &format!("{}{D}", path("disks", "disk1")), None).1["managedBy"], Value::Null);
    for (pointer, value, expected) in [
        ("/properties/hardwareProfile/vmSize", json!("Standard_A2_v2"), (400, "BadRequest")),
        ("/properties/hardwareProfile/vmSize", json!("huge"), (400, "InvalidParameter")),
        ("/properties/osProfile", Value::Null, (400, "InvalidParameter")),
        (
            "/properties/storageProfile/imageReference/id",
            json!(format!("{image}9")),
            (404, "GalleryImageNotFound"),
        ),
        ("/properties/storageProfile/osDisk/diskSizeGB", json!(5), (400, "BadRequest")),
        ("/properties/storageProfile/osDisk/name", json!("disk1"), (409, "ConflictingUserInput")),
    ] {
        let mut body = machine(&image);
        body["properties"]["storageProfile"]["osDisk"]["name"] = json!("os2");
        body["properties"]["storageProfile"]["dataDisks"][0]["name"] = json!("data2");
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[last] = value;
        let other = format!("{}{V}", path("virtualMachines", "n"));
        let (status, code) = refused(&it, "PUT", &other, Some(body));
        assert_eq!((status, code.as_str()), expected, "{pointer}");
    }
}

#[test]
fn extensions_come_and_go_on_a_machine_that_runs() {
    let it = emulator();
    let image = image_fixture::version(&it, "1.0.0");
    let vm = path("virtualMachines", "m");
    assert_eq!(ask(&it, "PUT", &format!("{vm}{V}"), Some(machine(&image))).0, 201);
    wait(&it, 60);
    let extension = format!("{vm}/extensions/custom{V}");
    let body = json!({"location": "eastus", "properties": {
        "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1",
        "protectedSettings": {"commandToExecute": "hunter2"},
    }});
    let (status, made) = ask(&it, "PUT", &extension, Some(body.clone()));
    assert_eq!((status, &made["properties"]["protectedSettings"]), (201, &Value::Null), "{made}");
    wait(&it, 30);
    let (_, all) = ask(&it, "GET", &format!("{vm}/extensions{V}"), None);
    assert_eq!(all["value"][0]["name"], "custom");
    let (_, view) = ask(&it, "GET", &format!("{vm}/instanceView{V}"), None);
    assert_eq!(view["extensions"][0]["type"], "Microsoft.Azure.Extensions.CustomScript");
    let seeded = format!("{}/extensions/custom{V}", path("virtualMachines", "vm1"));
    assert_eq!(refused(&it, "PUT", &seeded, Some(body)), (409, "OperationNotAllowed".into()));
    assert_eq!(arm(&it, "DELETE", &extension, None).status, 202);
    wait(&it, 30);
    assert_eq!(ask(&it, "GET", &extension, None).0, 404);
}
