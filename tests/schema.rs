//! The schema in `schema/` is what the types say, is a schema itself, and every spec is valid against it.

use std::collections::BTreeSet;

use poolwright::kinds::schema::schema;
use serde_json::{Value, json};

use crate::specs;
use crate::support::repository;

const FILE: &str = "schema/poolwright.schema.json";

fn in_file() -> String {
    std::fs::read_to_string(repository(FILE)).unwrap_or_default()
}

/// `POOLWRIGHT_BLESS=1 cargo test --locked schema` writes it anew.
#[test]
fn the_file_is_what_the_types_say() {
    let text = format!("{:#}\n", schema());
    if std::env::var_os("POOLWRIGHT_BLESS").is_some() {
        std::fs::create_dir_all(repository("schema")).expect("the folder can be made");
        std::fs::write(repository(FILE), &text).expect("the file can be written");
    }
    let differs = in_file().lines().zip(text.lines()).position(|(file, types)| file != types);
    assert!(
        in_file() == text,
        "{FILE} differs from the types from line {} on: POOLWRIGHT_BLESS=1 cargo test --locked schema writes it anew",
        differs.map_or("its end".to_owned(), |line| (line + 1).to_string())
    );
}

#[test]
fn it_is_a_schema_of_2020_12() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
        panic!("{}: {error}", error.instance_path());
    }
}

/// As an editor sees them: a plain reading of YAML, in which an unquoted `24.10` is a number. Our own reader takes more,
/// because it knows which type is wanted; the specs must be quiet in both.
#[test]
fn every_spec_is_valid_against_it() {
    let validator = jsonschema::draft202012::new(&schema()).expect("it is a schema");
    for (name, path) in specs::all() {
        let text = std::fs::read_to_string(&path).expect("it is readable");
        let value: Value = serde_yaml::from_str(&text).expect("it is YAML");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn it_refuses_what_is_no_spec() {
    let validator = jsonschema::draft202012::new(&schema()).expect("it is a schema");
    let stack = |key: &str, value: Value| {
        let mut stack = json!({
            "apiVersion": "poolwright/v1", "kind": "Stack", "name": "a", "location": "eastus",
            "subscription": "00000000-0000-0000-0000-000000000001", "resourceGroup": "rg1",
        });
        stack[key] = value;
        stack
    };
    assert!(validator.is_valid(&stack("tags", json!({ "a": "b" }))));
    let version = json!({
        "apiVersion": "poolwright/v1", "kind": "ImageVersion", "image": "ubuntu", "version": "1.0.0",
        "source": { "managedImage": "img1" },
    });
    assert!(validator.is_valid(&version));
    let wrong = [
        stack("kind", json!("Pool")),
        stack("apiVersion", json!("poolwright/v2")),
        stack("subscription", json!("mine")),
        stack("pool", json!([])),
        stack("pools", json!([{ "account": "a", "id": "no spaces" }])),
        stack("pools", json!([{ "account": "a", "id": "p", "vmSise": "x" }])),
        stack("profiles", json!({ "p": { "taskSlotsPerNode": 0 } })),
        stack("images", json!([{ "name": "i" }])),
        stack("galleries", json!([{ "name": "with-dash" }])),
    ];
    for spec in wrong {
        assert!(!validator.is_valid(&spec), "{spec}");
    }
}

/// Editors show the descriptions: a property without one helps nobody.
#[test]
fn every_property_is_described_and_every_pattern_compiles() {
    let schema = schema();
    let (mut silent, mut patterns) = (BTreeSet::new(), BTreeSet::new());
    walk(&schema, "", &schema["$defs"], &mut silent, &mut patterns);
    assert_eq!(silent, BTreeSet::new());
    assert!(patterns.len() > 10, "{patterns:?}");
    for pattern in patterns {
        if let Err(error) = regex::Regex::new(&pattern) {
            panic!("{error}");
        }
    }
}

fn walk(
    value: &Value,
    at: &str,
    definitions: &Value,
    silent: &mut BTreeSet<String>,
    patterns: &mut BTreeSet<String>,
) {
    if let Some(pattern) = value.get("pattern").and_then(Value::as_str) {
        patterns.insert(pattern.to_owned());
    }
    // Under `if` a property is only asked about.
    let is_question = at.ends_with("/if");
    for (name, property) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if !is_question && !is_described(property, definitions) {
            silent.insert(format!("{at}/properties/{name}"));
        }
    }
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                walk(inner, &format!("{at}/{key}"), definitions, silent, patterns);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(inner, &format!("{at}/{index}"), definitions, silent, patterns);
            }
        }
        _ => {}
    }
}

/// Says what it is, itself or in the definition that it refers to.
fn is_described(property: &Value, definitions: &Value) -> bool {
    let own = |value: &Value| value.get("description").or_else(|| value.get("const")).is_some();
    let referred = property
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| definitions.get(reference.trim_start_matches("#/$defs/")));
    own(property) || referred.is_some_and(own)
}
