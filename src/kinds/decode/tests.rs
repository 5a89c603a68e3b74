//! Every mistake of an entry is found, where it stands; what is right keeps its text.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shape, decode};
use crate::diag::{Code, Diagnostic, Files, Report};
use crate::kinds::vocabulary::{OsType, ReplicaCount};
use crate::model::secret::Secret;
use crate::spec::{self, interpolate::Variables};

/// One property of every sort.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-azure-spelling" = { "osDiskType": "write `osType`" }))]
#[expect(dead_code, reason = "only its schema is used, and that it can be read")]
struct Entry {
    /// Its name. And more.
    #[schemars(regex(pattern = r"^[a-z]\d*$"), length(max = 5), example = &"a1")]
    name: String,
    os_type: Option<OsType>,
    #[schemars(range(min = 1, max = 100))]
    count: Option<u32>,
    large: Option<u32>,
    share: Option<f64>,
    enabled: Option<bool>,
    #[serde(default)]
    inner: Vec<Inner>,
    replicas: Option<ReplicaCount>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    password: Option<Secret>,
    settings: Option<Value>,
    source: Option<Source>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used, and that it can be read")]
struct Inner {
    lun: u32,
    sku: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
#[expect(dead_code, reason = "only its schema is used, and that it can be read")]
struct Source {
    image: Option<String>,
    disk: Option<String>,
}

/// The value and the diagnostics of an entry, and the text that each points at.
fn decoded(text: &str) -> (Option<Value>, Vec<(Diagnostic, String)>) {
    let environment = |name: &str| (name == "SECRET").then(|| "hunter2".to_owned());
    let variables =
        Variables { given: BTreeMap::from([("n".to_owned(), "7".to_owned())]), environment: &environment };
    let document = format!("{{apiVersion: poolwright/v1, kind: Stack, name: s, entry: {text}}}\n");
    let mut report = Report::default();
    let spec = spec::read_texts(&[("t.yaml".to_owned(), document)], &variables, &mut report);
    assert!(report.is_empty(), "{text}: {report:?}");
    let documents = spec.documents.expect("a stack");
    let schema = schemars::schema_for!(Entry).to_value();
    let value =
        decode(documents.stack.get("entry").expect("there"), Shape::of(&schema), "entry", &mut report);
    if let Some(value) = &value {
        serde_json::from_value::<Entry>(value.clone()).expect("what fits the schema can be read");
    }
    let at = |diagnostic: &Diagnostic, files: &Files| {
        files.excerpt(diagnostic.place().expect("a place")).to_owned()
    };
    let found = report.iter().map(|diagnostic| (diagnostic.clone(), at(diagnostic, &spec.files))).collect();
    (value, found)
}

fn codes(text: &str) -> Vec<(Code, String)> {
    let (value, found) = decoded(text);
    assert!(value.is_none(), "{text}");
    found.into_iter().map(|(diagnostic, at)| (diagnostic.code, at)).collect()
}

/// The only diagnostic of an entry, with its ways out.
fn only(text: &str) -> (Code, String, String, Vec<String>) {
    let (value, mut found) = decoded(text);
    assert!(value.is_none() && found.len() == 1, "{text}: {found:?}");
    let (diagnostic, at) = found.remove(0);
    (diagnostic.code, at, diagnostic.message, diagnostic.help)
}

#[test]
fn the_property_decides_what_a_scalar_is() {
    let (value, found) = decoded(
        "{ name: a, osType: Linux, count: '5', large: \"${var:n}\", share: 1.50, enabled: true, replicas: auto, source: { disk: 1.10, image: },
           inner: [{ lun: 0, sku: 24.10 }, { lun: 1, sku: no }], tags: { a: 010, b: yes, c: 1_0, d: '~' }, password: \"${env:SECRET}\",
           settings: { a: 1, b: [true, ~, 010, '1', 1.5, 0x1f, text] }, count2: }"
            .replace(", count2: ", "")
            .as_str(),
    );
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        value.expect("a value"),
        json!({
            "name": "a", "osType": "Linux", "count": 5, "large": 7, "share": 1.5, "enabled": true, "replicas": "auto",
            "source": { "disk": "1.10" },
            "inner": [{ "lun": 0, "sku": "24.10" }, { "lun": 1, "sku": "no" }],
            "tags": { "a": "010", "b": "yes", "c": "1_0", "d": "~" }, "password": "hunter2",
            "settings": { "a": 1, "b": [true, null, "010", "1", 1.5, "0x1f", "text"] }
        })
    );
    assert_eq!(decoded("{name: a, replicas: 3}").0, Some(json!({"name": "a", "replicas": 3})));
    assert_eq!(
        decoded("{name: a, replicas: {forNodes: 3000}}").0,
        Some(json!({"name": "a", "replicas": {"forNodes": 3000}}))
    );
}

#[test]
fn every_mistake_is_found_where_it_stands() {
    let found = codes(
        "{ osTyp: Linux, count: 0, share: x, enabled: yes, inner: [{ lun: 010 }, { sku: a }, 5], tags: { a: [] }, nothing: 1, source: { disk: a, image: b } }",
    );
    let expected = [
        (Code::UnknownKey, "osTyp"),
        (Code::OutOfRange, "0"),
        (Code::WrongType, "x"),
        (Code::WrongType, "yes"),
        (Code::WrongType, "010"),
        (Code::MissingKey, "sku"),
        (Code::WrongType, "5"),
        (Code::WrongType, "[]"),
        (Code::UnknownKey, "nothing"),
        (Code::OutOfRange, "image"),
        (Code::MissingKey, "osTyp"),
    ];
    assert_eq!(found, expected.map(|(code, at)| (code, at.to_owned())));
}

#[test]
fn a_misspelt_key_is_not_missing_too() {
    let (code, at, _, help) = only("{ Name: a }");
    assert_eq!(
        (code, at.as_str(), help),
        (Code::UnknownKey, "Name", vec!["did you mean `name`?".to_owned()])
    );
    assert_eq!(only("{ name: a, names: b }").3.len(), 1);
    assert!(!only("{ name: a, names: b }").3[0].contains("mean"));
}

#[test]
fn each_refusal_has_a_way_out() {
    for (text, code, way_out) in [
        ("{name: a, osType: linux}", Code::NotAllowed, "did you mean `Linux`?"),
        ("{name: a, enabled: on}", Code::WrongType, "write `true`"),
        ("{name: a, count: 1_0}", Code::WrongType, "write `10`"),
        ("{name: a, count: 007}", Code::WrongType, "write `7`"),
        ("{name: A}", Code::Pattern, "an example: `a1`"),
        ("{name: ~, count: 1}", Code::MissingKey, "`name`: Its name"),
        ("{name: a, tags: {a: }}", Code::WrongType, "write `\"\"` for an empty text"),
        ("{name: a, osDiskType: b}", Code::AzureSpelling, "write `osType`"),
        (
            "{name: a, password: hunter2}",
            Code::SecretNotFromEnvironment,
            "write `${env:NAME}` and nothing else, and set the variable when you run poolwright",
        ),
    ] {
        let (found, _, _, help) = only(text);
        assert!(found == code && help.iter().any(|help| help == way_out), "{text}: {found} {help:?}");
    }
}

#[test]
fn of_alternatives_the_one_that_is_meant_is_spoken_of() {
    let (code, _, message, _) = only("{name: a, replicas: 0}");
    assert_eq!((code, message.as_str()), (Code::OutOfRange, "`replicas` takes 1 to 100, not `0`"));
    assert_eq!(only("{name: a, replicas: {forNodes: many}}").0, Code::WrongType);
    assert_eq!(only("{name: a, replicas: automatic}").0, Code::WrongType);
    assert_eq!(only("{name: a, replicas: []}").0, Code::WrongType);
}

#[test]
fn numbers_fit_the_type_they_are_read_into() {
    assert_eq!(only("{name: a, large: 4294967296}").0, Code::OutOfRange);
    for number in ["-1", "99999999999999999999", "1.0", "1e3", "0x10", "+1", "''"] {
        let code = only(&format!("{{name: a, large: {number}}}")).0;
        assert!(matches!(code, Code::OutOfRange | Code::WrongType), "{number}");
    }
}

#[test]
fn what_comes_from_the_environment_is_not_shown() {
    for property in ["name", "osType", "count", "enabled", "replicas", "share", "password"] {
        for value in ["${env:SECRET}", "x${env:SECRET}"] {
            let (_, found) = decoded(&format!("{{ {property}: \"{value}\" }}"));
            let texts = format!("{:?}", found.iter().map(|(diagnostic, _)| diagnostic).collect::<Vec<_>>());
            assert!(!texts.contains("hunter2"), "{texts}");
        }
    }
    assert_eq!(only("{name: a, password: \"x${env:SECRET}\"}").0, Code::SecretNotFromEnvironment);
}

#[test]
fn a_value_of_a_variable_is_not_mended_in_place() {
    let (_, found) = decoded("{ name: a, enabled: \"${var:n}\", osType: linux }");
    let edits: Vec<usize> = found.iter().map(|(diagnostic, _)| diagnostic.edits.len()).collect();
    assert_eq!(edits, [0, 1]);
}

#[test]
fn only_what_is_sure_is_mended() {
    for (text, mend) in [
        ("{name: a, os_type: Linux}", Some("osType")),
        ("{name: a, osTyp: Linux}", Some("osType")),
        ("{name: a, SOURCE: {disk: b}}", Some("source")),
        ("{name: a, suorce: {disk: b}}", Some("source")),
        ("{name: a, saurze: {disk: b}}", None),
        ("{nme: a}", None),
        ("{name: a, os-disk-type: b}", None),
        ("{name: a, osType: LINUX}", Some("Linux")),
        ("{name: a, osType: Linus}", None),
        ("{name: a, enabled: 'Yes'}", Some("true")),
        ("{name: a, count: 1_0}", Some("10")),
        ("{name: a, count: 010}", None),
    ] {
        let (_, found) = decoded(text);
        let mends: Vec<&str> =
            found.iter().flat_map(|(it, _)| &it.edits).map(|edit| edit.replacement.as_str()).collect();
        assert_eq!(mends, mend.into_iter().collect::<Vec<_>>(), "{text}");
    }
}
