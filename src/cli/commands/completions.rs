//! `completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;

pub(crate) fn run(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "poolwright", &mut script);
    Terminal::print(&String::from_utf8_lossy(&script));
    Exit::Done
}
