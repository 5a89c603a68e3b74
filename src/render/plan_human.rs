//! A plan for people: what will happen to what, why, and where the file says so.
//! Prints nothing; returns text. The words are complete without colour.

use std::fmt::Write as _;

use serde_json::Value;

use crate::diag::{Diagnostic, Place, Severity};
use crate::model::plan::{Action, Change, Note, Plan, Planned};
use crate::model::step::Work;
use crate::render::style::{Paint, clean, wrapped};
use crate::render::text_diff;

const INDENT: &str = "    ";

/// How a plan is shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Names a place as `file:line:column`.
    pub locate: &'a dyn Fn(Place) -> String,
    /// Colours, or none.
    pub paint: Paint,
    /// Columns of the screen.
    pub width: usize,
}

/// The whole plan.
pub fn plan(plan: &Plan, view: View<'_>) -> String {
    let mut text = String::new();
    let (busy, quiet): (Vec<&Planned>, Vec<&Planned>) =
        plan.resources.iter().partition(|planned| planned.action != Action::Nothing);
    findings(&mut text, &plan.findings, view);
    for planned in &busy {
        resource(&mut text, planned, view);
    }
    notes(&mut text, &plan.notes, view);
    if plan.resources.is_empty() {
        text.push_str("Nothing to do.\n");
    } else if busy.is_empty() {
        let _ = writeln!(
            text,
            "Nothing to do: {} as written.",
            counted(quiet.len(), "resource is", "resources are")
        );
    } else {
        summary(&mut text, plan, quiet.len());
    }
    text
}

/// What stands in the way, or may, before anything is written: each with its fix.
fn findings(text: &mut String, findings: &[Diagnostic], view: View<'_>) {
    for finding in findings {
        let head = format!("{}[{}]", finding.severity.word(), finding.code);
        let head = match finding.severity {
            Severity::Error => view.paint.removed(&head),
            Severity::Warning | Severity::Note => view.paint.changed(&head),
        };
        let place = finding.place().map(|place| format!("  {}", view.paint.dim(&(view.locate)(place))));
        let _ = writeln!(text, "{head}{}", place.unwrap_or_default());
        paragraph(text, &clean(&finding.message), view);
        for label in &finding.labels {
            let words = clean(&label.text);
            match (label.primary, words.is_empty()) {
                (true, true) => {}
                (true, false) => paragraph(text, &words, view),
                (false, true) => paragraph(text, &format!("see {}", (view.locate)(label.place)), view),
                (false, false) => {
                    paragraph(text, &format!("{}: {words}", (view.locate)(label.place)), view);
                }
            }
        }
        for help in &finding.help {
            paragraph(text, &format!("fix: {}", clean(help)), view);
        }
        text.push('\n');
    }
}

fn resource(text: &mut String, planned: &Planned, view: View<'_>) {
    let (sign, word) = sign(planned.action);
    let head = format!("{sign} {}", planned.address);
    // What no file holds has no place.
    let place = planned.place.map(|place| format!("  {}", view.paint.dim(&(view.locate)(place))));
    let head = action_painted(planned.action, &head, view.paint);
    let _ = writeln!(text, "{head}{}", place.unwrap_or_default());
    let reason = planned.reasons.iter().map(|reason| clean(reason)).collect::<Vec<_>>().join("; ");
    paragraph(text, &format!("{word}: {reason}"), view);
    for change in &planned.changes {
        changed(text, change, view);
    }
    for (at, step) in planned.course.iter().enumerate() {
        paragraph(text, &format!("{}. {}", at + 1, clean(step)), view);
    }
    for way_out in &planned.ways_out {
        paragraph(text, &format!("way out: {}", clean(way_out)), view);
    }
    text.push('\n');
}

fn changed(text: &mut String, change: &Change, view: View<'_>) {
    let place = change.place.map(view.locate).unwrap_or_default();
    let property = clean(&change.property);
    let forces = change.forces.words();
    if let Some((before, after)) = long_texts(change) {
        let _ = writeln!(text, "{INDENT}{property}  ({forces})  {}", view.paint.dim(&place));
        for line in text_diff::lines(before, after, view.paint) {
            let _ = writeln!(text, "{INDENT}{INDENT}{line}");
        }
        return;
    }
    let shown = |value: Option<&Value>| match value {
        _ if change.secret => "(secret)".to_owned(),
        None => "(none)".to_owned(),
        Some(value) => flow(value),
    };
    let (before, after) = (shown(change.before.as_ref()), shown(change.after.as_ref()));
    let line = format!("{property}: {before} → {after}  ({forces})");
    // The place stands behind the change where there is room for it, and below it otherwise.
    if INDENT.len() + line.chars().count() + 2 + place.chars().count() <= view.width {
        let _ = writeln!(text, "{INDENT}{line}  {}", view.paint.dim(&place));
    } else {
        paragraph(text, &line, view);
        let _ = writeln!(text, "{INDENT}{INDENT}{}", view.paint.dim(&place));
    }
}

/// A value as a user would write it in YAML, on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        Value::Object(object) => {
            let entries: Vec<String> =
                object.iter().map(|(key, value)| format!("{}: {}", clean(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Two texts that are read more easily as a diff.
fn long_texts(change: &Change) -> Option<(&str, &str)> {
    let (before, after) = (change.before.as_ref()?.as_str()?, change.after.as_ref()?.as_str()?);
    let long = |text: &str| text.len() > text_diff::SHORT || text.contains('\n');
    (!change.secret && (long(before) || long(after))).then_some((before, after))
}

fn notes(text: &mut String, notes: &[Note], view: View<'_>) {
    if notes.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", view.paint.bold("Notes"));
    for note in notes {
        let about = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        paragraph(text, &format!("{about}{}", clean(&note.text)), view);
    }
    text.push('\n');
}

fn summary(text: &mut String, plan: &Plan, quiet: usize) {
    let mut parts = Vec::new();
    for action in [
        Action::Create,
        Action::Update,
        Action::Replace,
        Action::Delete,
        Action::Adopt,
        Action::Await,
        Action::Retry,
        Action::Hold,
        Action::Blocked,
    ] {
        let count = plan.count(action);
        if count > 0 {
            parts.push(match action {
                Action::Blocked => format!("{count} blocked"),
                Action::Hold => format!("{count} held"),
                action => format!("{count} to {}", action.name()),
            });
        }
    }
    if quiet > 0 {
        parts.push(format!("{quiet} unchanged"));
    }
    let (uploads, steps): (Vec<_>, Vec<_>) =
        plan.expected_steps().partition(|step| matches!(step.work, Work::Upload(_)));
    let (requests, waits): (Vec<_>, Vec<_>) =
        steps.into_iter().partition(|step| matches!(step.work, Work::Send { .. }));
    let uploads = match uploads.len() {
        0 => String::new(),
        count => format!("{}, ", counted(count, "upload", "uploads")),
    };
    let _ = writeln!(
        text,
        "Plan: {}. {uploads}{} and {}.",
        parts.join(", "),
        counted(requests.len(), "write", "writes"),
        counted(waits.len(), "wait", "waits")
    );
}

pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Words under a resource; what does not fit on a line is indented once more.
fn paragraph(text: &mut String, words: &str, view: View<'_>) {
    for (at, line) in wrapped(words, view.width.saturating_sub(2 * INDENT.len())).into_iter().enumerate() {
        let _ = writeln!(text, "{INDENT}{}{}", if at == 0 { "" } else { INDENT }, line.trim_end());
    }
}

pub(super) fn sign(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("+", "create"),
        Action::Update => ("~", "update"),
        Action::Replace => ("-/+", "replace"),
        Action::Delete => ("-", "delete"),
        Action::Adopt => (">", "adopt"),
        Action::Await => ("…", "wait"),
        Action::Retry => ("~", "try again"),
        Action::Hold => ("~", "held"),
        Action::Blocked => ("!", "blocked"),
        Action::Nothing => ("=", "nothing"),
    }
}

pub(super) fn action_painted(action: Action, text: &str, paint: Paint) -> String {
    match action {
        Action::Create => paint.added(text),
        Action::Delete | Action::Replace | Action::Blocked => paint.removed(text),
        Action::Update | Action::Adopt | Action::Retry | Action::Await | Action::Hold => paint.changed(text),
        Action::Nothing => text.to_owned(),
    }
}
