//! What `plan` finds before anything is written: the rules over files and Azure together, on the emulator.
//!
//! `tests/preflight/NAME.yaml` is a spec; `NAME.json` says how Azure is. With `turned` the rules find what stands in the
//! comments of the spec, as in `tests/diag`; `otherwise` has the facts turned the other way, and they find nothing. `always`
//! is part of both. Each has `subscriptions`, `resources` and `registrations` as a seed has them, `faults` as a script has them, and
//! `"applied": true` where the spec was applied before. `codes: CODE…` in the first comment of the spec names the rules
//! that the case is about.

use std::collections::BTreeSet;
use std::path::Path;

use poolwright::cli::preflight::{Preflight, preflight};
use poolwright::emulator::fault;
use poolwright::lint::rule::Needs;
use poolwright::lint::rules;
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal, ask_text, repository};
use crate::rules::{agrees, cases};
use crate::support::Workplace;

/// What the rules say with this Azure, and what they could not look at.
async fn looked(asked: &Asked, azure: [&Value; 2]) -> Preflight {
    let all = |key: &str| -> Value {
        azure.iter().filter_map(|part| part.get(key)?.as_array()).flatten().cloned().collect()
    };
    let seed = json!({
        "subscriptions": all("subscriptions"),
        "resources": all("resources"),
        "registrations": all("registrations"),
    });
    let it = Rehearsal::seeded(vec![seed]);
    if azure.iter().any(|part| part.get("applied") == Some(&json!(true))) {
        // The stack stands already; what is asked is what the next run finds.
        let (_, outcome) = it.apply(asked, Goal::Apply).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
    }
    let script = serde_json::to_vec(&json!({ "faults": all("faults") })).expect("it was read from JSON");
    for fault in fault::read_script(&script).expect("the faults are right") {
        it.emulator.add_fault(fault);
    }
    let snapshot = it.observe(&asked.graph).await;
    preflight(&asked.stack, it.rules(), &snapshot, &it.read().await).await
}

fn json_of(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test(start_paused = true)]
async fn facts_turned_each_way_are_told_and_not() {
    let mut shown = BTreeSet::new();
    for (name, text) in cases("tests/preflight") {
        let asked = ask_text(&text);
        let azure = json_of(&repository("tests/preflight").join(name.replace(".yaml", ".json")));
        let turned = looked(&asked, [&azure["always"], &azure["turned"]]).await;
        assert!(turned.not_checked.is_empty(), "{name}: {:#?}", turned.not_checked);
        let turned: Vec<_> = turned.report.iter().cloned().collect();
        let codes = agrees("tests/preflight", &name, &text, &turned);
        let otherwise = looked(&asked, [&azure["always"], &azure["otherwise"]]).await;
        for code in codes {
            let left = otherwise.report.iter().find(|found| found.code.as_str() == code);
            assert!(left.is_none(), "{name}, otherwise: {left:#?}");
            assert!(turned.iter().any(|found| found.code.as_str() == code), "{name} does not show {code}");
            shown.insert(code);
        }
    }
    for rule in rules::ALL.iter().filter(|rule| rule.needs == Needs::Azure) {
        assert!(shown.contains(rule.code.0), "no case in tests/preflight is about {}", rule.code);
    }
}

/// What may not be read is told as not checked, with the rules that wanted to know; it is neither found nor passed.
#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_taken_for_right() {
    let text =
        std::fs::read_to_string(repository("tests/preflight/subscriptions.yaml")).expect("it is there");
    let azure = json_of(&repository("tests/preflight/subscriptions.json"));
    let forbidden = json!({"faults": [{
        "on": {"path": "*/providers/Microsoft.Batch", "method": "GET"},
        "times": "always",
        "do": {"answer": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}}},
    }]});
    let Preflight { report, not_checked } = looked(&ask_text(&text), [&azure["always"], &forbidden]).await;
    assert!(report.iter().all(|found| found.code.as_str() != "pool/batch-not-registered"), "{report:#?}");
    let [gap] = not_checked.as_slice() else { panic!("{not_checked:#?}") };
    assert_eq!(gap.rules.iter().map(|rule| rule.0).collect::<Vec<_>>(), ["pool/batch-not-registered"]);
    assert!(gap.why.contains("AuthorizationFailed"), "{gap:#?}");
    // A rule that is off asks nothing, so it misses nothing.
    let off = text.replace("accounts:", "lint: { pool/batch-not-registered: off }\naccounts:");
    let Preflight { not_checked, .. } = looked(&ask_text(&off), [&azure["always"], &forbidden]).await;
    assert_eq!(not_checked, []);
}

/// An identity that may not be read is neither there nor missing.
#[tokio::test(start_paused = true)]
async fn an_unread_identity_is_told_as_not_checked() {
    let text = std::fs::read_to_string(repository("tests/preflight/identities.yaml")).expect("it is there");
    let azure = json_of(&repository("tests/preflight/identities.json"));
    let forbidden = json!({"faults": [{
        "on": {"path": "*/userAssignedIdentities/nodes", "method": "GET"},
        "times": "always",
        "do": {"answer": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}}},
    }]});
    let Preflight { report, not_checked } = looked(&ask_text(&text), [&azure["always"], &forbidden]).await;
    let missing: Vec<&str> = report.iter().map(|found| found.message.as_str()).collect();
    assert!(
        matches!(missing.as_slice(), [one] if one.starts_with("there is no identity storage ")),
        "{missing:?}"
    );
    let [gap] = not_checked.as_slice() else { panic!("{not_checked:#?}") };
    assert!(gap.what.ends_with("/userAssignedIdentities/nodes"), "{gap:#?}");
    assert_eq!(gap.rules.iter().map(|rule| rule.0).collect::<Vec<_>>(), ["stack/identity-missing"]);
}

/// Nor is a list that may not be read an empty one: what others use of a quota is not known then.
#[tokio::test(start_paused = true)]
async fn an_unread_list_is_not_an_empty_one() {
    let text = std::fs::read_to_string(repository("tests/preflight/quotas.yaml")).expect("it is there");
    let azure = json_of(&repository("tests/preflight/quotas.json"));
    let forbidden = json!({"faults": [{
        "on": {"path": "*/batchAccounts/total/pools", "method": "GET"},
        "times": "always",
        "do": {"answer": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}}},
    }]});
    let Preflight { not_checked, .. } = looked(&ask_text(&text), [&azure["otherwise"], &forbidden]).await;
    let gap = not_checked.iter().find(|gap| gap.what.contains("total"));
    let gap = gap.unwrap_or_else(|| panic!("{not_checked:#?}"));
    let codes: Vec<&str> = gap.rules.iter().map(|rule| rule.0).collect();
    assert!(codes.contains(&"pool/core-quota-exceeded"), "{gap:#?}");
    assert!(codes.contains(&"pool/pool-quota-exceeded"), "{gap:#?}");
}

/// An error that only Azure tells of ends `plan` and `apply` as one in the files does, and nothing is written.
#[test]
fn an_error_before_the_plan_ends_it() {
    let folder = Workplace::new();
    let spec = folder.path("subscriptions.yaml");
    std::fs::copy(repository("tests/preflight/subscriptions.yaml"), &spec).expect("it can be copied");
    let azure = json_of(&repository("tests/preflight/subscriptions.json"));
    std::fs::write(folder.path("subscriptions.seed.json"), azure["always"].to_string())
        .expect("it can be written");
    for arguments in [&["plan"][..], &["apply", "--yes"]] {
        let said = folder.poolwright(&[arguments, &["subscriptions.yaml", "--emulator"]].concat());
        assert_eq!(said.code, Some(3), "{said:?}");
        let fix = "`az provider register -n Microsoft.Batch --subscription";
        assert!(
            said.stdout.contains("error[pool/batch-not-registered]") && said.stdout.contains(fix),
            "{said:?}"
        );
        assert!(said.stdout.contains("+ pool/main/render"), "{said:?}");
        assert!(
            said.stderr.ends_with("error: 1 error stands before the plan; nothing was written\n"),
            "{said:?}"
        );
    }
}

/// A token is of one tenant: what is in another is said plainly, once, and nothing is written.
#[test]
fn a_second_tenant_is_refused_with_the_reason() {
    let folder = Workplace::new();
    std::fs::copy(repository("tests/preflight/tenants.yaml"), folder.path("tenants.yaml"))
        .expect("it can be copied");
    let azure = json_of(&repository("tests/preflight/tenants.json"));
    let seed = json!({
        "subscriptions": azure["turned"]["subscriptions"], "resources": azure["always"]["resources"],
    });
    folder.write("tenants.seed.json", &seed.to_string());
    for arguments in [&["plan"][..], &["apply", "--yes"]] {
        let said = folder.poolwright(&[arguments, &["tenants.yaml", "--emulator"]].concat());
        assert_eq!(said.code, Some(3), "{said:?}");
        let words = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [
            "error[stack/several-tenants]",
            "subscription 00000000-0000-0000-0000-000000000009 belongs to tenant 99999999",
            "az login --tenant 99999999-0000-0000-0000-000000000000",
        ] {
            assert!(words.contains(wanted), "{said:?}");
        }
        assert!(!words.contains("InvalidAuthenticationTokenTenant"), "{said:?}");
        assert!(said.stderr.ends_with("stands before the plan; nothing was written\n"), "{said:?}");
    }
}
