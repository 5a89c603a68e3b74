//! Holds the types to Azure's contract: every property of the Pool model that is not read-only is there, with its
//! values and what it requires, and none that Azure does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::kinds::pool::spec::PoolSpec;

const DERIVED: &str = "azure-contract/derived/specification/derived-from-python-sdk/azure-mgmt-batch-19.0.0/2025-06-01/BatchManagement.json";
const OFFICIAL: &str = "azure-contract/specification/batch/resource-manager/Microsoft.Batch/stable/2024-07-01/BatchManagement.json";

/// Words that are ours.
const OURS: &[&str] = &["account", "id", "profile", "image", "maxNodes", "rollout", "protect", "adopt"];

/// What of the contract is said otherwise: `image`, and `identity`, which is always user-assigned.
const SAID_OTHERWISE: &[&str] = &["imageReference", "identity.type"];

/// What we require and Azure does not, or requires only together with something else.
const REQUIRED_BY_US: &[&str] =
    &["account", "id", "startTask.commandLine", "identity.userAssignedIdentities"];

/// What Azure requires to make a pool and never tells of one: a pool that is imported stands in the files without it.
const NEVER_TOLD: &[&str] = &[
    "userAccounts[].password",
    "mountConfiguration[].cifsMountConfiguration.password",
    "mountConfiguration[].azureFileShareConfiguration.accountKey",
];

/// What Azure requires and a profile may hold (`PoolSpec::missing`).
const REQUIRED_AFTER_MERGE: &[&str] = &["nodeAgentSkuId"];

/// What is known of one property, in the contract or in our schema.
#[derive(Debug, Default, PartialEq)]
pub(in crate::kinds::pool) struct Property {
    pub(in crate::kinds::pool) required: bool,
    pub(in crate::kinds::pool) secret: bool,
    values: BTreeSet<String>,
}

pub(in crate::kinds::pool) type Properties = BTreeMap<String, Property>;

/// The contract's text, or `None` where the folder is not beside the project.
#[expect(clippy::disallowed_methods, reason = "the contract stands beside the project, where one has it")]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn contract(file: &str) -> Option<Value> {
    let shared = std::env::var_os("POOLWRIGHT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = shared.join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: Azure's contract is not at {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("the contract is JSON"))
}

/// Walks a model of an OpenAPI 2 document, lifting what `lifted` says.
fn walk_contract(all: &Value, model: &Value, path: &str, found: &mut Properties) {
    let model = resolve(all, model, "definitions");
    for part in model["allOf"].as_array().into_iter().flatten() {
        walk_contract(all, part, path, found);
    }
    let Some(properties) = model["properties"].as_object() else { return };
    let required: BTreeSet<&str> =
        model["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in properties {
        if property["readOnly"] == true {
            continue;
        }
        let at = join(path, name);
        if SAID_OTHERWISE.contains(&at.as_str()) {
            continue;
        }
        let target = resolve(all, property, "definitions");
        if at == "properties" || name == "deploymentConfiguration" || name == "virtualMachineConfiguration" {
            walk_contract(all, target, path, found);
            continue;
        }
        let element = resolve(all, &target["items"], "definitions");
        let values = [target, element].into_iter().flat_map(enum_values).collect();
        let secret = property["x-ms-secret"] == true;
        found.insert(at.clone(), Property { required: required.contains(name.as_str()), secret, values });
        walk_contract(all, target, &at, found);
        walk_contract(all, element, &format!("{at}[]"), found);
    }
}

/// Walks the JSON Schema that `schemars` makes.
fn walk_schema(all: &Value, schema: &Value, path: &str, found: &mut Properties) {
    let schema = without_null(all, schema);
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in properties {
        let at = join(path, name);
        let target = without_null(all, property);
        let element = without_null(all, &target["items"]);
        let values = [target, element].into_iter().flat_map(enum_values).collect();
        let secret = target["x-secret"] == true || target["additionalProperties"]["x-secret"] == true;
        found.insert(at.clone(), Property { required: required.contains(name.as_str()), secret, values });
        walk_schema(all, target, &at, found);
        walk_schema(all, element, &format!("{at}[]"), found);
    }
}

/// The only alternative of an `anyOf` beside null, with references followed.
fn without_null<'a>(all: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolve(all, schema, "$defs");
    let Some(alternatives) = schema["anyOf"].as_array() else { return schema };
    let other = alternatives.iter().find(|alternative| alternative["type"] != "null");
    resolve(all, other.expect("an alternative that is not null"), "$defs")
}

fn resolve<'a>(all: &'a Value, schema: &'a Value, section: &str) -> &'a Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(&format!("#/{section}/"))) {
        Some(name) => &all[section][name],
        None => schema,
    }
}

fn enum_values(schema: &Value) -> Vec<String> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]);
    listed.chain(described).filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Every property of the generated schema, by its path in a file.
pub(in crate::kinds::pool) fn ours() -> Properties {
    let schema = schemars::schema_for!(PoolSpec).to_value();
    let mut found = Properties::new();
    walk_schema(&schema, &schema, "", &mut found);
    found
}

fn azures(file: &str) -> Option<Properties> {
    let all = contract(file)?;
    let mut found = Properties::new();
    walk_contract(&all, &all["definitions"]["Pool"], "", &mut found);
    Some(found)
}

/// Every path of Azure's body that is not read-only.
pub(in crate::kinds::pool) fn body_paths() -> Option<BTreeSet<String>> {
    fn walk(all: &Value, model: &Value, path: &str, found: &mut BTreeSet<String>) {
        let model = resolve(all, model, "definitions");
        for (name, property) in model["properties"].as_object().into_iter().flatten() {
            let at = join(path, name);
            if property["readOnly"] != true && found.insert(at.clone()) {
                let target = resolve(all, property, "definitions");
                walk(all, target, &at, found);
                walk(all, &target["items"], &format!("{at}[]"), found);
            }
        }
    }
    let all = contract(DERIVED)?;
    let mut found = BTreeSet::new();
    walk(&all, &all["definitions"]["Pool"], "", &mut found);
    Some(found)
}

fn is_ours(path: &str) -> bool {
    OURS.iter().any(|word| path == *word || path.starts_with(&format!("{word}.")))
}

#[test]
fn the_spec_has_every_property_of_the_contract_and_no_other() {
    let Some(azures) = azures(DERIVED) else { return };
    let ours = ours();
    assert!(azures.len() > 150, "the walk stops early: {} properties", azures.len());
    let missing: Vec<_> = azures.keys().filter(|path| !ours.contains_key(*path)).collect();
    let invented: Vec<_> = ours.keys().filter(|path| !is_ours(path) && !azures.contains_key(*path)).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing {missing:?}, invented {invented:?}");
}

#[test]
fn the_values_and_what_is_required_are_the_contracts() {
    let Some(azures) = azures(DERIVED) else { return };
    for (path, property) in ours() {
        let Some(contract) = azures.get(&path) else { continue };
        // The contract leaves the licences open; its text names them.
        if path != "licenseType" {
            assert_eq!(property.values, contract.values, "values of {path}");
        }
        let is_open = |path: &str| REQUIRED_AFTER_MERGE.contains(&path) || NEVER_TOLD.contains(&path);
        let required = (contract.required && !is_open(&path)) || REQUIRED_BY_US.contains(&path.as_str());
        assert_eq!(property.required, required, "whether {path} is required");
    }
}

#[test]
fn what_the_contract_calls_secret_is_a_secret_here() {
    let Some(azures) = azures(OFFICIAL) else { return };
    let secrets = |all: &Properties| -> Vec<String> {
        all.iter().filter(|(_, property)| property.secret).map(|(path, _)| path.clone()).collect()
    };
    let expected = secrets(&azures);
    assert!(expected.len() >= 8, "{expected:?}");
    assert_eq!(secrets(&ours()), expected);
}

#[test]
fn every_property_is_described() {
    fn undescribed(all: &Value, schema: &Value, path: &str, found: &mut Vec<String>) {
        let schema = without_null(all, schema);
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let at = join(path, name);
            if property["description"].as_str().is_none_or(|text| text.len() < 8) {
                found.push(at.clone());
            }
            let target = without_null(all, property);
            undescribed(all, target, &at, found);
            undescribed(all, &target["items"], &format!("{at}[]"), found);
        }
    }
    let schema = schemars::schema_for!(PoolSpec).to_value();
    let mut found = Vec::new();
    undescribed(&schema, &schema, "", &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_pool_of_the_documentation_is_read() {
    let pool: PoolSpec = serde_json::from_value(serde_json::json!({
        "id": "render", "account": "eus2", "vmSize": "Standard_D4ds_v5", "image": "ubuntu-2404-render@3.4.0",
        "startTask": {"commandLine": "/bin/bash -c 'mount -a'", "waitForSuccess": true,
            "userIdentity": {"autoUser": {"elevationLevel": "Admin"}}},
        "rollout": {"strategy": "drain"},
        "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 3000, "resizeTimeout": "auto"}},
        "userAccounts": [{"name": "render", "password": "hunter2"}],
        "extensions": [{"name": "e", "publisher": "p", "type": "t", "protectedSettings": {"key": "hunter2"}}],
    }))
    .expect("a pool");
    assert_eq!(pool.missing(), ["nodeAgentSkuId"]);
    assert!(!format!("{pool:?}").contains("hunter2"), "a secret is printed");
}
