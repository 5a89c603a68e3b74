//! The program itself: killed for real, over real sockets, with its state on a real disk.

use serde_json::{Value, json};

use crate::support::{PROGRAM, Workplace};

const APPLY: [&str; 4] = ["apply", "--emulator", "--yes", "specs/quickstart.yaml"];

#[test]
fn a_process_that_was_killed_is_carried_on() {
    for words in
        ["quickstartGallery create", "ready in eastus: 2", "started      pool/main/quickstart allocated"]
    {
        let workplace = Workplace::with_specs();
        workplace.kill_at(words, &APPLY);
        let said = workplace.poolwright(&APPLY);
        assert_eq!(said.code, Some(0), "killed at {words:?}: {said:#?}");
        let again = workplace.poolwright(&APPLY);
        assert_eq!(again.code, Some(0), "{again:#?}");
        assert!(again.stdout.starts_with("Nothing to do"), "{again:#?}");
    }
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let workplace = Workplace::with_specs();
    let plan = ["plan", "--emulator", "specs/quickstart.yaml", "--detailed-exitcode"];
    assert_eq!(workplace.poolwright(&plan).code, Some(2), "changes are pending");
    let unasked = workplace.poolwright(&["apply", "--emulator", "specs/quickstart.yaml"]);
    assert_eq!(unasked.code, Some(4), "{unasked:#?}");
    assert_eq!(workplace.poolwright(&["plan"]).code, Some(1), "wrong usage is not clap's 2");
    assert_eq!(workplace.poolwright(&["validate", "nowhere.yaml"]).code, Some(3));
    let late =
        workplace.poolwright(&["apply", "--emulator", "--yes", "--timeout", "1m", "specs/quickstart.yaml"]);
    assert_eq!(late.code, Some(5), "{late:#?}");
    assert_eq!(workplace.poolwright(&APPLY).code, Some(0));
    assert_eq!(workplace.poolwright(&plan).code, Some(0), "nothing is pending");
}

#[test]
fn strictness_takes_warnings_for_errors() {
    let workplace = Workplace::with_specs();
    let spec =
        "sed 's/targetDedicatedNodes: 2/targetDedicatedNodes: 400/' specs/quickstart.yaml > large.yaml";
    assert_eq!(workplace.sh(spec).code, Some(0));
    let said = workplace.poolwright(&["validate", "large.yaml"]);
    assert!(
        said.code == Some(0) && said.stdout.contains("warning[image-version/too-few-replicas]"),
        "{said:#?}"
    );
    let strictly = workplace.poolwright(&["validate", "--strict", "large.yaml"]);
    assert!(
        strictly.code == Some(3) && strictly.stdout.contains("error[image-version/too-few-replicas]"),
        "{strictly:#?}"
    );
    let explained = workplace.poolwright(&["explain", "image-version/too-few-replicas"]);
    assert!(explained.code == Some(0) && explained.stdout.contains("300 nodes"), "{explained:#?}");
}

#[test]
fn status_tells_what_is_there_before_and_after() {
    let workplace = Workplace::with_specs();
    let status = ["status", "--emulator", "specs/quickstart.yaml"];
    let before = workplace.poolwright(&status);
    assert!(before.code == Some(0) && before.stdout.contains("create: it does not exist"), "{before:#?}");
    assert_eq!(workplace.poolwright(&APPLY).code, Some(0));
    let after = workplace.poolwright(&status);
    assert_eq!(after.code, Some(0), "{after:#?}");
    assert!(after.stdout.contains("2 of 2  2 idle"), "{after:#?}");
    assert!(after.stdout.ends_with("4 resources are as written and ready.\n"), "{after:#?}");
    let json = [&status[..], &["--format", "json"]].concat();
    let once = workplace.poolwright(&json);
    let document: Value = serde_json::from_str(&once.stdout).expect("it is JSON");
    assert_eq!(document["pools"][0]["nodes"]["dedicated"]["idle"], 2);
    assert_eq!(workplace.poolwright(&json).stdout, once.stdout, "the same input gives the same bytes");
    let narrow = workplace.sh(&format!("COLUMNS=60 {PROGRAM} status --emulator specs/quickstart.yaml"));
    assert!(narrow.stdout.contains("    BY STATE    2 idle\n"), "{narrow:#?}");
    assert!(narrow.stdout.lines().all(|line| line.chars().count() <= 60), "{narrow:#?}");
}

#[test]
fn status_that_is_watched_prints_what_changes_until_it_is_interrupted() {
    let workplace = Workplace::with_specs();
    let watch = format!(
        "{PROGRAM} status --emulator --watch=1 --format json specs/quickstart.yaml > seen & watcher=$!
         until [ -s seen ]; do sleep 0.1; done
         {PROGRAM} apply --emulator --yes specs/quickstart.yaml > applied
         until tail -n 1 seen | grep -q '\"idle\":2'; do sleep 0.1; done
         sleep 3
         kill -INT $watcher
         wait $watcher"
    );
    let said = workplace.sh(&watch);
    assert_eq!(said.code, Some(130), "{said:#?}");
    let seen = workplace.read("seen");
    let lines: Vec<&str> = seen.lines().collect();
    for pair in lines.windows(2) {
        assert_ne!(pair[0], pair[1], "nothing has changed");
    }
    let first: Value = serde_json::from_str(lines[0]).expect("each line is a document");
    assert_eq!(first["pools"][0]["presence"], "absent");
}

#[test]
fn status_of_what_could_not_be_read_is_a_failure() {
    let workplace = Workplace::with_specs();
    let forbidden = json!({"faults": [{
        "on": {"path": "*/batchAccounts/mybatch/pools", "method": "GET"},
        "times": "always",
        "do": {"answer": {"status": 403}},
    }]});
    workplace.write("faults.json", &forbidden.to_string());
    let said = workplace.sh(&format!(
        "{PROGRAM} emulator --faults faults.json > line & served=$!
         until [ -s line ]; do sleep 0.1; done
         code=0; {PROGRAM} status --emulator specs/quickstart.yaml || code=$?
         kill $served; exit $code"
    ));
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(
        said.stdout.contains("main/quickstart  → quickstartGallery/ubuntu/1.0.0  not known"),
        "{said:#?}"
    );
    assert!(said.stdout.contains("Could not be read\n    pool/main/quickstart: "), "{said:#?}");
    assert!(said.stderr.contains("2 things could not be read"), "{said:#?}");
}
