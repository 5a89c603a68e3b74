//! `diff`: what a change of the files forces. No Azure, no sign-in, and no value of the environment.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::args::inputs::SpecArgs;
use crate::cli::args::values::assignment;
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::git::Revision;
use crate::cli::stages::{Checked, Input};
use crate::cli::terminal::Terminal;
use crate::diag::fresh::fresh;
use crate::diag::{Files, Report, Severity};
use crate::model::desired::Graph;
use crate::model::difference::{Side, Where};
use crate::plan::difference::difference;
use crate::render::diff_human::View;
use crate::render::{diag_human, diff_human, diff_json, diff_markdown};

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// What was, and what is to be: each a file, a folder, or git:REV:PATH.
    #[arg(required = true, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(crate) sides: Vec<PathBuf>,
    /// The value of `${var:NAME}`, on both sides.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) variables: Vec<(String, String)>,
    /// A file with a NAME=VALUE a line, for both sides.
    #[arg(long = "var-file", value_name = "FILE")]
    pub(crate) variable_files: Vec<PathBuf>,
    /// The form of the difference.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: DiffFormat,
    /// Exit with 2 when something differs.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// The form of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    Human,
    /// For a comment on a pull request.
    Markdown,
    /// A versioned JSON document.
    Json,
}

pub(crate) fn run(args: DiffArgs, environment: &Environment, terminal: &Terminal) -> Result<Exit, Failure> {
    let DiffArgs { sides, variables, variable_files, format, detailed_exitcode } = args;
    let spec = SpecArgs { paths: sides, variables, variable_files, strict: false };
    let input = Input::new(&spec, environment)?.without_environment();
    let [old, new] = spec.paths.as_slice() else {
        return Err(Failure::new("two sides are compared"));
    };
    let (old, new) = (checked(&input, old, Side::Old)?, checked(&input, new, Side::New)?);
    let (old, new) = (sound(old, Side::Old, terminal), sound(new, Side::New, terminal));
    let (old, new) = (old?, new?);
    let mut found = difference(&old.graph, &new.graph);
    (found.findings, found.gone) = fresh((&old.report, &old.files), (&new.report, &new.files));
    let files = |side| match side {
        Side::Old => &old.files,
        Side::New => &new.files,
    };
    let locate = |at: Where| files(at.side).locate(at.place);
    let view = View { locate: &locate, paint: terminal.paint, width: terminal.width };
    match format {
        DiffFormat::Human => Terminal::print(&diff_human::difference(&found, view)),
        DiffFormat::Markdown => Terminal::print(&diff_markdown::difference(&found, &locate)),
        DiffFormat::Json => Terminal::print(
            &diff_json::difference(&found, &files)
                .map_err(|error| Failure::of("cannot print the difference", &error))?,
        ),
    }
    let pending = detailed_exitcode && !found.is_empty();
    Ok(if pending { Exit::Pending } else { Exit::Done })
}

struct Version {
    files: Files,
    report: Report,
    graph: Graph,
}

fn checked(input: &Input<'_>, path: &Path, side: Side) -> Result<Checked, Failure> {
    match path.to_str().and_then(Revision::parse) {
        Some(revision) => Ok(input.check_texts(&revision?.texts()?)),
        None if path.exists() => Ok(input.check_paths(&[path.to_owned()])),
        None => Err(Failure::new(format!("the {} side, {}, is not there", side.name(), path.display()))),
    }
}

/// Says what is wrong with a side, and ends the command if anything is.
fn sound(checked: Checked, side: Side, terminal: &Terminal) -> Result<Version, Failure> {
    let Checked { files, loaded: _, report, sound } = checked;
    if let Some((_, graph)) = sound {
        return Ok(Version { files, report, graph });
    }
    Terminal::say(&diag_human::report(&report, &files, terminal.width, terminal.talk_paint));
    let errors = report.count(Severity::Error);
    let plural = if errors == 1 { "" } else { "s" };
    Err(Failure::new(format!("the {} side has {errors} error{plural}", side.name())).exit(Exit::SpecErrors))
}
