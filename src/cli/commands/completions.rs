//! `completions`: a completion script for a shell.

use clap::{Args, CommandFactory as _};

use crate::cli::args::Cli;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "poolwright", &mut script);
    Terminal::print(&String::from_utf8_lossy(&script));
    Exit::Done
}
