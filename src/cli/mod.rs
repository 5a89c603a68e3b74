//! The command line: the only module that sees everything. It calls the stages in their order and turns what they
//! return into output and an exit code.

mod args;
mod commands;
mod context;
mod disk_images;
mod drawing;
mod embedded;
mod error;
pub mod exit;
mod fix;
mod git;
mod logging;
pub mod preflight;
mod publication;
mod rewrite;
mod saved;
mod session;
mod stages;
mod terminal;
pub mod touched;
mod version_document;
mod wanted_image;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::cli::args::{Cli, Command};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;

/// Runs the command that was typed, to its end.
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // clap's own code for wrong usage is 2, which means pending changes here.
            drop(usage.print());
            return match usage.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Failed,
            };
        }
    };
    let environment = Environment::of_this_process();
    let terminal = Terminal::new(cli.global.color, &environment);
    let ended = logging::start(&cli.global, &environment)
        .and_then(|()| dispatch(cli.command, &environment, &terminal));
    let ended = match (ended, Terminal::lost()) {
        (Ok(Exit::Done | Exit::Pending), Some(why)) => {
            Err(Failure::new(format!("what was printed did not arrive: {why}")))
        }
        (ended, _) => ended,
    };
    ended.unwrap_or_else(|failure| {
        let paint = terminal.talk_paint;
        Terminal::say(&format!("{} {failure}\n", paint.removed("error:")));
        for hint in failure.hints() {
            Terminal::say(&format!("{} {hint}\n", paint.bold("help:")));
        }
        failure.code()
    })
}

fn dispatch(command: Command, environment: &Environment, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        Command::Validate(args) => commands::validate::run(&args, environment, terminal),
        Command::Plan(args) => wait_for(commands::plan::run(args, environment, terminal)),
        Command::Apply(args) => wait_for(commands::apply::run(args, environment, terminal)),
        Command::Show(args) => commands::show::run(&args),
        Command::Destroy(args) => wait_for(commands::destroy::run(args, environment, terminal)),
        Command::PoolId(args) => wait_for(commands::pool_id::run(args, environment, terminal)),
        Command::Status(args) => wait_for(commands::status::run(args, environment, terminal)),
        Command::Diff(args) => commands::diff::run(args, environment, terminal),
        Command::Version(args) => commands::version_add::run(&args, environment, terminal),
        Command::Import(args) => wait_for(commands::import::run(args, environment, terminal)),
        Command::Access(args) => commands::access::run(&args, environment, terminal),
        Command::Schema => Ok(commands::schema::run()),
        Command::Explain(args) => commands::explain::run(&args, terminal),
        Command::Completions(args) => Ok(commands::completions::run(&args)),
        Command::Emulator(args) => wait_for(commands::emulator::run(args)),
    }
}

/// Runs what talks to a network.
fn wait_for(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("cannot start", &error))?;
    let ended = runtime.block_on(command);
    // What is still in flight after a second Ctrl-C is not waited for.
    runtime.shutdown_background();
    ended
}
