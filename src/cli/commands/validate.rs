//! `validate`: everything that can be known without Azure, and with `--fix` what can be mended by it.

use clap::{Args, ValueEnum};

use crate::cli::args::inputs::SpecArgs;
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::fix::fix;
use crate::cli::stages::{Checked, Input};
use crate::cli::terminal::Terminal;
use crate::diag::{Code, Severity};
use crate::lint;
use crate::lint::page::explanation;
use crate::render::diag_sarif::Meaning;
use crate::render::{diag_github, diag_human, diag_json, diag_sarif};

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ReportFormat,
    /// Mend in the files what has one sure mend, and report what is left.
    #[arg(long)]
    pub(crate) fix: bool,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Human,
    /// A versioned JSON document.
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
}

pub(crate) fn run(
    args: &ValidateArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let input = Input::new(&args.spec, environment)?;
    if args.fix {
        Terminal::say(&fix(&input)?.words());
    }
    let Checked { files, report, sound, .. } = input.check();
    let cannot_print = |error| Failure::of("cannot print the report", &error);
    match args.format {
        ReportFormat::Human => {
            Terminal::print(&diag_human::report(&report, &files, terminal.width, terminal.paint));
        }
        ReportFormat::Github => Terminal::print(&diag_github::report(&report, &files)),
        ReportFormat::Json => {
            Terminal::print(&diag_json::report(&report, &files).map_err(cannot_print)?);
        }
        ReportFormat::Sarif => {
            Terminal::print(&diag_sarif::report(&report, &files, &meaning).map_err(cannot_print)?);
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

/// What a code means, for those who are shown it apart from `explain`.
fn meaning(code: Code) -> Meaning {
    if let Some(rule) = lint::find(code.as_str()) {
        return Meaning {
            short: rule.checks.to_owned(),
            full: format!("{} {}", rule.checks, rule.why),
            help: explanation(rule),
            severity: rule.severity,
        };
    }
    let full = code.explanation().unwrap_or_default();
    let short = full.split_once(". ").map_or_else(|| full.to_owned(), |(first, _)| format!("{first}."));
    Meaning { short, full: full.to_owned(), help: full.to_owned(), severity: Severity::Error }
}
