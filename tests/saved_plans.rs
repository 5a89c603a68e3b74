//! A saved plan is carried out as it was agreed to, or not at all.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{PROGRAM, Workplace};

const SAVE: [&str; 5] = ["plan", "--emulator", "--out", "saved.plan", "specs/quickstart.yaml"];
const APPLY: [&str; 2] = ["apply", "saved.plan"];

/// A new emulator with a plan for the quickstart in `saved.plan`.
fn saved() -> Workplace {
    let workplace = Workplace::with_specs();
    let said = workplace.poolwright(&SAVE);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stderr.contains("`poolwright apply saved.plan` carries it out"), "{said:#?}");
    workplace
}

#[test]
fn a_saved_plan_is_shown_and_carried_out() {
    let workplace = saved();
    let planned = workplace.poolwright(&["plan", "--emulator", "specs/quickstart.yaml"]);
    let shown = workplace.poolwright(&["show", "saved.plan"]);
    assert_eq!((shown.code, &shown.stdout), (Some(0), &planned.stdout));
    let json = workplace.poolwright(&["show", "--format", "json", "saved.plan"]);
    assert!(json.code == Some(0) && json.stdout.contains("\"formatVersion\": \"1\""), "{json:#?}");
    let mode = std::fs::metadata(workplace.path("saved.plan")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The same plan twice is the same file.
    let before = std::fs::read(workplace.path("saved.plan")).expect("it is there");
    assert_eq!(workplace.poolwright(&SAVE).code, Some(0));
    assert_eq!(std::fs::read(workplace.path("saved.plan")).expect("it is there"), before);
    let said = workplace.poolwright(&APPLY);
    assert_eq!(said.code, Some(0), "{said:#?}");
    // It was made for what is no more.
    let again = workplace.poolwright(&APPLY);
    assert!(
        again.code == Some(4) && again.stderr.contains("it was `create`, and is `nothing to write` now"),
        "{again:#?}"
    );
}

#[test]
fn files_and_resources_that_have_moved_are_told() {
    let workplace = saved();
    assert_eq!(workplace.sh("echo '# a comment' >> specs/quickstart.yaml").code, Some(0));
    let said = workplace.poolwright(&APPLY);
    assert!(
        said.code == Some(4)
            && said.stderr.contains("changed since the plan was made: specs/quickstart.yaml"),
        "{said:#?}"
    );
    assert_eq!(workplace.poolwright(&SAVE).code, Some(0));
    // Somebody else makes the gallery meanwhile.
    let other =
        "sed 's/^name: quickstart/name: other/' specs/quickstart.yaml | sed '/^pools:/,$d' > other.yaml";
    assert_eq!(workplace.sh(other).code, Some(0));
    assert_eq!(workplace.poolwright(&["apply", "--emulator", "--yes", "other.yaml"]).code, Some(0));
    let said = workplace.poolwright(&APPLY);
    assert!(
        said.code == Some(4) && said.stderr.contains("gallery/quickstartGallery: it was `create`"),
        "{said:#?}"
    );
    assert!(said.stderr.contains("nothing was written"), "{said:#?}");
}

#[test]
fn a_flipped_byte_anywhere_refuses_it() {
    let workplace = saved();
    let path = workplace.path("saved.plan");
    let whole = std::fs::read(&path).expect("it is there");
    for at in [22, 24, 40, 100, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, &damaged).expect("it can be written");
        for command in [&APPLY[..], &["show", "saved.plan"]] {
            let said = workplace.poolwright(command);
            assert!(said.code == Some(4) || said.code == Some(1), "{at}: {said:#?}");
            assert!(said.stderr.contains("make the plan again"), "{at}: {said:#?}");
        }
    }
    std::fs::write(&path, &whole[..whole.len() - 10]).expect("it can be written");
    assert_eq!(workplace.poolwright(&APPLY).code, Some(4), "one that breaks off");
}

#[test]
fn what_contradicts_a_saved_plan_is_refused() {
    let workplace = saved();
    for flag in [
        &["--strict"][..],
        &["--allow-replace"],
        &["--var", "a=b"],
        &["--emulator=other"],
        &["--cloud", "AzureCloud"],
    ] {
        let said = workplace.poolwright(&[&APPLY[..], flag].concat());
        assert!(matches!(said.code, Some(1 | 4)) && said.stderr.contains("plan"), "{flag:?}: {said:#?}");
    }
    let said = workplace.poolwright(&["show", "specs/quickstart.yaml"]);
    assert!(said.code == Some(1) && said.stderr.contains("is no saved plan"), "{said:#?}");
    let other = "sed -i '0,/\"madeBy\": \"[^\"]*\"/s//\"madeBy\": \"0.0.1\"/' saved.plan";
    assert_eq!(workplace.sh(other).code, Some(0));
    assert_eq!(workplace.poolwright(&APPLY).code, Some(4), "a digest that is not its own");
}

#[test]
fn a_plan_that_cannot_be_written_leaves_nothing() {
    let workplace = Workplace::with_specs();
    let said =
        workplace.poolwright(&["plan", "--emulator", "--out", "nowhere/saved.plan", "specs/quickstart.yaml"]);
    assert!(said.code == Some(1) && said.stderr.contains("cannot write nowhere/saved.plan"), "{said:#?}");
    assert_eq!(
        workplace.sh("ls -A | grep -v -e specs -e '^.poolwright$'").stdout,
        "",
        "nothing half written is left"
    );
}

/// Secrets come from the environment, and neither they nor anything made of them is in the file.
#[test]
fn no_secret_is_in_a_saved_plan() {
    let workplace = Workplace::with_specs();
    let secret = "sed 's/^    nodeAgentSkuId:/    userAccounts: [{ name: me, password: \"${env:SECRET}\" }]\\n    nodeAgentSkuId:/' specs/quickstart.yaml > secret.yaml";
    assert_eq!(workplace.sh(secret).code, Some(0));
    let save = |value: &str| {
        let said =
            workplace.sh(&format!("SECRET={value} {PROGRAM} plan --emulator --out saved.plan secret.yaml"));
        assert_eq!(said.code, Some(0), "{said:#?}");
        std::fs::read_to_string(workplace.path("saved.plan")).expect("it is there")
    };
    let one = save("canary-of-secrets");
    assert!(!one.contains("canary"), "{one}");
    assert_eq!(one, save("another-one"));
}
