//! Reads what a request carries and prints what an answer holds, by the tables of fields (`pool_schema`, `job_schema`).
//! Knows shapes and spellings only: whether values make sense together is `pool_check`'s.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::field::{Era, Field, Shape};
use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;

/// Who is spoken to: which plane, and how old its API is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The Batch service's own endpoint, not Azure Resource Manager.
    pub(crate) data_plane: bool,
    /// An api-version before 2025-06-01.
    pub(crate) old: bool,
}

impl Dialect {
    /// The management plane at an api-version.
    pub(crate) fn management(api_version: &str) -> Dialect {
        Dialect { data_plane: false, old: api_version < "2025-06-01" }
    }

    /// The data plane at an api-version.
    pub(crate) fn data_plane(api_version: &str) -> Dialect {
        Dialect { data_plane: true, old: api_version < "2025-06-01" }
    }

    fn name(self, field: &Field) -> &'static str {
        if self.data_plane { field.data } else { field.name }
    }

    fn has(self, field: &Field) -> bool {
        match field.era {
            Era::Any => true,
            Era::Old => self.old,
            Era::New => !self.old,
        }
    }

    /// 400 for a value that is not allowed.
    pub(crate) fn invalid(self, path: &str, value: &Value, reason: impl Into<String>) -> Failure {
        let message = "The value provided for one of the properties in the request body is invalid.";
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.about(Failure::arm(400, "InvalidPropertyValue", message), path, Some(shown), Some(reason.into()))
    }

    /// 400 for a property that must be there.
    pub(crate) fn missing(self, path: &str) -> Failure {
        let message = "A required property was not specified in the request body.";
        self.about(Failure::arm(400, "MissingRequiredProperty", message), path, None, None)
    }

    /// 400 for a body that is not of the right form.
    pub(crate) fn malformed(self, path: &str, reason: impl Into<String>) -> Failure {
        let message = "The specified Request Body is not syntactically valid.";
        self.about(Failure::arm(400, "InvalidRequestBody", message), path, None, Some(reason.into()))
    }

    /// 400 for a property that the type does not have.
    pub(crate) fn unknown(self, path: &str) -> Failure {
        let name = path.rsplit('.').next().unwrap_or(path);
        let reason = format!(
            "The property '{name}' does not exist on this type. Make sure to only use property names that are defined by the type."
        );
        self.malformed(path, reason)
    }

    /// Names the property, in the way of the plane.
    pub(crate) fn about(
        self,
        failure: Failure,
        path: &str,
        value: Option<String>,
        reason: Option<String>,
    ) -> Failure {
        let name = path.rsplit('.').next().unwrap_or(path).to_owned();
        let mut failure = failure;
        if self.data_plane {
            failure = failure.detail("PropertyName", name);
            if let Some(value) = value {
                failure = failure.detail("PropertyValue", value);
            }
            if let Some(reason) = reason {
                failure = failure.detail("Reason", reason);
            }
            return failure;
        }
        if let Some(reason) = reason {
            failure = failure.detail("Reason", reason);
        }
        failure.detail("PropertyName", name).detail("PropertyPath", path)
    }
}

/// Reads an object by its fields; the result goes by the management plane's names and words. Nulls count as absent.
pub(crate) fn read_object(
    fields: &[Field],
    value: &Value,
    dialect: Dialect,
    path: &str,
) -> Result<Map<String, Value>> {
    let mut out = Map::new();
    for (name, value) in object_at(value, dialect, path)? {
        let known = fields.iter().find(|field| dialect.name(field) == name && dialect.has(field));
        let Some(field) = known else {
            return Err(dialect.unknown(&join(path, name)));
        };
        if !value.is_null() {
            out.insert(field.name.to_owned(), read(&field.shape, value, dialect, &join(path, name))?);
        }
    }
    for field in fields.iter().filter(|field| field.required && dialect.has(field)) {
        if !out.contains_key(field.name) {
            return Err(dialect.missing(&join(path, dialect.name(field))));
        }
    }
    Ok(out)
}

/// Reads a part of an object: only what is in `names` may be there, and nothing has to be.
pub(crate) fn read_part(
    fields: &[Field],
    names: &[&str],
    value: &Value,
    dialect: Dialect,
) -> Result<Map<String, Value>> {
    let mut read = Map::new();
    for (name, value) in object_at(value, dialect, "")? {
        if !names.contains(&name.as_str()) {
            return Err(dialect.unknown(name));
        }
        // Each property alone, so that what creation requires is not asked for.
        for field in fields.iter().filter(|field| dialect.name(field) == name) {
            if !value.is_null() {
                let one = json!({ name.as_str(): value });
                read.extend(read_object(std::slice::from_ref(field), &one, dialect, "")?);
            }
        }
    }
    Ok(read)
}

/// Reads a change: what is in `names`. Clients send back what they got, so that the other properties of the object,
/// and those it is only `answered` with, may be there too, without effect.
pub(crate) fn read_change(
    fields: &[Field],
    names: &[&str],
    answered: &[&str],
    value: &Value,
    dialect: Dialect,
) -> Result<Map<String, Value>> {
    let mut sent = value.clone();
    if let Some(sent) = sent.as_object_mut() {
        let is_known =
            |name: &str| answered.contains(&name) || fields.iter().any(|field| dialect.name(field) == name);
        sent.retain(|name, _| names.contains(&name.as_str()) || !is_known(name));
    }
    read_part(fields, names, &sent, dialect)
}

fn object_at<'a>(value: &'a Value, dialect: Dialect, path: &str) -> Result<&'a Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| dialect.malformed(path, format!("An object was expected at '{path}', found {value}.")))
}

/// Prints an object by its fields, without what is never answered.
pub(crate) fn print_object(fields: &[Field], value: &Value, dialect: Dialect) -> Value {
    let mut out = Map::new();
    for field in fields.iter().filter(|field| dialect.has(field)) {
        if let Some(printed) = value.get(field.name).and_then(|value| print(&field.shape, value, dialect)) {
            out.insert(dialect.name(field).to_owned(), printed);
        }
    }
    Value::Object(out)
}

/// Takes out what is never answered, so that it is never stored either.
pub(crate) fn strip_secrets(fields: &[Field], value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    object.retain(|name, value| {
        let field = fields.iter().find(|field| field.name == name);
        field.is_none_or(|field| strip(&field.shape, value))
    });
}

/// False for a value that is not to be kept at all.
fn strip(shape: &Shape, value: &mut Value) -> bool {
    match shape {
        Shape::Secret | Shape::SecretAny => return false,
        Shape::Object(fields) => strip_secrets(fields, value),
        Shape::List(item) => {
            if let Some(items) = value.as_array_mut() {
                items.retain_mut(|value| strip(item, value));
            }
        }
        _ => {}
    }
    true
}

/// The path of a property below another.
fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn read(shape: &Shape, value: &Value, dialect: Dialect, path: &str) -> Result<Value> {
    let wrong = |want: &str| {
        Err(dialect
            .malformed(path, format!("Cannot convert the value '{value}' to the expected type '{want}'.")))
    };
    match shape {
        Shape::Any | Shape::SecretAny => Ok(value.clone()),
        Shape::Text | Shape::Secret => {
            if value.is_string() {
                Ok(value.clone())
            } else {
                wrong("Edm.String")
            }
        }
        Shape::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => wrong("Edm.Boolean"),
        },
        Shape::Int(low, high) => match whole_number(value, dialect) {
            Some(number) if (*low..=*high).contains(&number) => Ok(json!(number)),
            Some(_) => {
                Err(dialect.invalid(path, value, format!("The value must be between {low} and {high}.")))
            }
            None => wrong("Edm.Int32"),
        },
        Shape::Duration => match value.as_str().map(iso_duration::parse) {
            Some(Some(length)) => Ok(json!(iso_duration::print(length))),
            _ => wrong("Edm.Duration"),
        },
        Shape::Date => match value.as_str().map(Moment::parse) {
            Some(Some(at)) => Ok(json!(at.rfc3339())),
            _ => wrong("Edm.DateTime"),
        },
        Shape::Choice(words, _) => {
            let Some(text) = value.as_str() else { return wrong("Edm.String") };
            let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
            found.map(|word| json!(word)).ok_or_else(|| {
                dialect.invalid(path, value, format!("The value must be one of: {}.", words.join(", ")))
            })
        }
        Shape::Object(fields) => read_object(fields, value, dialect, path).map(Value::Object),
        Shape::List(item) => match value.as_array() {
            Some(items) => items
                .iter()
                .enumerate()
                .map(|(index, value)| read(item, value, dialect, &format!("{path}[{index}]")))
                .collect(),
            None => wrong("Collection"),
        },
        Shape::Texts => match value.as_object() {
            Some(texts) if texts.values().all(Value::is_string) => Ok(value.clone()),
            _ => wrong("map of Edm.String"),
        },
    }
}

/// The data plane also takes numbers that are sent as texts, as some clients do.
fn whole_number(value: &Value, dialect: Dialect) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if dialect.data_plane => text.trim().parse().ok(),
        _ => None,
    }
}

fn print(shape: &Shape, value: &Value, dialect: Dialect) -> Option<Value> {
    match shape {
        Shape::Secret | Shape::SecretAny => None,
        Shape::Choice(_, spelling) if dialect.data_plane => {
            value.as_str().map(|word| json!(spelling.data(word)))
        }
        Shape::Object(fields) => Some(print_object(fields, value, dialect)),
        Shape::List(item) => {
            let items = value.as_array()?.iter().filter_map(|value| print(item, value, dialect));
            Some(items.collect())
        }
        _ => Some(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::azure::batch::pool_schema::{DATA_PLANE, MANAGEMENT};

    const NEW: Dialect = Dialect { data_plane: false, old: false };
    const DATA: Dialect = Dialect { data_plane: true, old: false };

    #[test]
    fn both_spellings_are_read_to_one_and_printed_back() {
        let data = json!({"id": "p", "vmSize": "s", "virtualMachineConfiguration": {
            "imageReference": {"virtualMachineImageId": "/i"}, "nodeAgentSKUId": "a",
            "osDisk": {"caching": "READWRITE"}, "securityProfile": {"securityType": "confidentialvm"}},
            "targetDedicatedNodes": "2", "networkConfiguration": {"dynamicVNetAssignmentScope": "job"}});
        let read = Value::Object(read_object(DATA_PLANE, &data, DATA, "").unwrap());
        let machine = &read["virtualMachineConfiguration"];
        assert_eq!(machine["imageReference"], json!({"id": "/i"}));
        assert_eq!(machine["osDisk"]["caching"], "ReadWrite");
        assert_eq!(machine["securityProfile"]["securityType"], "confidentialVM");
        assert_eq!(read["targetDedicatedNodes"], 2);
        let mut back = print_object(DATA_PLANE, &read, DATA);
        assert_eq!(back["virtualMachineConfiguration"]["osDisk"]["caching"], "readwrite");
        back["virtualMachineConfiguration"]["osDisk"]["caching"] = json!("READWRITE");
        back["targetDedicatedNodes"] = json!("2");
        assert_eq!(back, data);
    }

    #[test]
    fn secrets_are_taken_and_never_given() {
        let sent = json!({"userAccounts": [{"name": "u", "password": "p"}]});
        let read = Value::Object(read_object(MANAGEMENT, &sent, NEW, "properties").unwrap());
        assert_eq!(print_object(MANAGEMENT, &read, NEW), json!({"userAccounts": [{"name": "u"}]}));
    }

    #[test]
    fn refusals_name_the_property_and_its_path() {
        let refused = |body: Value| read_object(MANAGEMENT, &body, NEW, "properties").unwrap_err();
        let failure = refused(json!({"interNodeCommunication": "maybe"}));
        assert_eq!((failure.status, failure.code.as_str()), (400, "InvalidPropertyValue"));
        assert_eq!(failure.details[1].1, "interNodeCommunication");
        assert_eq!(failure.details[2].1, "properties.interNodeCommunication");
        assert_eq!(refused(json!({"vmsize": "x"})).code, "InvalidRequestBody");
        assert_eq!(refused(json!({"vmSize": 3})).code, "InvalidRequestBody");
        assert_eq!(refused(json!({"resourceTags": {}})).code, "InvalidRequestBody");
        assert_eq!(refused(json!({"metadata": [{"name": "a"}]})).code, "MissingRequiredProperty");
        assert_eq!(refused(json!({"taskSlotsPerNode": "2"})).code, "InvalidRequestBody");
    }
}
