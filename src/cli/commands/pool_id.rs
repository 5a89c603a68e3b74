//! `pool-id`: the id of the pool that jobs name now, for those who submit them.
//!
//! With `rollout: { strategy: blueGreen }` a pool gets another id with each change that needs zero nodes.

use clap::Args;

use crate::cli::args::inputs::{CloudArgs, SpecArgs};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::stages::check_or_stop;
use crate::cli::terminal::Terminal;
use crate::kinds::decode::nearest;
use crate::model::address::Address;
use crate::observe;
use crate::plan;

/// Arguments of `pool-id`.
#[derive(Debug, Args)]
pub(crate) struct PoolIdArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// The pool's address in the files, such as `pool/main/render`.
    pub(crate) address: String,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
}

pub(crate) async fn run(
    args: PoolIdArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let pools = || sound.graph.desired.keys().filter(|address| address.kind() == "pool");
    let Some(address) = pools().find(|address| address.as_str() == args.address) else {
        let failure = Failure::new(format!("there is no pool `{}` in these files", args.address));
        return Err(match nearest(&args.address, pools().map(Address::as_str)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("a pool is called `pool/ACCOUNT/ID`, by its account's alias and its `id`"),
        });
    };
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let snapshot = observe::own(&sound.graph, &session.read()).await;
        let id = plan::in_use(address, &sound.graph, &snapshot);
        let id = id.ok_or_else(|| Failure::new(format!("{address} is not there yet, or cannot be read")))?;
        Terminal::print(&format!("{}\n", id.name()));
        Ok(Exit::Done)
    }
    .await;
    session.close(&ended).await;
    ended
}
