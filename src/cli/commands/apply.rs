//! `apply`: plan, ask, and carry the plan out.

use crate::cli::args::ApplyArgs;
use crate::cli::commands::run::{Consent, carry_out};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::stages::{check_or_stop, make_plan};
use crate::cli::terminal::Terminal;
use crate::plan::{Goal, Options};

pub(crate) async fn run(
    args: ApplyArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let options =
            Options { goal: Goal::Apply, wait: args.wait.into(), allow_replace: args.allow_replace };
        let plan = make_plan(&sound, &session, options).await?;
        let consent = Consent { given: args.run.yes, question: "Carry this plan out? Only `yes` does: " };
        carry_out(&plan, &sound.files, &session, &args.run, consent, terminal).await
    }
    .await;
    session.close(&ended).await;
    ended
}
