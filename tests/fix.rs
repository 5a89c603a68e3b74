//! `validate --fix` on real files: what is sure is mended, all else stays as it was, and a file is never half written.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use serde_json::Value;

use crate::support::Workplace;

/// What is wrong, and what is made of it: a line each. The rest of the file is the quickstart's.
const MENDS: [(&str, &str); 5] = [
    ("kind: stack", "kind: Stack"),
    ("osType: linux # why", "osType: Linux # why"),
    ("    vm_size:   Standard_D2s_v5", "    vmSize:   Standard_D2s_v5"),
    ("    taskSchedulingPolcy: { NodeFillType: pack }", "    taskSchedulingPolicy: { nodeFillType: Pack }"),
    ("targetDedicatedNodes: 2_000, resizeTimeout: PT15M", "targetDedicatedNodes: 2000, resizeTimeout: auto"),
];

/// The quickstart with mistakes, and mended: with comments, and with line endings of Windows.
fn spoilt_and_mended(workplace: &Workplace) -> (String, String) {
    let mut spoilt = workplace.read("specs/quickstart.yaml");
    for (from, to) in [
        ("kind: Stack", MENDS[0].0),
        ("osType: Linux", MENDS[1].0),
        ("    vmSize: Standard_D2s_v5", &format!("{}\n{}", MENDS[2].0, MENDS[3].0)),
        ("targetDedicatedNodes: 2", MENDS[4].0),
        ("regionalReplicaCount: 1", "regionalReplicaCount: auto"),
    ] {
        assert!(spoilt.contains(from), "the quickstart has no {from:?}");
        spoilt = spoilt.replacen(from, to, 1);
    }
    let spoilt = spoilt.replace('\n', "\r\n");
    let mended = MENDS.iter().fold(spoilt.clone(), |text, (from, to)| text.replacen(from, to, 1));
    (spoilt, mended)
}

#[test]
fn what_is_sure_is_mended_and_all_else_stays() {
    let workplace = Workplace::with_specs();
    let (spoilt, mended) = spoilt_and_mended(&workplace);
    workplace.write("real.yaml", &spoilt);
    let real = workplace.path("real.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o604)).expect("permissions can be set");
    symlink("real.yaml", workplace.path("link.yaml")).expect("a link can be made");

    let said = workplace.poolwright(&["validate", "--fix", "link.yaml"]);
    assert_eq!(workplace.read("real.yaml"), mended, "{said:#?}");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stderr.starts_with("mended 8 places in 1 file\nvalid: "), "{said:#?}");
    let metadata = std::fs::metadata(&real).expect("the file is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o604);
    assert!(workplace.path("link.yaml").is_symlink());

    for format in ["human", "json", "github", "sarif"] {
        let again = workplace.poolwright(&["validate", "--fix", "--format", format, "real.yaml"]);
        assert!(again.code == Some(0) && again.stderr.starts_with("nothing to mend\nvalid: "), "{again:#?}");
    }
    let untouched = std::fs::metadata(&real).expect("the file is there");
    assert_eq!((untouched.ino(), untouched.mtime_nsec()), (metadata.ino(), metadata.mtime_nsec()));
    assert_eq!(workplace.names(), ["link.yaml", "real.yaml", "specs"]);
}

#[test]
fn what_is_left_is_reported_in_every_form() {
    let workplace = Workplace::with_specs();
    let (spoilt, mended) = spoilt_and_mended(&workplace);
    let broken = |text: &str| text.replace("account: main", "account: mian");
    for format in ["human", "json", "github", "sarif"] {
        workplace.write("a.yaml", &broken(&spoilt));
        let said = workplace.poolwright(&["validate", "--fix", "--format", format, "a.yaml"]);
        assert_eq!(
            workplace.read("a.yaml"),
            broken(&mended).replace("resizeTimeout: auto", "resizeTimeout: PT15M")
        );
        assert!(
            said.code == Some(3) && said.stderr.starts_with("mended 7 places in 1 file\n1 error"),
            "{said:#?}"
        );
        assert!(said.stdout.contains("spec/unknown-reference"), "{said:#?}");
        if matches!(format, "json" | "sarif") {
            serde_json::from_str::<Value>(&said.stdout).expect("stdout is one document");
        }
    }
}

#[test]
fn a_mend_that_would_bring_an_error_is_left_out() {
    let workplace = Workplace::with_specs();
    // `auto` replicas need to know how many nodes the second pool can have.
    let spec = workplace
        .read("specs/quickstart.yaml")
        .replace("targetDedicatedNodes: 2", "targetDedicatedNodes: 400");
    let pool = "  - id: more\n    account: main\n    vmSize: Standard_D2s_v5\n    image: ubuntu@1.0.0\n    \
        nodeAgentSkuId: batch.node.ubuntu 24.04\n    scaleSettings: { autoScale: { formula: $TargetDedicatedNodes = time().hour; } }\n";
    workplace.write("a.yaml", &(spec.clone() + pool));
    let said = workplace.poolwright(&["validate", "--fix", "a.yaml"]);
    assert!(
        said.stderr.starts_with("nothing to mend\nleft out 1 mend that would bring other errors\n"),
        "{said:#?}"
    );
    assert_eq!((said.code, workplace.read("a.yaml")), (Some(0), spec + pool));
}

#[test]
fn a_file_that_cannot_be_written_stays_whole_and_is_named() {
    let workplace = Workplace::with_specs();
    let (spoilt, _) = spoilt_and_mended(&workplace);
    workplace.write("a.yaml", &spoilt);
    let is_whole = |said: &crate::support::Said| {
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(said.stderr.starts_with("error: cannot write a.yaml: "), "{said:#?}");
        assert_eq!(workplace.read("a.yaml"), spoilt);
        assert_eq!(workplace.names(), ["a.yaml", "specs"]);
    };
    // No file may grow: as on a full disk.
    is_whole(
        &workplace
            .sh(&format!("trap '' XFSZ; ulimit -f 0; '{}' validate --fix a.yaml", crate::support::PROGRAM)),
    );
    is_whole(&workplace.in_read_only_folder(&["validate", "--fix", "a.yaml"]));
}
