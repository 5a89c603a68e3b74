//! For tests of pools: a gallery image version that is there already, and a pool that needs none.
//! Goes through the emulator's own front door, as a client would.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::emulator::testing::{RG1, ask, wait};

/// Makes a Linux version in the gallery `gal`, with one replica in eastus, waits for that, and gives its id.
pub(crate) fn version(emulator: &Emulator, version: &str) -> String {
    let gallery = format!("{RG1}/providers/Microsoft.Compute/galleries/gal");
    let api = "?api-version=2024-03-03";
    let made = |path: &str, body: Value| {
        let (status, answer) = ask(emulator, "PUT", &format!("{path}{api}"), Some(body));
        assert!(status < 300, "{path}: {answer}");
        wait(emulator, 60);
    };
    made(&gallery, json!({"location": "eastus"}));
    let definition = format!("{gallery}/images/ubuntu");
    made(
        &definition,
        json!({"location": "eastus", "properties": {
            "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
            "identifier": {"publisher": "contoso", "offer": "render", "sku": "ubuntu"},
        }}),
    );
    let id = format!("{definition}/versions/{version}");
    made(
        &id,
        json!({"location": "eastus", "properties": {
            "publishingProfile": {"targetRegions": [{"name": "eastus", "regionalReplicaCount": 1}]},
            "storageProfile": {"source": {"id": format!("{RG1}/providers/Microsoft.Compute/images/img1")}},
        }}),
    );
    wait(emulator, 6 * 60 * 60);
    id
}

/// The body of a pool of a platform image with so many nodes of two cores.
pub(crate) fn platform_pool(nodes: u32) -> Value {
    json!({"properties": {
        "vmSize": "Standard_D2s_v5",
        "deploymentConfiguration": {"virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "nodeAgentSkuId": "batch.node.ubuntu 24.04",
        }},
        "scaleSettings": {"fixedScale": {"targetDedicatedNodes": nodes}},
    }})
}
