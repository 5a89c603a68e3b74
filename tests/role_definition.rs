//! The custom role that `access --role-definition` prints: what a stack needs, and nothing else.
//! `POOLWRIGHT_BLESS=1` writes the expected roles in `tests/role_definition/` anew.

use serde_json::Value;

use crate::plan_cases::hold;
use crate::support::{Workplace, repository};

pub(crate) fn printed(spec: &str, options: &[&str]) -> String {
    let workplace = Workplace::with_specs();
    let arguments = [&["access", "--role-definition"], options, &[spec]].concat();
    let said = workplace.poolwright(&arguments);
    assert_eq!(said.code, Some(0), "{said:#?}");
    said.stdout
}

#[test]
fn a_role_holds_what_its_stack_needs() {
    let mut wrong = Vec::new();
    for name in ["access", "cross-subscription", "production"] {
        for (options, what) in [(&[][..], "apply"), (&["--read-only"], "plan")] {
            let text = printed(&format!("specs/{name}.yaml"), options);
            wrong.extend(hold(
                &repository("tests/role_definition").join(format!("{name}.{what}.json")),
                &text,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A tenant has a role's name once, and a stack's name is often that of another in another subscription.
#[test]
fn stacks_of_one_name_have_roles_of_different_names() {
    let name = |subscription: &str| {
        let workplace = Workplace::with_specs();
        let text = workplace.read("specs/quickstart.yaml");
        workplace.write("stack.yaml", &text.replace("00000000-0000-0000-0000-000000000001", subscription));
        let said = workplace.poolwright(&["access", "--role-definition", "stack.yaml"]);
        let role: Value = serde_json::from_str(&said.stdout).expect("JSON");
        role["Name"].as_str().expect("a text").to_owned()
    };
    let one = name("00000000-0000-0000-0000-000000000001");
    assert!(one.starts_with("poolwright quickstart (rg1 in "), "{one}");
    assert_ne!(one, name("00000000-0000-0000-0000-000000000002"));
}

/// A source is asked for what it takes, and no other: a copy of a disk snapshot is no copy of a disk.
#[test]
fn what_is_named_is_what_is_asked_for() {
    let workplace = Workplace::new();
    workplace.write(
        "copy.yaml",
        "apiVersion: poolwright/v1
kind: Stack
name: copy
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
snapshots:
  - name: copy
    source: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/snapshots/s
",
    );
    let said = workplace.poolwright(&["access", "--role-definition", "copy.yaml"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("Microsoft.Compute/snapshots/beginGetAccess/action"), "{said:#?}");
    assert!(!said.stdout.contains("Microsoft.Compute/disks/beginGetAccess/action"), "{said:#?}");
}

#[test]
fn who_only_plans_may_only_read() {
    for name in crate::specs::all().keys() {
        let spec = format!("specs/{name}.yaml");
        let list = |options: &[&str], key: &str| -> Vec<String> {
            let role: Value = serde_json::from_str(&printed(&spec, options)).expect("JSON");
            let list = role[key].as_array().expect("a list").iter();
            list.map(|action| action.as_str().expect("a text").to_owned()).collect()
        };
        for key in ["Actions", "DataActions"] {
            let (plans, applies) = (list(&["--read-only"], key), list(&[], key));
            assert!(plans.iter().all(|action| action.ends_with("/read")), "{name}: {plans:?}");
            assert!(plans.iter().all(|action| applies.contains(action)), "{name}: {applies:?}");
        }
    }
}
