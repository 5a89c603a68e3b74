//! `diff` on files and on a real repository of git: what it prints, what it never prints, and how it ends.
//!
//! Each folder of `tests/diff/` holds `old.yaml`, `new.yaml`, and what comes out for people, as Markdown and as JSON.

use crate::plan_cases::{folders, hold, read};
use crate::support::{Workplace, repository};

#[test]
fn every_case_differs_as_written() {
    let cases = folders(&repository("tests/diff"));
    assert!(cases.len() >= 9, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let workplace = Workplace::new();
        for side in ["old.yaml", "new.yaml"] {
            std::fs::write(workplace.path(side), read(&case.join(side)))
                .expect("the folder can be written to");
        }
        for (format, file) in [("human", "diff.txt"), ("markdown", "diff.md"), ("json", "diff.json")] {
            let said = workplace.sh(&format!(
                "COLUMNS=60 {} diff --format {format} old.yaml new.yaml",
                crate::support::PROGRAM
            ));
            assert_eq!(said.code, Some(0), "{}\n{}", case.display(), said.stderr);
            wrong.extend(hold(&case.join(file), &said.stdout));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_revision_is_read_and_what_is_not_there_is_said() {
    let workplace = Workplace::with_specs();
    let set_up = "git init -q . && git add specs && ln -s /etc/passwd specs/link.yaml && git add specs && \
                  git -c user.name=t -c user.email=t@example.com commit -qm one && rm specs/link.yaml";
    let said = workplace.sh(set_up);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let diff = |old: &str, new: &str| workplace.poolwright(&["diff", "--detailed-exitcode", old, new]);
    let spec = "specs/quickstart.yaml";
    let same = diff("git:HEAD:specs/quickstart.yaml", spec);
    assert_eq!((same.code, same.stdout.starts_with("Nothing differs")), (Some(0), true), "{same:?}");
    let text = read(&workplace.path(spec));
    std::fs::write(workplace.path(spec), text.replace("2s_v", "4s_v")).expect("the folder can be written to");
    let said = diff("git:HEAD:specs/quickstart.yaml", spec);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stdout.contains("vmSize"), "{said:?}");
    // The folder holds several stacks, and no link.
    let folder = diff("git:HEAD:specs", spec);
    assert_eq!(folder.code, Some(3), "{folder:?}");
    assert!(folder.stderr.contains("git:HEAD:specs/production.yaml") && !folder.stderr.contains("link.yaml"));
    for (wrong, why) in [
        ("git:nowhere:specs", "knows no revision"),
        ("git:HEAD:nothing.yaml", "holds no"),
        ("git:HEAD:specs/link.yaml", "is a symbolic link"),
        ("git:--help:specs", "is not git:REV:PATH"),
        ("nothing.yaml", "is not there"),
    ] {
        let said = diff(wrong, spec);
        assert_eq!((said.code, said.stderr.contains(why)), (Some(1), true), "{wrong}: {said:?}");
    }
}

#[test]
fn no_value_of_the_environment_is_needed_or_shown() {
    let workplace = Workplace::with_specs();
    let program = crate::support::PROGRAM;
    let prepare = "sed 's/subscription: .*/subscription: ${env:SUB}/; s/^name: .*/name: ${env:NAME}/' \
                   specs/quickstart.yaml > old.yaml; sed 's/env:NAME/env:OTHER/' old.yaml > new.yaml";
    assert_eq!(workplace.sh(prepare).code, Some(0));
    let same = workplace.sh(&format!("{program} diff old.yaml old.yaml"));
    assert_eq!((same.code, same.stdout.starts_with("Nothing differs")), (Some(0), true), "{same:?}");
    let said = workplace.sh(&format!("SUB=canary NAME=canary OTHER=canary {program} diff old.yaml new.yaml"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.stdout.contains("canary") && said.stdout.contains("mark"), "{said:?}");
}
