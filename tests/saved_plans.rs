//! A saved plan is carried out as it was agreed to, or not at all.

use std::os::unix::fs::PermissionsExt as _;

use poolwright::model::digest::digest;
use poolwright::plan::fingerprint::{fingerprint, moved};
use poolwright::plan::{Goal, Options};

use crate::plan_cases::{disturbed, planned, render};
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

/// Whoever ran the same command again would be told that the plan is not what would be done now.
#[test]
fn a_saved_plan_that_was_not_completed_says_how_to_go_on() {
    let workplace = saved();
    let said = workplace.poolwright(&["apply", "--timeout", "1m", "saved.plan"]);
    assert_eq!(said.code, Some(5), "{said:#?}");
    assert!(said.stderr.ends_with("Make the plan again: it goes on from what is there.\n"), "{said:#?}");
    assert_eq!(workplace.poolwright(&APPLY).code, Some(4));
    assert_eq!(workplace.poolwright(&SAVE).code, Some(0));
    assert_eq!(workplace.poolwright(&APPLY).code, Some(0));
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
    let said = workplace.poolwright(&["apply", "saved.plan", "specs"]);
    assert!(said.code == Some(1) && said.stderr.contains("stands beside other paths"), "{said:#?}");
}

#[test]
fn what_another_version_has_made_is_refused() {
    let workplace = saved();
    let text = workplace.read("saved.plan");
    let (_, body) = text.split_once('\n').expect("a first line");
    let own = format!("\"madeBy\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let older = body.replacen(&own, "\"madeBy\": \"0.0.1\"", 1);
    let unknown = body.replacen(&own, &format!("{own}, \"new\": 1"), 1);
    assert!(older != body && unknown != body, "{body}");
    for (version, body, words) in [
        ("1", older.as_str(), "saved.plan was made by poolwright 0.0.1, and this is"),
        ("2", body, "saved.plan has the form of another version of poolwright"),
        ("1", &unknown, "saved.plan is damaged"),
    ] {
        workplace.write("saved.plan", &format!("poolwright saved plan {version} {}\n{body}", digest(body)));
        for command in [&APPLY[..], &["show", "saved.plan"]] {
            let said = workplace.poolwright(command);
            assert!(said.code == Some(4) && said.stderr.contains(words), "{said:#?}");
        }
    }
}

#[test]
fn nothing_that_is_no_saved_plan_is_written_over() {
    let workplace = saved();
    let spec = workplace.read("specs/quickstart.yaml");
    let plan =
        |out: &str| workplace.poolwright(&["plan", "--emulator", "--out", out, "specs/quickstart.yaml"]);
    let said = plan("specs/quickstart.yaml");
    assert!(said.code == Some(1) && said.stderr.contains("and is no saved plan"), "{said:#?}");
    assert_eq!(workplace.read("specs/quickstart.yaml"), spec);
    let said = plan("/dev/null");
    assert!(said.code == Some(1) && said.stderr.contains("/dev/null is there already"), "{said:#?}");
    // What `mktemp` makes is empty.
    workplace.write("empty", "");
    assert_eq!(plan("empty").code, Some(0));
}

/// What the environment says is no part of the files.
#[test]
fn a_plan_for_another_subscription_is_refused() {
    let workplace = Workplace::with_specs();
    let (one, two) = ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002");
    let spec = workplace.read("specs/quickstart.yaml");
    workplace.write(
        "asked.yaml",
        &spec.replace(&format!("subscription: {one}"), "subscription: \"${env:SUBSCRIPTION}\""),
    );
    let run = |subscription: &str, command: &str| {
        workplace.sh(&format!("SUBSCRIPTION={subscription} {PROGRAM} {command}"))
    };
    let said = run(one, "plan --emulator --out saved.plan asked.yaml");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let said = run(two, "apply saved.plan");
    let words = format!("the plan was made for the subscription {one}, and this is for {two}");
    assert!(said.code == Some(4) && said.stderr.contains(&words), "{said:#?}");
}

/// What has the same action and does something else is told by the properties that have moved.
#[test]
fn a_property_that_has_moved_is_named() {
    let workplace = Workplace::with_specs();
    let apply = |spec: &str| workplace.poolwright(&["apply", "--emulator", "--yes", spec]);
    assert_eq!(apply("specs/quickstart.yaml").code, Some(0));
    let replicas = |count: u32| {
        let spec = workplace.read("specs/quickstart.yaml");
        spec.replace("regionalReplicaCount: 1", &format!("regionalReplicaCount: {count}"))
    };
    workplace.write("mine.yaml", &replicas(3));
    workplace.write("theirs.yaml", &replicas(2));
    let said = workplace.poolwright(&["plan", "--emulator", "--out", "saved.plan", "mine.yaml"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(apply("theirs.yaml").code, Some(0));
    let said = workplace.poolwright(&APPLY);
    let words = "image-version/quickstartGallery/ubuntu/1.0.0: `update` is not what it was: ";
    assert!(said.code == Some(4) && said.stderr.contains(words), "{said:#?}");
    assert!(said.stderr.contains("`targetRegions[eastus].regionalReplicaCount`"), "{said:#?}");
    assert!(!said.stderr.contains("pool/main/quickstart"), "what has not moved is not named: {said:#?}");
}

/// A pool that goes has tasks to lose: whoever has given it another size meanwhile counts on it.
#[test]
fn what_is_deleted_must_be_as_it_was_seen() {
    let workplace = Workplace::with_specs();
    let apply = |spec: &str| workplace.poolwright(&["apply", "--emulator", "--yes", spec]).code;
    let spec = workplace.read("specs/quickstart.yaml");
    let (without, _) = spec.split_once("\npools:").expect("a pool");
    workplace.write("mine.yaml", without);
    workplace.write("theirs.yaml", &spec.replace("targetDedicatedNodes: 2", "targetDedicatedNodes: 3"));
    assert_eq!(apply("specs/quickstart.yaml"), Some(0));
    let said = workplace.poolwright(&["plan", "--emulator", "--out", "saved.plan", "mine.yaml"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(apply("theirs.yaml"), Some(0));
    let said = workplace.poolwright(&APPLY);
    let words =
        "pool/main/quickstart: `delete` is not what it was: `scaleSettings.fixedScale.targetDedicatedNodes`";
    assert!(said.code == Some(4) && said.stderr.contains(words), "{said:#?}");
}

/// What moves by itself is no difference; what planning decides by is.
#[test]
fn counts_and_moments_may_move_and_what_is_compared_may_not() {
    let done = |disturb: &dyn Fn(&mut serde_json::Value)| {
        let (asked, plan) =
            disturbed("update-command-line", &|bodies| disturb(&mut render(bodies)["properties"]));
        fingerprint(&plan, &asked.graph)
    };
    let before = done(&|_| {});
    let later = done(&|pool| {
        pool["allocationState"] = "Resizing".into();
        pool["currentDedicatedNodes"] = 1.into();
        pool["lastModified"] = "2031-01-01T00:00:00Z".into();
        pool["allocationStateTransitionTime"] = "2031-01-01T00:00:00Z".into();
        pool["resizeOperationStatus"]["startTime"] = "2031-01-01T00:00:00Z".into();
    });
    assert_eq!(moved(&before, &later), Vec::<String>::new());
    let other = done(&|pool| pool["startTask"]["commandLine"] = "true".into());
    let said = moved(&before, &other).join("\n");
    assert!(said.contains("pool/main/render") && said.contains("`startTask.commandLine`"), "{said}");
}

/// What is agreed to today and carried out tomorrow is written with tomorrow's day.
#[test]
fn the_day_on_which_a_version_is_retired_may_move_and_what_is_due_may_not() {
    let done = |case: &str, day: &str| {
        let (asked, plan) = planned(case, Options::new(Goal::Apply).on(day), &|_| {});
        fingerprint(&plan, &asked.graph)
    };
    let retiring = |day: &str| done("retention-excludes-the-oldest", day);
    assert_eq!(moved(&retiring("2026-11-26"), &retiring("2026-11-27")), Vec::<String>::new());
    let due = |day: &str| done("retention-deletes-what-was-excluded", day);
    let said = moved(&due("2026-01-02"), &due("2026-11-26")).join("\n");
    assert!(said.contains("is `delete` now"), "{said}");
}

/// What was read to its end is not there when the plan is carried out.
#[test]
fn variables_from_a_pipe_make_no_saved_plan() {
    let workplace = Workplace::with_specs();
    let said = workplace.sh(&format!(
        "echo a=b | {PROGRAM} plan --emulator --var-file /dev/stdin --out saved.plan specs/quickstart.yaml"
    ));
    let words = "/dev/stdin cannot be read again when the plan is carried out";
    assert!(said.code == Some(1) && said.stderr.contains(words), "{said:#?}");
    assert!(!workplace.path("saved.plan").exists());
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
    // No file may grow beyond 16 KiB: as on a full disk. The emulator's state is smaller, and the plan is not.
    workplace.write("many.yaml", &crate::scope::galleries(100));
    let said = workplace
        .sh(&format!("trap '' XFSZ; ulimit -f 32; '{PROGRAM}' plan --emulator --out saved.plan many.yaml"));
    assert!(said.code == Some(1) && said.stderr.contains("cannot write saved.plan"), "{said:#?}");
    assert_eq!(workplace.names(), [".poolwright", "many.yaml", "specs"]);
}

#[test]
fn a_secret_that_stands_in_the_file_is_refused_with_its_place() {
    let workplace = Workplace::with_specs();
    let spec = workplace.read("specs/quickstart.yaml");
    let users = "    userAccounts: [{ name: me, password: hunter2 }]\n    nodeAgentSkuId:";
    workplace.write("secret.yaml", &spec.replace("    nodeAgentSkuId:", users));
    let said = workplace.poolwright(&["plan", "--emulator", "--out", "saved.plan", "secret.yaml"]);
    assert!(said.code == Some(3) && said.stderr.contains("spec/secret-not-from-environment"), "{said:#?}");
    assert!(said.stderr.contains("secret.yaml:") && !workplace.path("saved.plan").exists(), "{said:#?}");
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
