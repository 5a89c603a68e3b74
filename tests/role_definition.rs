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
    for name in ["access", "cross-subscription"] {
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
