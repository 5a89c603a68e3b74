//! A difference of files for a comment on a pull request. What stands in the files is data: nothing in it can end a cell,
//! make a link, an element of HTML or a mention.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::difference::{Difference, Differing, Side, Where};
use crate::render::diff_human::summary;
use crate::render::plan_human::flow;
use crate::render::style::clean;

/// How many characters of a value are shown: a comment has an end.
const LONGEST: usize = 400;

/// The whole difference.
pub fn difference(difference: &Difference, locate: &dyn Fn(Where) -> String) -> String {
    let mut text = format!("### poolwright diff\n\n{}\n", plain(&summary(difference)));
    for remark in &difference.remarks {
        let _ = write!(text, "\n> {}\n", plain(remark));
    }
    for differing in &difference.resources {
        resource(&mut text, differing, locate);
    }
    if !difference.findings.is_empty() {
        text.push_str("\n#### New findings\n\n");
        for found in &difference.findings {
            let place = found.place().map(|place| locate(Where { side: Side::New, place }));
            let place = place.map(|place| format!(" ({})", code(&place))).unwrap_or_default();
            let (severity, rule) = (found.severity.word(), code(found.code.as_str()));
            let _ = writeln!(text, "- **{severity}** {rule}: {}{place}", plain(&found.message));
        }
    }
    text
}

fn resource(text: &mut String, differing: &Differing, locate: &dyn Fn(Where) -> String) {
    let (fate, address) = (differing.fate.name(), code(differing.address.as_str()));
    let _ = write!(text, "\n#### {fate}: {address}\n\n{}\n", code(&locate(differing.at)));
    for remark in &differing.remarks {
        let _ = write!(text, "\n{}\n", plain(remark));
    }
    if differing.changes.is_empty() {
        return;
    }
    text.push_str("\n| property | old | new | what it forces | where |\n| --- | --- | --- | --- | --- |\n");
    for change in &differing.changes {
        let value = |value: Option<&Value>| value.map_or_else(String::new, |value| code(&flow(value)));
        let forces = match change.effect.instead() {
            Some(instead) => format!("{}; {instead}", change.effect.words()),
            None => change.effect.words().to_owned(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            code(&change.property),
            value(change.before.as_ref()),
            value(change.after.as_ref()),
            plain(&forces),
            code(&locate(change.at)),
        );
    }
}

/// Data in the type of code. An element of HTML with references for every character that Markdown or HTML knows: backticks
/// cannot be escaped inside backticks, and a pipe would end a cell there.
fn code(data: &str) -> String {
    let mut shown: String = clean(data).chars().take(LONGEST).collect();
    if shown.len() < clean(data).len() {
        shown.push('…');
    }
    format!("<code>{}</code>", plain(&shown))
}

/// Data or words as text and nothing else.
fn plain(data: &str) -> String {
    let mut text = String::with_capacity(data.len());
    for character in clean(data).chars() {
        match character {
            // A mention or a reference to an issue is looked for after references are resolved; an empty element parts it.
            '@' | '#' => {
                let _ = write!(text, "&#{};<!-- -->", u32::from(character));
            }
            // So is a link that begins with nothing but its scheme, or with `www.`.
            ':' => text.push_str("&#58;<!-- -->"),
            '.' if ends_in_www(&text) => text.push_str("&#46;<!-- -->"),
            character
                if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '-' | '/' | ';') =>
            {
                let _ = write!(text, "&#{};", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text
}

fn ends_in_www(text: &str) -> bool {
    let start = text.len().checked_sub("www".len());
    start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn nothing_in_the_data_is_markdown_html_or_a_mention() {
        let hostile = "a|b`c`\n\n# d <img src=x onerror=y> @octocat [x](http://y) **z** #1 </code> \u{1b}[2J";
        let shown = code(hostile);
        let inside =
            shown.strip_prefix("<code>").and_then(|rest| rest.strip_suffix("</code>")).expect("code");
        let inside = inside.replace("<!-- -->", "");
        for character in ['|', '`', '\n', '<', '>', '@', '[', ']', '(', ')', '*', '\u{1b}'] {
            assert!(!inside.contains(character), "{character:?} in {inside}");
        }
        assert!(!code("see WWW.example.com").contains("WWW."));
        assert!(code(&"x".repeat(10_000)).chars().count() < 500);
    }
}
