//! How a stack is, as data: each folder of `tests/status/` is called after a case of `tests/plan/` and holds what `status`
//! says of its files and what Azure answers there: `60.txt` and `200.txt` as people see it on so many columns, and
//! `status.json`, the frozen format. `POOLWRIGHT_BLESS=1` writes them anew.

use poolwright::plan::status::status;
use poolwright::plan::{Goal, Options, plan};
use poolwright::render::style::Paint;
use poolwright::render::{status_human, status_json};
use serde_json::Value;

use crate::plan_cases::{folders, hold, read, snapshot};
use crate::rehearsal::{declare_text, graph_of, read_json, repository};

#[test]
fn every_case_is_shown_as_written() {
    let mut wrong = Vec::new();
    let cases = folders(&repository("tests/status"));
    assert!(cases.len() >= 10, "{}", cases.len());
    for case in cases {
        let of_plan = repository("tests/plan").join(case.file_name().expect("a folder has a name"));
        let (stack, files) = declare_text(&read(&of_plan.join("spec.yaml")), &|_| None);
        let graph = graph_of(&stack, &files);
        let snapshot = snapshot(&graph, &read_json(&of_plan.join("live.json")));
        let planned = plan(&graph, &snapshot, Options::new(Goal::Apply));
        let seen = status(&graph, &snapshot, &planned);
        for width in [60, 200] {
            let text = status_human::status(&seen, Paint::plain(), width);
            let too_wide = |line: &&str| line.chars().count() > width && line.trim().contains(' ');
            assert_eq!(text.lines().find(too_wide), None, "{}", case.display());
            wrong.extend(hold(&case.join(format!("{width}.txt")), &text));
        }
        let json = status_json::pretty(&seen).expect("a status can be written as JSON");
        wrong.extend(hold(&case.join("status.json"), &json));
        // A line for a program that watches is the same document.
        let line = status_json::line(&seen).expect("a status can be written as JSON");
        assert_eq!(line.matches('\n').count(), 1, "{}", case.display());
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
        assert_eq!(read(&line), read(&json), "{}", case.display());
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
