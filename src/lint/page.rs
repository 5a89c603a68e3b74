//! A rule in words, for `explain`, and all of them as the page `docs/rules.md`.
//! Writes no file: a test holds the page to this.

use std::fmt::Write as _;

use crate::lint::coverage::{OTHERWISE, Otherwise, ids};
use crate::lint::rule::{Needs, Rule};
use crate::lint::rules;

/// What a rule says of itself, as Markdown without its heading.
pub fn explanation(rule: &Rule) -> String {
    let Rule { code: _, facts: _, severity, confidence, needs, checks, why, example, mend, source, check: _ } =
        rule;
    format!(
        "{checks}\n\n{why}\n\nThis is {severity}, and {known}: {source}. {when}.\n\nBreaks it:\n\n```yaml\n{example}\n```\n\nMended:\n\n```yaml\n{mend}\n```\n",
        severity = match severity.word() {
            "error" => "an error",
            "warning" => "a warning",
            _ => "a note",
        },
        known = confidence.word(),
        when = match needs {
            Needs::Files => "`validate` checks it",
            Needs::Azure => "`plan` checks it, with what Azure answers",
            Needs::Either =>
                "`validate` checks it where the files hold both sides, and `plan` where Azure holds one",
        },
    )
}

/// The page of all rules.
pub fn page() -> String {
    let mut out = "# The rules of the field\n\n\
        What `validate` says of a file that Azure would take, and that would not work; and what `plan` and `apply` say of it\n\
        before anything is written, once they have looked at Azure. `poolwright explain CODE` prints each. A rule that does not\n\
        fit is ignored where it is broken, or weighed for the whole stack:\n\n\
        ```yaml\n\
        lint:\n  \
        pool/unversioned-image: off            # or note, warning, error\n\
        pools:\n  \
        - id: render\n    \
        vmSize: Standard_A1_v2               # poolwright: ignore[pool/vm-size-retiring] gone by 2027\n\
        ```\n\n\
        The comment holds for its line; alone on a line it holds for the next; and where an entry or a key begins there, for the\n\
        whole of it. It must say why, and one that hides nothing is reported. This page is made from the rules: `POOLWRIGHT_BLESS=1 cargo test --locked rules_page` writes it anew.\n"
        .to_owned();
    for rule in rules::ALL {
        let _ = write!(out, "\n## {}\n\n{}", rule.code, explanation(rule));
    }
    out.push_str("\n## Where each fact of the field is held\n\n| fact | held by |\n| --- | --- |\n");
    for id in ids() {
        let codes = rules::ALL.iter().filter(|rule| rule.facts.contains(&id.as_str()));
        let mut held: Vec<String> = codes.map(|rule| format!("`{}`", rule.code)).collect();
        let otherwise = OTHERWISE.iter().find(|(other, _)| *other == id).map(|(_, otherwise)| otherwise);
        held.extend(otherwise.map(|otherwise| match otherwise {
            Otherwise::Format(code) => format!("the format: `{code}`"),
            Otherwise::Planning(text) => format!("`plan` and `apply`: {text}"),
            Otherwise::Information(text) => format!("no check: {text}"),
            Otherwise::NotYet(text) => format!("not yet, it needs Azure: {text}"),
        }));
        let _ = writeln!(out, "| {id} | {} |", held.join(", "));
    }
    out
}
