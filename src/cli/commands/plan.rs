//! `plan`: what would be done, and why.

use crate::cli::args::PlanArgs;
use crate::cli::commands::run::{show, with_errors};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::stages::{check_or_stop, make_plan};
use crate::cli::terminal::Terminal;
use crate::plan::{Goal, Options, WaitFor};

pub(crate) async fn run(
    args: PlanArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let options = Options { goal: Goal::Apply, wait: WaitFor::Nodes, allow_replace: args.allow_replace };
        let plan = make_plan(&sound, &session, options).await?;
        Terminal::print(&show(&plan, &sound.files, args.format, terminal)?);
        if plan.errors() > 0 {
            return Err(with_errors(&plan));
        }
        Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Pending } else { Exit::Done })
    }
    .await;
    session.close(&ended).await;
    ended
}
