//! `explain`: what a diagnostic code means.

use crate::cli::args::ExplainArgs;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::diag::Code;
use crate::render::style::wrapped;

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if args.list {
        let lines = Code::ALL.iter().map(|code| format!("{code}\n"));
        Terminal::print(&lines.collect::<String>());
        return Ok(Exit::Done);
    }
    let wanted = args.code.as_deref().unwrap_or_default();
    let Some(code) = Code::ALL.iter().find(|code| code.as_str() == wanted) else {
        return Err(Failure::new(format!("there is no code `{wanted}`"))
            .hint("`poolwright explain --list` lists them"));
    };
    let lines = wrapped(code.explanation(), terminal.width);
    Terminal::print(&format!("{code}\n\n{}\n", lines.join("\n")));
    Ok(Exit::Done)
}
