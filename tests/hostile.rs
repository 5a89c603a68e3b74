//! Requests that no honest client sends: every value of every body in the place of another, names that lead elsewhere,
//! bodies without end. Each gets a refusal as Azure would give it, and the emulator goes on.

use poolwright::emulator::wire::{Request, Response};
use poolwright::emulator::{Emulator, IN_PROCESS_BASE, Settings, sign_in};
use serde_json::{Value, json};

const S1: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const RG1: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1";

struct Honest {
    method: &'static str,
    /// Path and query; on the data plane without a subscription.
    target: String,
    body: Value,
}

fn honest(method: &'static str, target: String, body: Value) -> Honest {
    Honest { method, target, body }
}

/// One of each write that clients send, in an order in which each finds what it needs.
fn honest_requests() -> Vec<Honest> {
    let compute =
        |rest: &str, version: &str| format!("{RG1}/providers/Microsoft.Compute/{rest}?api-version={version}");
    let account =
        |rest: &str| format!("{RG1}/providers/Microsoft.Batch/batchAccounts/{rest}?api-version=2025-06-01");
    let data = |path: &str| format!("/{path}?api-version=2025-06-01");
    let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
    let image = format!("{RG1}/providers/Microsoft.Compute/images/img1");
    let version = format!("{RG1}/providers/Microsoft.Compute/galleries/g/images/d/versions/1.0.0");
    let machine = json!({"imageReference": {"id": version}, "nodeAgentSkuId": "batch.node.ubuntu 24.04",
        "dataDisks": [{"lun": 0, "diskSizeGB": 8}], "osDisk": {"caching": "ReadOnly"}});
    let pool = json!({"properties": {"vmSize": "Standard_D2s_v3", "taskSlotsPerNode": 1,
        "deploymentConfiguration": {"virtualMachineConfiguration": machine},
        "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 1, "resizeTimeout": "PT15M"}},
        "metadata": [{"name": "a", "value": "b"}], "userAccounts": [{"name": "u", "password": "p"}],
        "startTask": {"commandLine": "true", "resourceFiles": [{"httpUrl": "https://a/b", "filePath": "b"}]}},
        "tags": {"a": "b"}});
    let role = format!(
        "{S1}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    );
    vec![
        honest(
            "PUT",
            format!("{S1}/resourceGroups/g?api-version=2024-07-01"),
            json!({"location": "eastus", "tags": {"a": "b"}}),
        ),
        honest(
            "PUT",
            compute("disks/d", "2024-03-02"),
            json!({"location": "eastus", "sku": {"name": "Premium_LRS"},
            "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 32, "osType": "Linux"}}),
        ),
        honest(
            "PUT",
            compute("snapshots/s", "2024-03-02"),
            json!({"location": "eastus",
            "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": disk}, "incremental": false}}),
        ),
        honest(
            "POST",
            compute("disks/disk1/beginGetAccess", "2024-03-02"),
            json!({"access": "Read", "durationInSeconds": 300}),
        ),
        honest(
            "PUT",
            compute("virtualMachines/v", "2024-07-01"),
            json!({"location": "eastus", "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
            "storageProfile": {"imageReference": {"id": image}, "osDisk": {"createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}},
                "dataDisks": [{"lun": 1, "createOption": "Empty", "diskSizeGB": 8}]},
            "osProfile": {"computerName": "v", "adminUsername": "u", "adminPassword": "p", "linuxConfiguration": {"disablePasswordAuthentication": false}},
            "networkProfile": {"networkInterfaces": [{"id": format!("{RG1}/providers/Microsoft.Network/networkInterfaces/n")}]}}}),
        ),
        honest(
            "PUT",
            compute("images/i", "2024-07-01"),
            json!({"location": "eastus", "properties": {"hyperVGeneration": "V2",
            "storageProfile": {"osDisk": {"osType": "Linux", "osState": "Generalized", "managedDisk": {"id": disk}},
                "dataDisks": [{"lun": 0, "managedDisk": {"id": disk}}]}}}),
        ),
        honest(
            "PUT",
            compute("galleries/g", "2024-03-03"),
            json!({"location": "eastus", "properties": {"description": "d"}}),
        ),
        honest(
            "PUT",
            compute("galleries/g/images/d", "2024-03-03"),
            json!({"location": "eastus", "properties": {
            "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2", "endOfLifeDate": "2030-01-01",
            "identifier": {"publisher": "p", "offer": "o", "sku": "s"}, "recommended": {"vCPUs": {"min": 1, "max": 2}},
            "features": [{"name": "IsAcceleratedNetworkSupported", "value": "true"}], "disallowed": {"diskTypes": ["Standard_LRS"]}}}),
        ),
        honest(
            "PUT",
            compute("galleries/g/images/d/versions/1.0.0", "2024-03-03"),
            json!({"location": "eastus", "properties": {
            "publishingProfile": {"targetRegions": [{"name": "eastus", "regionalReplicaCount": 1}, {"name": "westus2"}], "endOfLifeDate": "2030-01-01"},
            "storageProfile": {"source": {"id": image}}, "safetyProfile": {"allowDeletionOfReplicatedLocations": true}}}),
        ),
        honest(
            "PATCH",
            compute("galleries/g/images/d/versions/1.0.0", "2024-03-03"),
            json!({"properties": {
            "publishingProfile": {"targetRegions": [{"name": "eastus", "regionalReplicaCount": 2}]}, "storageProfile": {}}}),
        ),
        honest(
            "POST",
            compute("galleries/g/share", "2024-03-03"),
            json!({"operationType": "Add", "groups": [{"type": "Subscriptions", "ids": ["00000000-0000-0000-0000-000000000002"]}]}),
        ),
        honest(
            "PUT",
            format!(
                "{RG1}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-1111-1111-111111111111?api-version=2022-04-01"
            ),
            json!({"properties": {"roleDefinitionId": role, "principalId": "00000000-0000-0000-0000-0000000000dd", "principalType": "ServicePrincipal"}}),
        ),
        honest(
            "PUT",
            format!(
                "{S1}/providers/Microsoft.Authorization/roleDefinitions/22222222-2222-2222-2222-222222222222?api-version=2022-04-01"
            ),
            json!({"properties": {"roleName": "r", "type": "CustomRole", "permissions": [{"actions": ["*/read"]}], "assignableScopes": [S1]}}),
        ),
        honest(
            "PUT",
            account("another"),
            json!({"location": "eastus", "properties": {"poolAllocationMode": "BatchService", "allowedAuthenticationModes": ["AAD"]}}),
        ),
        honest(
            "PATCH",
            account("mybatch"),
            json!({"tags": {"a": "b"}, "properties": {"publicNetworkAccess": "Enabled"}}),
        ),
        honest("PUT", account("mybatch/pools/p"), pool.clone()),
        honest("PATCH", account("mybatch/pools/p"), pool),
        honest(
            "POST",
            data("pools"),
            json!({"id": "q", "vmSize": "standard_d2s_v3", "targetDedicatedNodes": "1",
            "virtualMachineConfiguration": {"imageReference": {"virtualMachineImageId": version}, "nodeAgentSKUId": "batch.node.ubuntu 24.04"},
            "metadata": [{"name": "a", "value": "b"}], "mountConfiguration": [{"nfsMountConfiguration": {"source": "a", "relativeMountPath": "b"}}]}),
        ),
        honest(
            "PATCH",
            data("pools/q"),
            json!({"metadata": [{"name": "a", "value": "b"}], "startTask": {"commandLine": "true"}}),
        ),
        honest(
            "POST",
            data("pools/q/enableautoscale"),
            json!({"autoScaleFormula": "$TargetDedicatedNodes=1", "autoScaleEvaluationInterval": "PT10M"}),
        ),
        honest(
            "POST",
            data("pools/q/evaluateautoscale"),
            json!({"autoScaleFormula": "$TargetDedicatedNodes=1"}),
        ),
        honest(
            "POST",
            data("pools/p/resize"),
            json!({"targetDedicatedNodes": 2, "resizeTimeout": "PT15M", "nodeDeallocationOption": "requeue"}),
        ),
        honest("POST", data("pools/p/removenodes"), json!({"nodeList": ["tvm-1"], "resizeTimeout": "PT15M"})),
        honest(
            "POST",
            data("jobs"),
            json!({"id": "j", "poolInfo": {"poolId": "p"}, "priority": 1, "constraints": {"maxTaskRetryCount": 1, "maxWallClockTime": "PT1H"},
            "metadata": [{"name": "a", "value": "b"}], "onAllTasksComplete": "noaction"}),
        ),
        honest(
            "POST",
            data("jobs/j/tasks"),
            json!({"id": "t", "commandLine": "sleep 1", "requiredSlots": 1, "dependsOn": {"taskIds": ["u"]},
            "constraints": {"maxTaskRetryCount": 1}, "environmentSettings": [{"name": "A", "value": "b"}], "exitConditions": {"default": {"jobAction": "none"}}}),
        ),
        honest(
            "POST",
            data("jobs/j/addtaskcollection"),
            json!({"value": [{"id": "v", "commandLine": "true"}]}),
        ),
        honest("POST", data("jobs/j/disable"), json!({"disableTasks": "requeue"})),
        honest("PATCH", data("jobs/j"), json!({"poolInfo": {"poolId": "q"}, "priority": 2})),
        honest(
            "POST",
            data("jobschedules"),
            json!({"id": "s", "schedule": {"recurrenceInterval": "PT1H", "startWindow": "PT10M", "doNotRunUntil": "2026-01-01T00:00:00Z"},
            "jobSpecification": {"poolInfo": {"poolId": "p"}, "jobManagerTask": {"id": "m", "commandLine": "true"}}}),
        ),
        honest("PATCH", data("jobschedules/s"), json!({"schedule": {"recurrenceInterval": "PT2H"}})),
    ]
}

fn send(emulator: &Emulator, method: &str, target: &str, body: Vec<u8>) -> Response {
    let audience =
        if target.starts_with("/subscriptions") { IN_PROCESS_BASE } else { sign_in::BATCH_AUDIENCE };
    let token = sign_in::token_for(audience);
    let request = Request {
        method: method.to_owned(),
        url: format!("{IN_PROCESS_BASE}{target}"),
        headers: vec![("authorization".to_owned(), format!("Bearer {token}"))],
        body,
        dropped: 0,
    };
    emulator.handle(&request).expect("no fault is set")
}

/// Asserts that it is an answer that Azure could give: done, or refused by the client's own fault in either envelope.
fn right(response: &Response, what: &str) {
    let body = response.json();
    let code = body["error"]["code"].as_str().or(body["code"].as_str()).unwrap_or_default();
    // 503 is how Batch says that a formula was set a moment ago.
    let refused = matches!(response.status, 400..=499 | 503) && !code.is_empty();
    assert!(response.status < 300 || refused, "{what}: {} {body}", response.status);
}

/// Every place in a value, by JSON pointer.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), out));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), out));
        }
        _ => {}
    }
}

/// What stands in the place of what should.
fn odd_values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("/subscriptions/../%2f"),
        json!("é\u{0}\u{202e}\r\n"),
        json!("x".repeat(5_000)),
        json!([]),
        json!([null, 1, "a", {}]),
        json!({}),
        json!({"id": {"id": null}, "": ""}),
        deep,
    ]
}

#[test]
fn any_value_in_the_place_of_any_other_is_taken_or_refused() {
    let emulator = Emulator::new(Settings::manual()).expect("the seed is right");
    let mut count = 0;
    for Honest { method, target, body } in honest_requests() {
        let mut all = Vec::new();
        places(&body, "", &mut all);
        for place in all {
            for odd in odd_values() {
                let mut changed = body.clone();
                *changed.pointer_mut(&place).expect("it is a place in it") = odd.clone();
                let response = send(&emulator, method, &target, changed.to_string().into_bytes());
                right(&response, &format!("{method} {target} {place}={odd:.60}"));
                count += 1;
            }
        }
        let response = send(&emulator, method, &target, body.to_string().into_bytes());
        right(&response, &format!("{method} {target}"));
        // What was begun ends, so that what follows finds it.
        emulator.advance(std::time::Duration::from_hours(1));
    }
    assert!(count > 3_000, "only {count} requests");
}

#[test]
fn names_that_lead_elsewhere_are_refused_or_not_found() {
    let emulator = Emulator::new(Settings::manual()).expect("the seed is right");
    let before = emulator.state()["resources"].clone();
    let odd = [
        "..", ".", "%2e%2e", "a%2fb", "a%5cb", "%00", "a%0d%0ab", "%ff", "é", "a;b", "a b", "%", "%zz", "'",
        "<x>",
    ];
    for Honest { method, target, body } in honest_requests() {
        let (path, query) = target.split_once('?').expect("it has a query");
        let segments: Vec<&str> = path.split('/').collect();
        for at in 1..segments.len() {
            for name in odd {
                let mut changed = segments.clone();
                changed[at] = name;
                let target = format!("{}?{query}", changed.join("/"));
                let response = send(&emulator, method, &target, body.to_string().into_bytes());
                // A name may be in any script.
                assert!(
                    response.status >= 400 || name == "é",
                    "{method} {target}: {} {}",
                    response.status,
                    response.json()
                );
                right(&response, &target);
            }
        }
    }
    let after = emulator.state()["resources"].clone();
    let made =
        after.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| before.get(key).is_none());
    // What was made under a name that may be, with the operations that made it.
    let odd: Vec<&String> = made.filter(|key| !key.contains('é') && !key.contains("operations/")).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn bodies_that_are_no_json_are_refused() {
    let emulator = Emulator::new(Settings::manual()).expect("the seed is right");
    for Honest { method, target, .. } in honest_requests() {
        for body in [
            b"[".repeat(100_000),
            b"{\"properties\":".repeat(10_000),
            b"{".to_vec(),
            b"\xff\xfe{}".to_vec(),
            b"null".to_vec(),
            b"\"text\"".to_vec(),
            b"1e999999".to_vec(),
            vec![b' '; 5 << 20],
        ] {
            let response = send(&emulator, method, &target, body.clone());
            let begin = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
            assert!(response.status >= 400, "{method} {target} {begin}: {}", response.status);
            right(&response, &format!("{method} {target} {begin}"));
        }
    }
}
