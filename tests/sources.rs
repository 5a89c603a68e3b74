//! What an image version can be made from, on the emulator: what is sent, and that nothing is left to do afterwards.

use serde_json::{Value, json};

use crate::converge::settle;
use crate::plan_cases::disturbed;
use crate::rehearsal::{Rehearsal, ask_text};

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers";

/// A stack with a version of this source.
fn spec(source: &str) -> String {
    let source = source.replace("GROUP", GROUP);
    format!(
        "apiVersion: poolwright/v1
kind: Stack
name: sources
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
galleries: [{{ name: renders }}]
images:
  - name: ubuntu
    osType: Linux
    osState: Generalized
    hyperVGeneration: V2
    identifier: {{ publisher: contoso, offer: render, sku: ubuntu }}
    targetRegions: [{{ name: eastus }}]
    versions: [{{ version: 1.0.0, source: {source} }}]
"
    )
}

#[tokio::test(start_paused = true)]
async fn every_source_is_sent_where_azure_wants_it() {
    let id = |rest: &str| format!("{GROUP}/{rest}");
    let blob = |name: &str, account: &str| {
        json!({"uri": format!("https://{account}.blob.core.windows.net/vhds/{name}.vhd"),
            "storageAccountId": id(&format!("Microsoft.Storage/storageAccounts/{account}"))})
    };
    let cases = [
        (
            "{ virtualMachine: GROUP/Microsoft.Compute/virtualMachines/vm1 }",
            json!({"source": {"virtualMachineId": id("Microsoft.Compute/virtualMachines/vm1")}}),
        ),
        (
            "{ managedImage: GROUP/Microsoft.Compute/images/img1 }",
            json!({"source": {"id": id("Microsoft.Compute/images/img1")}}),
        ),
        (
            "{ snapshots: { os: GROUP/Microsoft.Compute/disks/disk1 } }",
            json!({"osDiskImage": {"source": {"id": id("Microsoft.Compute/disks/disk1")}}}),
        ),
        (
            "{ vhd: { uri: https://one.blob.core.windows.net/vhds/os.vhd,
                storageAccountId: GROUP/Microsoft.Storage/storageAccounts/one,
                data: [{ lun: 3, uri: https://one.blob.core.windows.net/vhds/cache.vhd },
                  { lun: 7, uri: https://two.blob.core.windows.net/vhds/tools.vhd,
                    storageAccountId: GROUP/Microsoft.Storage/storageAccounts/two }] } }",
            json!({"osDiskImage": {"source": blob("os", "one")}, "dataDiskImages": [
                {"lun": 3, "source": blob("cache", "one")}, {"lun": 7, "source": blob("tools", "two")}]}),
        ),
    ];
    for (source, expected) in cases {
        let accounts = ["one", "two"].map(|name| {
            json!({"id": id(&format!("Microsoft.Storage/storageAccounts/{name}")), "location": "eastus"})
        });
        let rehearsal = Rehearsal::seeded(vec![json!({ "resources": accounts })]);
        settle(&rehearsal, &ask_text(&spec(source))).await;
        let sent = rehearsal.heard.sent.lock().expect("no test panics while it holds this").clone();
        let bodies =
            sent.iter().filter_map(|text| serde_json::from_str::<Value>(text.split_once(' ')?.1).ok());
        let profiles: Vec<Value> =
            bodies.filter_map(|body| body.pointer("/properties/storageProfile").cloned()).collect();
        assert_eq!(profiles, [expected], "{source}");
    }
}

/// Two versions that are made from one blob do not send it at the same time.
#[test]
fn a_blob_of_two_versions_is_uploaded_by_one_after_the_other() {
    let (_, plan) = disturbed("upload", &|_| {});
    let id = |version: &str, what: &str| format!("image-version/renders/ubuntu/{version} {what}");
    let after = |step: &str| {
        let found = plan.steps.iter().find(|known| known.id.as_str() == step).expect(step);
        found.after.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>()
    };
    let [first, second] = ["2.0.0", "2.1.0"].map(|version| id(version, "upload 1"));
    assert!(after(&first).is_empty());
    assert_eq!(after(&second), [first]);
    assert!(after(&id("2.1.0", "create")).contains(&second));
    assert!(after(&id("2.1.0", "upload")).is_empty());
}
