//! `apply`: plan, ask, and carry the plan out; or carry out a plan that was saved, if it still is what would be done.

use clap::{Args, ValueEnum};

use crate::cli::args::inputs::{CloudArgs, RunArgs, ScopeArgs, SpecArgs};
use crate::cli::commands::plan::{digests, subscriptions, tenant};
use crate::cli::commands::run::{Consent, Deletes, SAME_COMMAND, carry_out};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::saved::{OptionsV1, SavedV1, SpecV1, is_saved};
use crate::cli::session::{Session, cloud_of};
use crate::cli::stages::{Sound, check_or_stop, make_plan};
use crate::cli::terminal::Terminal;
use crate::model::address::Address;
use crate::model::plan::Plan;
use crate::plan::fingerprint::{fingerprint, moved};
use crate::plan::{Goal, Options, WaitFor};

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// How to carry it out.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// How far to wait for what is started.
    #[arg(long, value_enum, default_value = "nodes")]
    pub(crate) wait: Wait,
    /// Agree that pools with `strategy: replace` are deleted with their tasks.
    #[arg(long)]
    pub(crate) allow_replace: bool,
    /// What the plan may touch.
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

/// How far to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// Only for what other steps need.
    None,
    /// Until image versions are complete in their regions.
    Regions,
    /// Until pools have their nodes.
    Allocation,
    /// Until nodes can run tasks.
    Nodes,
}

impl From<Wait> for WaitFor {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::None => Self::None,
            Wait::Regions => Self::Regions,
            Wait::Allocation => Self::Allocation,
            Wait::Nodes => Self::Nodes,
        }
    }
}

/// A saved plan is carried out once: what it has begun is no more what it would do.
const ANOTHER_PLAN: &str = "Make the plan again: it goes on from what is there.";

/// So much of what has moved is told.
const SHOWN: usize = 10;

pub(crate) async fn run(
    mut args: ApplyArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let saved = saved(&mut args, environment)?;
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    if let Some(saved) = &saved {
        same_files(&saved.spec, &sound)?;
        same_subscriptions(&saved.azure.subscriptions, &sound)?;
    }
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let options = Options {
            goal: Goal::Apply,
            wait: args.wait.into(),
            allow_replace: args.allow_replace,
            ..Options::new(Goal::Apply)
        };
        let make = || make_plan(&sound, &session, options, &args.scope.targets);
        let plan = make().await?;
        if let Some(saved) = &saved {
            same_plan(saved, &plan, &sound, &session).await?;
        }
        // Whoever saved the plan has seen it.
        let given = args.run.yes || saved.is_some();
        let consent = Consent {
            given,
            question: "Carry this plan out? Only `yes` does: ",
            deletes: Deletes::AtMost(args.scope.max_deletes),
            goes_on: if saved.is_some() { ANOTHER_PLAN } else { SAME_COMMAND },
        };
        carry_out(plan, make, &sound.files, &session, &args.run, consent, terminal).await
    }
    .await;
    session.close(&ended).await;
    ended
}

/// The saved plan that the only path is, if it is one: what it was made from is asked for again.
fn saved(args: &mut ApplyArgs, environment: &Environment) -> Result<Option<SavedV1>, Failure> {
    let Some(path) = args.spec.paths.iter().find(|path| is_saved(path)) else { return Ok(None) };
    if args.spec.paths.len() > 1 {
        return Err(Failure::new(format!(
            "{} is a saved plan, and stands beside other paths",
            path.display()
        ))
        .hint("`apply` takes one saved plan, or files and folders"));
    }
    let saved = SavedV1::read(path)?;
    let spec = &args.spec;
    let given = [
        ("--var", !spec.variables.is_empty()),
        ("--var-file", !spec.variable_files.is_empty()),
        ("--strict", spec.strict),
        ("--allow-replace", args.allow_replace),
        ("--target", !args.scope.targets.is_empty()),
        ("--max-deletes", args.scope.max_deletes.is_some()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!("a saved plan says by itself whether `{flag}` holds"))
            .hint(format!("leave `{flag}` out, or make the plan again")));
    }
    let chosen = args.cloud.emulator.is_some() || args.cloud.cloud.is_some();
    let cloud = cloud_of(&args.cloud, environment);
    let emulator = args.cloud.emulator.clone();
    if chosen && (emulator != saved.azure.emulator || (emulator.is_none() && cloud != saved.azure.cloud)) {
        return Err(Failure::new("the plan was made for another Azure")
            .exit(Exit::Refused)
            .hint("leave `--emulator` and `--cloud` out: the plan says which Azure it is for"));
    }
    let SpecV1 { paths, variables, variable_files, strict, digests: _ } = saved.spec.clone();
    args.spec = SpecArgs { paths, variables, variable_files, strict };
    let OptionsV1 { allow_replace, targets, max_deletes } = saved.options.clone();
    args.allow_replace = allow_replace;
    let targets = targets.iter().filter_map(|target| Address::parse(target)).collect();
    args.scope = ScopeArgs { targets, max_deletes };
    let cloud = saved.azure.emulator.is_none().then(|| saved.azure.cloud.clone());
    let CloudArgs { ca_file, managed_identity, .. } = &args.cloud;
    args.cloud = CloudArgs {
        emulator: saved.azure.emulator.clone(),
        cloud,
        ca_file: ca_file.clone(),
        managed_identity: *managed_identity,
    };
    Ok(Some(saved))
}

fn same_files(saved: &SpecV1, sound: &Sound) -> Result<(), Failure> {
    let now = digests(sound);
    let names = saved.digests.keys().chain(now.keys().filter(|name| !saved.digests.contains_key(*name)));
    let changed: Vec<String> =
        names.filter(|name| saved.digests.get(*name) != now.get(*name)).cloned().collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(stale(format!("the files have changed since the plan was made: {}", changed.join(", "))))
}

/// The environment may name another one.
fn same_subscriptions(saved: &[String], sound: &Sound) -> Result<(), Failure> {
    let now = subscriptions(sound);
    if saved == now {
        return Ok(());
    }
    let (saved, now) = (saved.join(", "), now.join(", "));
    Err(stale(format!("the plan was made for the subscription {saved}, and this is for {now}")))
}

async fn same_plan(saved: &SavedV1, plan: &Plan, sound: &Sound, session: &Session) -> Result<(), Failure> {
    let tenant = tenant(sound, session).await;
    if let (Some(before), Some(now)) = (&saved.azure.tenant, &tenant)
        && before != now
    {
        return Err(stale(format!("the plan was made in the tenant {before}, and this is {now}")));
    }
    let moved = moved(&saved.done(), &fingerprint(plan, &sound.graph));
    if moved.is_empty() {
        return Ok(());
    }
    let mut words: Vec<String> = moved.iter().take(SHOWN).cloned().collect();
    if moved.len() > SHOWN {
        words.push(format!("and {} more", moved.len() - SHOWN));
    }
    Err(stale(format!("the plan is not what would be done now:\n  {}", words.join("\n  "))))
}

fn stale(why: String) -> Failure {
    Failure::new(why).exit(Exit::Refused).hint("nothing was written; make the plan again, and look at it")
}
