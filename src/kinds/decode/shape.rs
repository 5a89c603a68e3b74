//! A JSON Schema of schemars as decoding asks about it: references followed, alternatives flat, and what it wants in words.
//! Checks nothing.

use serde_json::{Map, Value};

use crate::kinds::decode::words::one_of;

/// A JSON Schema of schemars with its `$defs`.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    root: &'a Value,
    schema: &'a Value,
}

impl<'a> Shape<'a> {
    /// The shape that a whole schema describes.
    pub fn of(root: &'a Value) -> Self {
        Self { root, schema: root }.resolved()
    }

    pub(super) fn at(self, schema: &'a Value) -> Self {
        Self { root: self.root, schema }.resolved()
    }

    /// Follows `$ref`.
    fn resolved(self) -> Self {
        let mut schema = self.schema;
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            let Some(target) = target else { break };
            schema = target;
        }
        Self { root: self.root, schema }
    }

    pub(super) fn keyword(self, name: &str) -> Option<&'a Value> {
        self.schema.get(name)
    }

    /// Whether `type` is, or holds, this one.
    pub(super) fn is(self, wanted: &str) -> bool {
        match self.keyword("type") {
            Some(Value::String(own)) => own == wanted,
            Some(Value::Array(own)) => own.iter().any(|own| own == wanted),
            _ => false,
        }
    }

    pub(super) fn is_null(self) -> bool {
        self.keyword("type").and_then(Value::as_str) == Some("null")
    }

    /// The alternatives of `anyOf` or `oneOf`, and those inside them, but for null.
    pub(super) fn alternatives(self) -> Option<Vec<Self>> {
        let list = self.keyword("anyOf").or_else(|| self.keyword("oneOf"))?.as_array()?;
        let shapes = list.iter().map(|schema| self.at(schema)).filter(|shape| !shape.is_null());
        Some(shapes.flat_map(|shape| shape.alternatives().unwrap_or_else(|| vec![shape])).collect())
    }

    /// The texts that an enumeration takes.
    pub(super) fn choices(self) -> Option<Vec<&'a str>> {
        if let Some(list) = self.keyword("enum").and_then(Value::as_array) {
            return list.iter().filter(|value| !value.is_null()).map(Value::as_str).collect();
        }
        if let Some(one) = self.keyword("const") {
            return one.as_str().map(|one| vec![one]);
        }
        let alternatives = self.alternatives()?;
        let lists: Option<Vec<Vec<&str>>> = alternatives.into_iter().map(Self::choices).collect();
        lists.map(|lists| lists.concat()).filter(|choices| !choices.is_empty())
    }

    pub(super) fn properties(self) -> Option<&'a Map<String, Value>> {
        self.keyword("properties").and_then(Value::as_object)
    }

    /// What is wanted, in words.
    pub(super) fn words(self) -> String {
        if let Some(choices) = self.choices() {
            return one_of(&choices);
        }
        if let Some(alternatives) = self.alternatives() {
            let words: Vec<String> = alternatives.into_iter().map(Self::words).collect();
            return words.join(", or ");
        }
        let types = ["string", "integer", "number", "boolean", "array", "object"];
        match types.into_iter().find(|name| self.is(name)) {
            Some("string") => "a text".to_owned(),
            Some("integer") => "a whole number".to_owned(),
            Some("number") => "a number".to_owned(),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("array") => "a list".to_owned(),
            Some(_) => match self.properties() {
                Some(properties) if properties.len() <= 3 => {
                    let keys: Vec<String> = properties.keys().map(|key| format!("{key}: …")).collect();
                    format!("`{{ {} }}`", keys.join(", "))
                }
                _ => "a map".to_owned(),
            },
            None => "a value".to_owned(),
        }
    }

    /// A schema that says nothing about the value: any JSON.
    pub(super) fn is_free(self) -> bool {
        match self.schema {
            Value::Bool(allowed) => *allowed,
            Value::Object(keywords) => ["type", "enum", "const", "anyOf", "oneOf", "properties"]
                .iter()
                .all(|name| !keywords.contains_key(*name)),
            _ => false,
        }
    }
}
