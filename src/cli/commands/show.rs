//! `show`: a saved plan once more, without Azure, without sign-in and without the files that it was made from.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::inputs::Format;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::saved::SavedV1;
use crate::cli::terminal::Terminal;

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// What `plan --out` has written.
    pub(crate) file: PathBuf,
    /// The form of the plan.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

pub(crate) fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let saved = SavedV1::read(&args.file)?;
    match args.format {
        Format::Human => Terminal::print(&saved.text),
        Format::Json => {
            let text = serde_json::to_string_pretty(&saved.plan)
                .map_err(|error| Failure::of("cannot print the plan", &error))?;
            Terminal::print(&format!("{text}\n"));
        }
    }
    Ok(Exit::Done)
}
