//! The JSON Schema of the whole format, put together from the kinds: what editors complete and check with.

use serde_json::{Map, Value, json};

use crate::kinds::header::Header;
use crate::kinds::{Kind, REGISTRY, Section};

/// Where the schema of the released format is.
pub const ID: &str = "https://poolwright.dev/schema/v1.json";

/// The schema, JSON Schema 2020-12. The same for the same code, byte for byte.
pub fn schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut entries: Vec<(Section, Value)> = Vec::new();
    for kind in REGISTRY {
        let mut entry = (kind.entry_type().schema)(&mut generator).to_value();
        strip(&mut entry);
        entries.push((kind.section(), entry));
    }
    let mut stack = generator.root_schema_for::<Header>().to_value();
    strip(&mut stack);
    let definitions = generator.take_definitions(true);

    nest(&mut entries);
    let version_entry =
        entries.iter().find(|(section, _)| section.inside.is_some()).map(|(_, entry)| entry.clone());
    let mut profile = Value::Null;
    if let Some(properties) = stack.get_mut("properties").and_then(Value::as_object_mut) {
        for (section, entry) in entries.iter().filter(|(section, _)| section.inside.is_none()) {
            if section.key == "pools" {
                profile = entry.clone();
            }
            properties.insert(
                section.key.to_owned(),
                json!({ "type": "array", "description": section.description, "items": entry }),
            );
        }
        if let Some(profile) = profile.as_object_mut() {
            profile.remove("required");
            profile.insert("description".to_owned(), "Settings that the pools naming it share.".into());
        }
        properties.insert(
            "profiles".to_owned(),
            json!({
                "type": "object",
                "description": "Shared pool settings, by a name that pools give as `profile`. Maps merge under the pool; lists and single values of the pool replace.",
                "additionalProperties": profile
            }),
        );
        properties.insert(
            "vars".to_owned(),
            json!({
                "type": "object",
                "description": "Defaults of variables, used as `${var:NAME}` and overridden by `--var NAME=value`.",
                "additionalProperties": { "type": ["string", "number", "boolean"] }
            }),
        );
    }
    document(&mut stack, "Stack", "What should exist, and the Batch pools that boot it.");
    // Other documents of the same run add sections without a header.
    if let Some(object) = stack.as_object_mut() {
        object.insert("required".to_owned(), json!(["apiVersion", "kind"]));
        object.insert(
            "dependentRequired".to_owned(),
            json!({ "name": ["subscription", "resourceGroup", "location"] }),
        );
    }
    let mut version = version_entry.unwrap_or(Value::Null);
    if let Some(properties) = version.get_mut("properties").and_then(Value::as_object_mut) {
        let image = json!({ "type": "string", "description": "The image it is a version of: `NAME`, or `GALLERY/NAME`." });
        properties.insert("image".to_owned(), image);
    }
    document(&mut version, "ImageVersion", "One version of one image, in a file of its own.");
    if let Some(required) = version.get_mut("required").and_then(Value::as_array_mut) {
        required.push("image".into());
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "poolwright",
        "description": "A file that poolwright reads.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "if": { "properties": { "kind": { "const": "ImageVersion" } } },
        "then": { "$ref": "#/$defs/ImageVersionDocument" },
        "else": { "$ref": "#/$defs/StackDocument" },
        "$defs": with_documents(definitions, stack, version),
    })
}

/// The keys that make an object a document of a kind.
fn document(schema: &mut Value, kind: &str, description: &str) {
    let Some(object) = schema.as_object_mut() else { return };
    object.insert("title".to_owned(), kind.into());
    object.insert("description".to_owned(), description.into());
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "apiVersion".to_owned(),
            json!({ "const": "poolwright/v1", "description": "The version of the format." }),
        );
        properties
            .insert("kind".to_owned(), json!({ "const": kind, "description": "The kind of the document." }));
    }
    let required = object.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut() {
        required.extend(["apiVersion".into(), "kind".into()]);
    }
}

fn with_documents(mut definitions: Map<String, Value>, stack: Value, version: Value) -> Value {
    definitions.insert("StackDocument".to_owned(), stack);
    definitions.insert("ImageVersionDocument".to_owned(), version);
    Value::Object(definitions)
}

/// Puts every list that stands inside the entries of another section there.
fn nest(entries: &mut [(Section, Value)]) {
    let inner: Vec<(Section, Value)> =
        entries.iter().filter(|(section, _)| section.inside.is_some()).cloned().collect();
    for (section, schema) in inner {
        let outer = section.inside.map(|inside| inside.section);
        let holder = entries.iter_mut().find(|(other, _)| Some(other.key) == outer);
        if let Some(properties) =
            holder.and_then(|(_, entry)| entry.get_mut("properties")).and_then(Value::as_object_mut)
        {
            properties.insert(
                section.key.to_owned(),
                json!({ "type": "array", "description": section.description, "items": schema }),
            );
        }
    }
}

/// Takes out what only the root of a schema has.
fn strip(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("$defs");
    }
}

/// The kind whose entries stand under a key.
pub fn kind_of_section(key: &str) -> Option<&'static dyn Kind> {
    REGISTRY.iter().copied().find(|kind| kind.section().key == key)
}
