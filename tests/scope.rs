//! What a run may touch and take away: `--target` and `--max-deletes`, as a user gives them.

use std::fmt::Write as _;

use poolwright::model::plan::Loss;

use crate::support::{Said, Workplace};

/// A stack of so many galleries.
pub(crate) fn galleries(count: usize) -> String {
    let mut spec = "apiVersion: poolwright/v1
kind: Stack
name: many
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
galleries:
"
    .to_owned();
    for number in 1..=count {
        let _ = writeln!(spec, "  - {{ name: gallery{number} }}");
    }
    spec
}

/// A place where twenty galleries stand, and the files name fewer.
fn of_twenty(left: usize) -> Workplace {
    let workplace = Workplace::new();
    workplace.write("many.yaml", &galleries(20));
    let said = workplace.poolwright(&["apply", "--emulator", "--yes", "many.yaml"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    workplace.write("many.yaml", &galleries(left));
    workplace
}

fn run(workplace: &Workplace, command: &str) -> Said {
    workplace.poolwright(&command.split(' ').collect::<Vec<_>>())
}

#[test]
fn most_by_default_is_thirty_percent_and_at_least_three() {
    let most = |owned| Loss { deleted: 0, owned }.most_by_default();
    assert_eq!([0, 4, 10, 13, 14, 20, 1000].map(most), [3, 3, 3, 3, 4, 6, 300]);
}

#[test]
fn a_plan_that_takes_too_much_away_is_refused_before_anything_is_written() {
    let workplace = of_twenty(13);
    let words = "the plan deletes 7 of the 20 resources that the stack owns, and at most 6 may go in one run";
    for command in [
        "plan --emulator many.yaml",
        "plan --emulator --out saved.plan many.yaml",
        "apply --emulator --yes many.yaml",
        "apply --emulator --yes --format json many.yaml",
    ] {
        let said = run(&workplace, command);
        assert!(said.code == Some(4) && said.stderr.contains(words), "{command}: {said:#?}");
        assert!(said.stderr.contains("`--max-deletes 7` agrees to it"), "{said:#?}");
        let shown = if command.contains("json") { "\"delete\":7" } else { "gallery/gallery14" };
        assert!(said.stdout.contains(shown), "what would go is shown: {said:#?}");
    }
    assert!(!workplace.path("saved.plan").exists());
    let said = run(&workplace, "plan --emulator --max-deletes 0 --target gallery/gallery20 many.yaml");
    assert!(said.code == Some(4) && said.stderr.contains("deletes 1 of the 20"), "{said:#?}");
    // Six of them are let go.
    workplace.write("many.yaml", &galleries(14));
    assert_eq!(run(&workplace, "apply --emulator --yes many.yaml").code, Some(0));
    // A saved plan holds what was agreed to.
    workplace.write("many.yaml", &galleries(1));
    let said = run(&workplace, "plan --emulator --max-deletes 13 --out saved.plan many.yaml");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let said = run(&workplace, "apply --max-deletes 13 saved.plan");
    assert!(said.code == Some(1) && said.stderr.contains("`--max-deletes`"), "{said:#?}");
    let said = run(&workplace, "apply saved.plan");
    assert_eq!(said.code, Some(0), "{said:#?}");
}

#[test]
fn destroying_has_its_own_consent() {
    let workplace = of_twenty(20);
    let said = run(&workplace, "destroy --emulator --yes many.yaml");
    assert!(said.code == Some(0) && said.stdout.contains("20 to delete"), "{said:#?}");
}

#[test]
fn only_targets_are_touched() {
    let workplace = of_twenty(18);
    let said = run(
        &workplace,
        "apply --emulator --yes --target gallery/gallery19 --target gallery/gallery3 many.yaml",
    );
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("Plan: 1 to delete, 1 unchanged."), "{said:#?}");
    assert!(said.stdout.contains("leaves out what else is not as written: gallery/gallery20"), "{said:#?}");
    // A saved plan is about its targets, and carried out for them.
    let said = run(&workplace, "plan --emulator --target gallery/gallery20 --out saved.plan many.yaml");
    assert_eq!(said.code, Some(0), "{said:#?}");
    workplace.write("more.yaml", &galleries(18).replace("gallery18", "gallery18, description: other"));
    let said = run(&workplace, "apply --emulator --yes --target gallery/gallery18 more.yaml");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let said = run(&workplace, "apply --target gallery/gallery20 saved.plan");
    assert!(said.code == Some(1) && said.stderr.contains("`--target`"), "{said:#?}");
    let said = run(&workplace, "apply saved.plan");
    assert!(said.code == Some(0) && said.stdout.contains("Plan: 1 to delete."), "{said:#?}");
}

#[test]
fn a_target_that_is_nothing_is_told() {
    let workplace = Workplace::new();
    workplace.write("many.yaml", &galleries(1));
    let said = run(&workplace, "plan --emulator --target gallery/galery1 many.yaml");
    assert!(said.code == Some(1) && said.stdout.is_empty(), "{said:#?}");
    assert!(said.stderr.contains("no resource `gallery/galery1`"), "{said:#?}");
    assert!(said.stderr.contains("did you mean `gallery/gallery1`?"), "{said:#?}");
    let said = run(&workplace, "plan --emulator --target gallery1 many.yaml");
    assert!(said.code == Some(1) && said.stderr.contains("an address such as pool/main/render"), "{said:#?}");
}
