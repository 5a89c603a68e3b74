//! A pool's properties as they are stored: by the management plane's names, defaults filled in, without secrets.
//! Moves what stands elsewhere on the data plane; refuses nothing but what has no place at all.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::pool_schema::{DATA_PLANE, MANAGEMENT, READ_ONLY};
use crate::emulator::azure::batch::pool_shape::{
    Dialect, print_object, read_object, read_part, strip_secrets,
};
use crate::emulator::call::Result;

/// Properties under the management plane's names.
pub(crate) type Properties = Map<String, Value>;

/// Reads `properties` of a request on the management plane. What is read-only may be there and is passed over.
pub(crate) fn read_management(properties: &Value, dialect: Dialect) -> Result<Properties> {
    let mut writable = properties.clone();
    if let Some(object) = writable.as_object_mut() {
        object.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    }
    let mut read = read_object(MANAGEMENT, &writable, dialect, "properties")?;
    storage_type_to_managed_disk(&mut read);
    Ok(read)
}

/// Reads a pool in the data plane's spelling; `account` is the account's id. The pool's id is left in `id`.
pub(crate) fn read_data_plane(body: &Value, dialect: Dialect, account: &str) -> Result<Properties> {
    read_object(DATA_PLANE, body, dialect, "").map(|read| to_management(read, account))
}

/// Reads a part of a pool in the data plane's spelling: only `names` may be there, and `required` must.
pub(crate) fn read_data_plane_part(
    body: &Value,
    names: &[&str],
    required: &[&str],
    dialect: Dialect,
    account: &str,
) -> Result<Properties> {
    let read = read_part(DATA_PLANE, names, body, dialect)?;
    if let Some(name) = required.iter().find(|name| !read.contains_key(**name)) {
        return Err(dialect.missing(name));
    }
    Ok(to_management(read, account))
}

/// Fills in what Azure answers where nothing was given, and drops what says nothing.
pub(crate) fn canonical(properties: &mut Properties) {
    let mut whole = Value::Object(std::mem::take(properties));
    strip_secrets(MANAGEMENT, &mut whole);
    if let Value::Object(stripped) = whole {
        *properties = stripped;
    }
    properties.retain(|_, value| {
        !value.as_array().is_some_and(Vec::is_empty) && !value.as_object().is_some_and(Map::is_empty)
    });
    default(properties, "interNodeCommunication", json!("Disabled"));
    default(properties, "taskSlotsPerNode", json!(1));
    default(properties, "taskSchedulingPolicy", json!({"nodeFillType": "Spread"}));
    default(properties, "scaleSettings", json!({"fixedScale": {}}));
    if let Some(fixed) = object(properties, &["scaleSettings", "fixedScale"]) {
        fixed.remove("nodeDeallocationOption");
        default(fixed, "targetDedicatedNodes", json!(0));
        default(fixed, "targetLowPriorityNodes", json!(0));
        default(fixed, "resizeTimeout", json!("PT15M"));
    }
    if let Some(auto) = object(properties, &["scaleSettings", "autoScale"]) {
        default(auto, "evaluationInterval", json!("PT15M"));
    }
    if let Some(task) = object(properties, &["startTask"]) {
        default(task, "maxTaskRetryCount", json!(0));
        default(task, "waitForSuccess", json!(true));
        default(task, "userIdentity", json!({"autoUser": {"scope": "Task"}}));
    }
    if let Some(user) = object(properties, &["startTask", "userIdentity", "autoUser"]) {
        default(user, "scope", json!("Pool"));
        default(user, "elevationLevel", json!("NonAdmin"));
    }
    let machine = ["deploymentConfiguration", "virtualMachineConfiguration"];
    if let Some(security) = object(properties, &[machine[0], machine[1], "securityProfile"]) {
        default(security, "encryptionAtHost", json!(false));
    }
    if let Some(network) = object(properties, &["networkConfiguration"]) {
        default(network, "dynamicVnetAssignmentScope", json!("none"));
        default(network, "enableAcceleratedNetworking", json!(false));
    }
    if let Some(address) = object(properties, &["networkConfiguration", "publicIPAddressConfiguration"]) {
        default(address, "provision", json!("BatchManaged"));
    }
    for account in items(properties, &["userAccounts"]) {
        default(account, "elevationLevel", json!("NonAdmin"));
    }
    let machine = &["deploymentConfiguration", "virtualMachineConfiguration"];
    if let Some(image) = object(properties, &[machine[0], machine[1], "imageReference"])
        && image.contains_key("publisher")
    {
        default(image, "version", json!("latest"));
    }
    for disk in items(properties, &[machine[0], machine[1], "dataDisks"]) {
        default(disk, "caching", json!("None"));
        default(disk, "managedDisk", json!({}));
        if let Some(managed) = object(disk, &["managedDisk"]) {
            default(managed, "storageAccountType", json!("Standard_LRS"));
        }
    }
}

/// Prints stored properties as the management plane answers them, without what is computed.
pub(crate) fn print_management(properties: &Value, dialect: Dialect) -> Value {
    let mut properties = properties.clone();
    if dialect.old {
        managed_disk_to_storage_type(&mut properties);
    }
    print_object(MANAGEMENT, &properties, dialect)
}

/// Prints stored properties as the data plane answers them, without what is computed.
pub(crate) fn print_data_plane(properties: &Value, dialect: Dialect) -> Value {
    let mut flat = properties.clone();
    if dialect.old {
        managed_disk_to_storage_type(&mut flat);
    }
    let scale = &properties["scaleSettings"];
    flat["virtualMachineConfiguration"] =
        flat["deploymentConfiguration"]["virtualMachineConfiguration"].clone();
    flat["enableInterNodeCommunication"] = json!(properties["interNodeCommunication"] == "Enabled");
    flat["enableAutoScale"] = json!(scale["autoScale"].is_object());
    for (name, value) in [
        ("resizeTimeout", &scale["fixedScale"]["resizeTimeout"]),
        ("targetDedicatedNodes", &scale["fixedScale"]["targetDedicatedNodes"]),
        ("targetLowPriorityNodes", &scale["fixedScale"]["targetLowPriorityNodes"]),
        ("autoScaleFormula", &scale["autoScale"]["formula"]),
        ("autoScaleEvaluationInterval", &scale["autoScale"]["evaluationInterval"]),
    ] {
        if !value.is_null() {
            flat[name] = value.clone();
        }
    }
    if let Some(packages) = properties["applicationPackages"].as_array() {
        flat["applicationPackageReferences"] = packages
            .iter()
            .map(|package| {
                let mut reference = package.clone();
                let id = package["id"].as_str().unwrap_or_default();
                reference["applicationId"] = json!(id.rsplit('/').next().unwrap_or(id));
                reference
            })
            .collect();
    }
    print_object(DATA_PLANE, &flat, dialect)
}

/// Moves what the data plane has elsewhere, in properties that were read in its spelling.
pub(crate) fn to_management(mut read: Properties, account: &str) -> Properties {
    if let Some(machine) = read.remove("virtualMachineConfiguration") {
        read.insert("deploymentConfiguration".into(), json!({"virtualMachineConfiguration": machine}));
    }
    if let Some(enabled) = read.remove("enableInterNodeCommunication") {
        let word = if enabled == true { "Enabled" } else { "Disabled" };
        read.insert("interNodeCommunication".into(), json!(word));
    }
    if let Some(certificates) = read.remove("certificateReferences") {
        read.insert("certificates".into(), certificates);
    }
    if let Some(Value::Array(references)) = read.remove("applicationPackageReferences") {
        let packages = references.into_iter().map(|mut reference| {
            if let Some(name) = reference["applicationId"].as_str() {
                reference["id"] = json!(format!("{account}/applications/{name}"));
            }
            if let Some(package) = reference.as_object_mut() {
                package.remove("applicationId");
            }
            reference
        });
        read.insert("applicationPackages".into(), packages.collect());
    }
    let mut take = |names: [(&str, &str); 3]| -> Properties {
        let found = names.into_iter().filter_map(|(from, to)| Some((to.to_owned(), read.remove(from)?)));
        found.collect()
    };
    let fixed = take([
        ("targetDedicatedNodes", "targetDedicatedNodes"),
        ("targetLowPriorityNodes", "targetLowPriorityNodes"),
        ("resizeTimeout", "resizeTimeout"),
    ]);
    let mut auto = take([
        ("autoScaleFormula", "formula"),
        ("autoScaleEvaluationInterval", "evaluationInterval"),
        ("enableAutoScale", "enabled"),
    ]);
    let automatic = auto.remove("enabled").is_some_and(|enabled| enabled == true);
    let mut scale = Map::new();
    if automatic || !auto.is_empty() {
        scale.insert("autoScale".into(), Value::Object(auto));
    }
    if !fixed.is_empty() {
        scale.insert("fixedScale".into(), Value::Object(fixed));
    }
    if !scale.is_empty() {
        read.insert("scaleSettings".into(), Value::Object(scale));
    }
    storage_type_to_managed_disk(&mut read);
    read
}

/// Before 2025-06-01 a data disk had its storage type directly.
fn storage_type_to_managed_disk(properties: &mut Properties) {
    let path = ["deploymentConfiguration", "virtualMachineConfiguration", "dataDisks"];
    for disk in items(properties, &path) {
        if let Some(kind) = disk.remove("storageAccountType") {
            disk.insert("managedDisk".into(), json!({"storageAccountType": kind}));
        }
    }
}

fn managed_disk_to_storage_type(properties: &mut Value) {
    let Some(properties) = properties.as_object_mut() else { return };
    let path = ["deploymentConfiguration", "virtualMachineConfiguration", "dataDisks"];
    for disk in items(properties, &path) {
        if let Some(kind) =
            disk.get("managedDisk").and_then(|managed| managed.get("storageAccountType")).cloned()
        {
            disk.insert("storageAccountType".into(), kind);
        }
    }
}

fn default(object: &mut Properties, name: &str, value: Value) {
    object.entry(name).or_insert(value);
}

fn object<'a>(properties: &'a mut Properties, path: &[&str]) -> Option<&'a mut Properties> {
    let (first, rest) = path.split_first()?;
    let found = properties.get_mut(*first)?.as_object_mut()?;
    if rest.is_empty() { Some(found) } else { object(found, rest) }
}

fn items<'a>(properties: &'a mut Properties, path: &[&str]) -> impl Iterator<Item = &'a mut Properties> {
    let list = match path {
        [name] => properties.get_mut(*name),
        [path @ .., name] => object(properties, path).and_then(|parent| parent.get_mut(*name)),
        [] => None,
    };
    list.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Dialect = Dialect { data_plane: false, old: true };
    const NEW: Dialect = Dialect { data_plane: false, old: false };
    const DATA: Dialect = Dialect { data_plane: true, old: false };

    #[test]
    fn defaults_are_filled_and_secrets_and_empty_lists_dropped() {
        let sent = json!({
            "vmSize": "s", "metadata": [], "startTask": {"commandLine": "c"},
            "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 2, "resizeTimeout": "PT900S",
                "nodeDeallocationOption": "taskcompletion"}},
            "userAccounts": [{"name": "u", "password": "p"}], "creationTime": "ignored"});
        let mut read = read_management(&sent, NEW).unwrap();
        canonical(&mut read);
        let once = read.clone();
        canonical(&mut read);
        assert_eq!(read, once);
        assert_eq!(
            Value::Object(read),
            json!({"vmSize": "s", "interNodeCommunication": "Disabled", "taskSlotsPerNode": 1,
                "taskSchedulingPolicy": {"nodeFillType": "Spread"},
                "startTask": {"commandLine": "c", "maxTaskRetryCount": 0, "waitForSuccess": true,
                    "userIdentity": {"autoUser": {"scope": "Task", "elevationLevel": "NonAdmin"}}},
                "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 2, "targetLowPriorityNodes": 0,
                    "resizeTimeout": "PT15M"}},
                "userAccounts": [{"name": "u", "elevationLevel": "NonAdmin"}]})
        );
    }

    #[test]
    fn one_pool_has_two_spellings() {
        let data = json!({"id": "p", "vmSize": "s", "enableInterNodeCommunication": true,
            "virtualMachineConfiguration": {"imageReference": {"virtualMachineImageId": "/i"}, "nodeAgentSKUId": "a"},
            "targetDedicatedNodes": 3, "applicationPackageReferences": [{"applicationId": "app"}]});
        let mut read = read_data_plane(&data, DATA, "/acc").unwrap();
        assert_eq!(read["applicationPackages"], json!([{"id": "/acc/applications/app"}]));
        assert_eq!(read["scaleSettings"], json!({"fixedScale": {"targetDedicatedNodes": 3}}));
        canonical(&mut read);
        let back = print_data_plane(&Value::Object(read), DATA);
        assert_eq!(back["enableInterNodeCommunication"], true);
        assert_eq!(back["enableAutoScale"], false);
        assert_eq!(back["resizeTimeout"], "PT15M");
        assert_eq!(back["virtualMachineConfiguration"], data["virtualMachineConfiguration"]);
        assert_eq!(back["applicationPackageReferences"], data["applicationPackageReferences"]);
    }

    #[test]
    fn an_old_client_sees_a_disks_type_in_its_old_place() {
        let disk = |rest: Value| {
            json!({"deploymentConfiguration": {"virtualMachineConfiguration": {
                "imageReference": {"id": "/i"}, "nodeAgentSkuId": "a", "dataDisks": [rest]}}})
        };
        let old =
            disk(json!({"lun": 0, "diskSizeGB": 8, "caching": "None", "storageAccountType": "Premium_LRS"}));
        let read = Value::Object(read_management(&old, OLD).unwrap());
        assert_eq!(print_management(&read, OLD), old);
        let new = print_management(&read, NEW);
        let managed = disk(
            json!({"lun": 0, "diskSizeGB": 8, "caching": "None", "managedDisk": {"storageAccountType": "Premium_LRS"}}),
        );
        assert_eq!(new, managed);
    }
}
