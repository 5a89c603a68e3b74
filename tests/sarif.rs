//! What `validate --format sarif` prints, held to the schema that OASIS publishes and to what code scanning demands.

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::support::{Workplace, repository};

/// What GitHub shows of a description.
const LONGEST_DESCRIPTION: usize = 1_024;

/// The schema, read once.
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let text = std::fs::read_to_string(repository("tests/sarif/sarif-schema-2.1.0.json"));
    // Strict readers of patterns want a bracket that closes nothing escaped; it means the same.
    let text = text.expect("the schema is there").replace("{2}]?$", "{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    let options = jsonschema::options().with_draft(Draft::Draft7).should_validate_formats(true);
    options.build(&schema).expect("it is a schema")
});

/// The document of a run on these files, which must be valid.
fn sarif(workplace: &Workplace, paths: &[&str]) -> Value {
    let said = workplace.poolwright(&[&["validate", "--format", "sarif"], paths].concat());
    let document: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    let errors: Vec<String> =
        VALIDATOR.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new(), "{paths:?}");
    document
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let run = |result: Value| {
        let driver = json!({ "name": "poolwright" });
        json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": driver }, "results": [result] }] })
    };
    let at = |uri: &str, line: u32| {
        let region = json!({ "startLine": line });
        let place = json!({ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": region } });
        run(json!({ "message": { "text": "m" }, "locations": [place] }))
    };
    assert!(VALIDATOR.is_valid(&at("a.yaml", 1)));
    for wrong in [
        run(json!({})),
        run(json!({ "message": { "text": "m" }, "level": "notice" })),
        at("a.yaml", 0),
        at("a b.yaml", 1),
    ] {
        assert!(!VALIDATOR.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn results_are_told_as_code_scanning_wants_them() {
    let workplace = Workplace::new();
    for entry in std::fs::read_dir(repository("tests/diag")).expect("the documents are there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        workplace.write(&name, &std::fs::read_to_string(entry.path()).expect("it is readable"));
        let document = sarif(&workplace, &[&name]);
        let run = &document["runs"][0];
        for result in run["results"].as_array().expect("a list") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
            let rule = &run["tool"]["driver"]["rules"][index];
            assert_eq!(rule["id"], result["ruleId"]);
            for key in ["shortDescription", "fullDescription", "help"] {
                assert!(rule[key]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
            }
            assert_eq!(result["locations"].as_array().map(Vec::len), Some(1), "{result}");
        }
    }
    // Some rules look at the calendar: that their words are short enough is held without a run.
    for rule in poolwright::lint::rules::ALL {
        let length = rule.checks.chars().count() + 1 + rule.why.chars().count();
        assert!(length <= LONGEST_DESCRIPTION, "{} has {length} characters to say", rule.code);
    }
}

#[test]
fn odd_names_and_texts_give_valid_places() {
    let workplace = Workplace::new();
    let name = "größe #1 100%?.yaml";
    workplace.write(
        name,
        "\u{feff}apiVersion: poolwright/v1\r\nkind: Stack\r\nname: größe\r\nvars: {ü: [🦀]}\r\n",
    );
    workplace.write("line.yaml", "{apiVersion: poolwright/v1, kind: Stack, tags: {größe: no, a: [1,\n  2]}}");
    workplace.write("empty.yaml", "");
    workplace.write("no-yaml.yaml", "a: [\n");
    for paths in
        [vec![name], vec!["./line.yaml"], vec!["empty.yaml"], vec!["no-yaml.yaml"], vec!["nowhere.yaml", "."]]
    {
        let document = sarif(&workplace, &paths);
        let run = &document["runs"][0];
        let told = run["results"].as_array().map_or(0, Vec::len);
        assert!(told > 0, "{document:#}");
        assert_eq!(run["invocations"][0]["executionSuccessful"], json!(paths.len() == 1));
        if paths == [name] {
            let place = &run["results"][0]["locations"][0]["physicalLocation"];
            assert_eq!(place["artifactLocation"]["uri"], "gr%C3%B6%C3%9Fe%20%231%20100%25%3F.yaml");
        }
    }
    let spec = Workplace::with_specs();
    assert_eq!(sarif(&spec, &["specs/quickstart.yaml"])["runs"][0]["results"], json!([]));
}

#[test]
fn a_secret_in_a_file_is_in_no_form_of_the_report() {
    let workplace = Workplace::with_specs();
    let account =
        "    account: main\n    userAccounts: [{ name: a, password: hunter2, elevationLevel: Root }]";
    let spec = workplace.read("specs/quickstart.yaml").replace("    account: main", account);
    workplace.write("a.yaml", &spec);
    for format in ["human", "json", "github", "sarif"] {
        let said = workplace.poolwright(&["validate", "--fix", "--format", format, "a.yaml"]);
        assert!(said.stdout.contains("spec/secret-not-from-environment"), "{said:#?}");
        assert!(!said.stdout.contains("hunter2") && !said.stderr.contains("hunter2"), "{said:#?}");
    }
}
