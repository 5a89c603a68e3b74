//! `destroy`: remove everything that the stack owns, in the right order.

use clap::Args;

use crate::cli::args::inputs::{CloudArgs, RunArgs, SpecArgs};
use crate::cli::commands::run::{Consent, Deletes, SAME_COMMAND, carry_out};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::stages::{check_or_stop, make_plan};
use crate::cli::terminal::Terminal;
use crate::plan::{Goal, Options};

/// Arguments of `destroy`.
#[derive(Debug, Args)]
pub(crate) struct DestroyArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// How to carry it out.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

pub(crate) async fn run(
    args: DestroyArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let options = Options::new(Goal::Destroy);
        let make = || make_plan(&sound, &session, options, &[]);
        let plan = make().await?;
        let consent = Consent {
            given: args.run.yes,
            question: "Remove all of this? Only `yes` does: ",
            deletes: Deletes::All,
            goes_on: SAME_COMMAND,
        };
        carry_out(plan, make, &sound.files, &session, &args.run, consent, terminal).await
    }
    .await;
    session.close(&ended).await;
    ended
}
