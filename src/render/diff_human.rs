//! A difference of files for people: what comes, what goes, and what each changed property forces.
//! Prints nothing; returns text. The words are complete without colour.

use std::fmt::Write as _;

use crate::model::difference::{Difference, Differing, Fate, PropertyChange, Side, Where};
use crate::render::plan_human::{counted, flow};
use crate::render::style::{Paint, clean, wrapped};

const INDENT: &str = "    ";

/// How a difference is shown.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Names a place as `file:line:column`.
    pub locate: &'a dyn Fn(Where) -> String,
    /// Colours, or none.
    pub paint: Paint,
    /// Columns of the screen.
    pub width: usize,
}

/// The whole difference.
pub fn difference(difference: &Difference, view: View<'_>) -> String {
    let mut text = String::new();
    for differing in &difference.resources {
        resource(&mut text, differing, view);
    }
    if !difference.remarks.is_empty() {
        let _ = writeln!(text, "{}", view.paint.bold("Remarks"));
        difference.remarks.iter().for_each(|remark| paragraph(&mut text, remark, view));
        text.push('\n');
    }
    if !difference.findings.is_empty() {
        let _ = writeln!(text, "{}", view.paint.bold("New findings"));
        for found in &difference.findings {
            let (severity, code) = (found.severity.word(), found.code.as_str());
            paragraph(&mut text, &format!("{severity}[{code}]: {}", clean(&found.message)), view);
            if let Some(place) = found.place() {
                let place = (view.locate)(Where { side: Side::New, place });
                let _ = writeln!(text, "{INDENT}{INDENT}{}", view.paint.dim(&clean(&place)));
            }
        }
        text.push('\n');
    }
    text.push_str(&summary(difference));
    text.push('\n');
    text
}

/// What it comes to, on one line.
pub(super) fn summary(difference: &Difference) -> String {
    let mut words = if difference.is_empty() {
        format!("Nothing differs: {}.", counted(difference.unchanged, "resource", "resources"))
    } else {
        let mut parts: Vec<String> = [Fate::Removed, Fate::Added, Fate::Changed]
            .map(|fate| (difference.count(fate), fate.name()))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        parts.push(format!("{} unchanged", difference.unchanged));
        format!("Difference: {}.", parts.join(", "))
    };
    if !difference.findings.is_empty() || difference.gone > 0 {
        let new = counted(difference.findings.len(), "new finding", "new findings");
        let _ = write!(words, " {new}, {} gone.", difference.gone);
    }
    words
}

fn resource(text: &mut String, differing: &Differing, view: View<'_>) {
    let address = clean(differing.address.as_str());
    let head = match differing.fate {
        Fate::Removed => view.paint.removed(&format!("- {address}")),
        Fate::Added => view.paint.added(&format!("+ {address}")),
        Fate::Changed => view.paint.changed(&format!("~ {address}")),
    };
    let place = clean(&(view.locate)(differing.at));
    if address.chars().count() + place.chars().count() + 4 <= view.width {
        let _ = writeln!(text, "{head}  {}", view.paint.dim(&place));
    } else {
        let _ = writeln!(text, "{head}\n{INDENT}{}", view.paint.dim(&place));
    }
    for remark in &differing.remarks {
        paragraph(text, &clean(remark), view);
    }
    for change in &differing.changes {
        changed(text, change, view);
    }
    text.push('\n');
}

fn changed(text: &mut String, change: &PropertyChange, view: View<'_>) {
    let shown = |value: &Option<_>| value.as_ref().map_or_else(|| "(none)".to_owned(), flow);
    let (before, after) = (shown(&change.before), shown(&change.after));
    let line = format!("{}: {before} → {after}  ({})", clean(&change.property), change.effect.words());
    let place = clean(&(view.locate)(change.at));
    if INDENT.len() + line.chars().count() + 2 + place.chars().count() <= view.width {
        let _ = writeln!(text, "{INDENT}{line}  {}", view.paint.dim(&place));
    } else {
        paragraph(text, &line, view);
        let _ = writeln!(text, "{INDENT}{INDENT}{}", view.paint.dim(&place));
    }
    if let Some(instead) = change.effect.instead() {
        paragraph(text, &format!("way out: {instead}"), view);
    }
}

/// Words under a resource; what does not fit on a line is indented once more.
fn paragraph(text: &mut String, words: &str, view: View<'_>) {
    for (at, line) in wrapped(words, view.width.saturating_sub(2 * INDENT.len())).into_iter().enumerate() {
        let _ = writeln!(text, "{INDENT}{}{}", if at == 0 { "" } else { INDENT }, line.trim_end());
    }
}
