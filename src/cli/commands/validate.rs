//! `validate`: everything that can be known without Azure.

use crate::cli::args::{ReportFormat, ValidateArgs};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::stages::{Checked, check};
use crate::cli::terminal::Terminal;
use crate::diag::Severity;
use crate::render::{diag_github, diag_human, diag_json};

pub(crate) fn run(
    args: &ValidateArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let Checked { files, report, sound } = check(&args.spec, environment)?;
    match args.format {
        ReportFormat::Human => {
            Terminal::print(&diag_human::report(&report, &files, terminal.width, terminal.paint));
        }
        ReportFormat::Github => Terminal::print(&diag_github::report(&report, &files)),
        ReportFormat::Json => {
            let text = diag_json::report(&report, &files)
                .map_err(|error| Failure::of("cannot print the report", &error))?;
            Terminal::print(&text);
        }
    }
    if let Some((_, graph)) = sound {
        let resources = graph.desired.len();
        let warnings = report.count(Severity::Warning);
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        Terminal::say(&format!(
            "valid: {resources} resource{}, {warnings} warning{}\n",
            plural(resources),
            plural(warnings)
        ));
        return Ok(Exit::Done);
    }
    let errors = report.count(Severity::Error);
    let plural = if errors == 1 { "" } else { "s" };
    Terminal::say(&format!("{errors} error{plural}; `poolwright explain CODE` says more\n"));
    Ok(Exit::SpecErrors)
}
