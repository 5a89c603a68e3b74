//! Reports as GitHub Actions workflow commands, which mark the lines of a pull request.
//! Writes commands only; nothing in the data can end one and begin another.

use std::fmt::Write as _;

use crate::diag::{Diagnostic, Files, Report, Severity};

/// One command a line: `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message`.
pub fn report(report: &Report, files: &Files) -> String {
    let mut out = String::new();
    for diagnostic in report.iter() {
        command(&mut out, diagnostic, files);
    }
    out
}

fn command(out: &mut String, diagnostic: &Diagnostic, files: &Files) {
    let _ = write!(out, "::{} ", command_name(diagnostic.severity));
    if let Some(place) = diagnostic.place() {
        let start = files.position(place);
        let end = files.end_position(place);
        let file = property(files.name(place.file));
        let _ = write!(out, "file={file},line={},endLine={}", start.line, end.line);
        // GitHub refuses columns where a mark spans lines.
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
        out.push(',');
    }
    let _ = write!(out, "title={}::{}", property(diagnostic.code.as_str()), data(&text(diagnostic, files)));
    out.push('\n');
}

fn command_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The message, the other places and the ways out, a line each.
fn text(diagnostic: &Diagnostic, files: &Files) -> String {
    let mut text = diagnostic.message.clone();
    for label in &diagnostic.labels {
        if label.primary {
            if !label.text.is_empty() {
                let _ = write!(text, "\n{}", label.text);
            }
        } else {
            let _ = write!(text, "\n{}: {}", files.locate(label.place), label.text);
        }
    }
    for help in &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    text
}

/// Escapes the message of a command, as the runner's own toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::diag::{Code, Diagnostic, Files, Place, Report, Span};

    #[test]
    fn a_command_is_one_line_whatever_the_data_says() {
        let mut files = Files::default();
        let file = files.add("a,b:\n::stop-commands::x.yaml", "key: v\n");
        let place = Place { file, span: Span { start: 5, end: 6 } };
        let mut found = Report::default();
        found.push(
            Diagnostic::error(Code::NotAllowed, place, "100%\r\n::warning::injected").help("write `w`"),
        );
        assert_eq!(
            report(&found, &files),
            "::error file=a%2Cb%3A%0A%3A%3Astop-commands%3A%3Ax.yaml,line=1,endLine=1,col=6,endColumn=7,\
             title=spec/not-allowed::100%25%0D%0A::warning::injected%0Ahelp: write `w`\n"
        );
    }

    #[test]
    fn a_mark_over_several_lines_has_no_columns() {
        let mut files = Files::default();
        let file = files.add("a.yaml", "k:\n  a: 1\n");
        let mut found = Report::default();
        let place = Place { file, span: Span { start: 0, end: 9 } };
        found.push(Diagnostic::error(Code::WrongType, place, "m"));
        assert_eq!(report(&found, &files), "::error file=a.yaml,line=1,endLine=2,title=spec/wrong-type::m\n");
    }
}
