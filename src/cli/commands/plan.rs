//! `plan`: what would be done, and why; and the same saved in a file, to be carried out as it was agreed to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::cli::args::inputs::{CloudArgs, Format, ScopeArgs, SpecArgs};
use crate::cli::commands::run::{show, with_errors, within};
use crate::cli::context::Environment;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::saved::{AzureV1, OptionsV1, ResourceV1, SavedV1, SpecV1, can_be_read_again};
use crate::cli::session::{Session, cloud_of};
use crate::cli::stages::{Sound, check_or_stop, make_plan};
use crate::cli::terminal::Terminal;
use crate::model::digest::digest;
use crate::model::facts::Question;
use crate::model::plan::Plan;
use crate::plan::fingerprint::{Done, fingerprint};
use crate::plan::{Goal, Options, WaitFor};
use crate::render::plan_human::{self, View};
use crate::render::plan_json;
use crate::render::style::Paint;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// The form of the plan.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
    /// Exit with 2 when something is to be done.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Plan as `apply --allow-replace` would.
    #[arg(long)]
    pub(crate) allow_replace: bool,
    /// What the plan may touch.
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// Save the plan in a file, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// As wide as a saved plan is shown.
const WIDTH: usize = 100;

pub(crate) async fn run(
    args: PlanArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    if args.out.is_some() {
        can_be_read_again(&args.spec.variable_files)?;
    }
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        let options = Options {
            goal: Goal::Apply,
            wait: WaitFor::Nodes,
            allow_replace: args.allow_replace,
            ..Options::new(Goal::Apply)
        };
        let plan = make_plan(&sound, &session, options, &args.scope.targets).await?;
        Terminal::print(&show(&plan, &sound.files, args.format, terminal)?);
        if plan.errors() > 0 {
            return Err(with_errors(&plan));
        }
        within(plan.loss, args.scope.max_deletes)?;
        if let Some(path) = &args.out {
            save(&plan, &sound, &args, &session, environment).await?.write(path)?;
            Terminal::say(&format!("saved: `poolwright apply {}` carries it out\n", path.display()));
        }
        Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Pending } else { Exit::Done })
    }
    .await;
    session.close(&ended).await;
    ended
}

async fn save(
    plan: &Plan,
    sound: &Sound,
    args: &PlanArgs,
    session: &Session,
    environment: &Environment,
) -> Result<SavedV1, Failure> {
    let locate = |place| sound.files.locate(place);
    let view = View { locate: &locate, paint: Paint::plain(), width: WIDTH };
    let json = plan_json::plan(plan, &sound.files)
        .and_then(|text| serde_json::from_str(&text))
        .map_err(|error| Failure::of("cannot put the plan into a file", &error))?;
    let resource = |done: Done| ResourceV1 { action: done.action, parts: done.parts };
    let done = fingerprint(plan, &sound.graph);
    Ok(SavedV1 {
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        spec: SpecV1 {
            paths: args.spec.paths.clone(),
            variables: args.spec.variables.clone(),
            variable_files: args.spec.variable_files.clone(),
            strict: args.spec.strict,
            digests: digests(sound),
        },
        azure: AzureV1 {
            emulator: args.cloud.emulator.clone(),
            cloud: cloud_of(&args.cloud, environment),
            tenant: tenant(sound, session).await,
            subscriptions: subscriptions(sound),
        },
        options: OptionsV1 {
            allow_replace: args.allow_replace,
            targets: args.scope.targets.iter().map(ToString::to_string).collect(),
            max_deletes: args.scope.max_deletes,
        },
        resources: done.into_iter().map(|(address, done)| (address, resource(done))).collect(),
        text: plan_human::plan(plan, view),
        plan: json,
    })
}

/// The digest of each file's text, by its name.
pub(super) fn digests(sound: &Sound) -> BTreeMap<String, String> {
    let of = |file| (sound.files.name(file).to_owned(), digest(sound.files.text(file)));
    sound.loaded.iter().map(|file| of(*file)).collect()
}

/// The tenant of the stack's subscription; none where that cannot be read.
pub(super) async fn tenant(sound: &Sound, session: &Session) -> Option<String> {
    let question = Question::Subscription(sound.graph.owner.subscription.to_lowercase());
    let answer = session.read().get_optional(&question.request(), "the subscription").await.ok()??;
    answer.get("tenantId").and_then(Value::as_str).map(str::to_lowercase)
}

/// Every subscription that the stack has something in, in order.
pub(super) fn subscriptions(sound: &Sound) -> Vec<String> {
    let desired = sound.graph.desired.values().map(|desired| &desired.id);
    let referenced = sound.graph.referenced.values().map(|referenced| &referenced.id);
    let named: BTreeSet<String> =
        desired.chain(referenced).map(|id| id.subscription().to_lowercase()).collect();
    named.into_iter().collect()
}
