//! The program itself: killed for real, over real sockets, with its state on a real disk.

use crate::support::Workplace;

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
