//! Shows a plan, asks, carries it out with progress, and says how it ended: what `apply` and `destroy` share.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::args::inputs::{Format, RunArgs};
use crate::cli::commands::rounds::Rounds;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::terminal::Terminal;
use crate::diag::Files;
use crate::execute::cancel::{Cancel, cancel};
use crate::model::outcome::Outcome;
use crate::model::plan::{Action, Loss, Plan};
use crate::progress::jsonl;
use crate::render::plan_human::View;
use crate::render::{plan_human, plan_json};

/// Whether the user agrees.
pub(super) struct Consent {
    /// `--yes`.
    pub(super) given: bool,
    /// What is asked otherwise.
    pub(super) question: &'static str,
    /// What the plan may take away.
    pub(super) deletes: Deletes,
    /// How to go on where the run ends before all of it is done.
    pub(super) goes_on: &'static str,
}

/// What was begun by a command that plans by itself.
pub(super) const SAME_COMMAND: &str = "Run the same command again: it goes on from what is there.";

/// What a plan may take away.
pub(super) enum Deletes {
    /// So much; `None` is the default.
    AtMost(Option<usize>),
    /// All that the stack owns: that is what is asked for.
    All,
}

/// A plan that takes away more than the user has agreed to: nothing is done.
pub(super) fn within(loss: Loss, max_deletes: Option<usize>) -> Result<(), Failure> {
    let Loss { deleted, owned } = loss;
    let most = max_deletes.unwrap_or_else(|| loss.most_by_default());
    if deleted <= most {
        return Ok(());
    }
    let words = format!(
        "the plan deletes {deleted} of the {owned} resources that the stack owns, and at most {most} may go in one run; nothing was written"
    );
    Err(Failure::new(words)
        .hint("see whether something is missing in the files")
        .hint(format!("`--max-deletes {deleted}` agrees to it"))
        .exit(Exit::Refused))
}

/// The plan as text.
pub(super) fn show(
    plan: &Plan,
    files: &Files,
    format: Format,
    terminal: &Terminal,
) -> Result<String, Failure> {
    match format {
        Format::Human => {
            let locate = |place| files.locate(place);
            let view = View { locate: &locate, paint: terminal.paint, width: terminal.width };
            Ok(plan_human::plan(plan, view))
        }
        Format::Json => {
            plan_json::plan(plan, files).map_err(|error| Failure::of("cannot print the plan", &error))
        }
    }
}

/// Rules that looked at Azure found errors: as with errors in the files, nothing is done.
pub(super) fn with_errors(plan: &Plan) -> Failure {
    let words = match plan.errors() {
        1 => "1 error stands".to_owned(),
        more => format!("{more} errors stand"),
    };
    Failure::new(format!("{words} before the plan; nothing was written")).exit(Exit::SpecErrors)
}

/// Shows, asks, and carries out. `again` makes the plan anew.
pub(super) async fn carry_out(
    plan: Plan,
    again: impl AsyncFn() -> Result<Plan, Failure>,
    files: &Files,
    session: &Session,
    args: &RunArgs,
    consent: Consent,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match args.format {
        Format::Human => Terminal::print(&show(&plan, files, Format::Human, terminal)?),
        Format::Json => Terminal::print(&format!("{}\n", jsonl::planned(&plan, files))),
    }
    if plan.errors() > 0 {
        return Err(with_errors(&plan));
    }
    if let Deletes::AtMost(most) = consent.deletes {
        within(plan.loss, most)?;
    }
    if plan.steps.is_empty() {
        if args.format == Format::Json {
            Terminal::print(&format!("{}\n", jsonl::finished(&Outcome::default())));
        }
        return Ok(refused(&plan, Exit::Done));
    }
    if !consent.given {
        match Terminal::ask(consent.question) {
            Some(true) => {}
            Some(false) => return Err(Failure::new("not agreed to; nothing was written").exit(Exit::Refused)),
            None => {
                return Err(Failure::new("there is nobody to ask; nothing was written")
                    .hint("`--yes` agrees beforehand")
                    .exit(Exit::Refused));
            }
        }
    }
    let (interrupts, cancelled) = Interrupts::watch()?;
    let run = Rounds { files, session, args, terminal, cancelled, goes_on: consent.goes_on };
    let (plan, outcome) = run.carry_out(plan, again).await?;
    Ok(match interrupts.which() {
        Some(exit) if !outcome.is_complete() => exit,
        _ if outcome.is_complete() => refused(&plan, Exit::Done),
        _ => refused(&plan, Exit::Incomplete),
    })
}

/// What is blocked stays as it is, however the rest of the plan has `ended`.
fn refused(plan: &Plan, ended: Exit) -> Exit {
    let words = match plan.count(Action::Blocked) {
        0 => return ended,
        1 => "1 resource is blocked, and left as it is".to_owned(),
        more => format!("{more} resources are blocked, and left as they are"),
    };
    Terminal::say(&format!("{words}\n"));
    Exit::Refused
}

/// Listens for Ctrl-C and SIGTERM: the first stops gently, the second at once.
pub(super) struct Interrupts {
    seen: Arc<std::sync::OnceLock<Exit>>,
}

impl Interrupts {
    pub(super) fn watch() -> Result<(Self, Cancel), Failure> {
        let (switch, cancelled) = cancel();
        let listen = |kind| signal(kind).map_err(|error| Failure::of("cannot listen for signals", &error));
        let (mut interrupt, mut terminate) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let seen = Arc::new(std::sync::OnceLock::new());
        let first = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let exit = tokio::select! {
                    _ = interrupt.recv() => Exit::Interrupted,
                    _ = terminate.recv() => Exit::Terminated,
                };
                // Only the first decides the exit code.
                first.get_or_init(|| exit);
                switch.press();
            }
        });
        Ok((Self { seen }, cancelled))
    }

    pub(super) fn which(&self) -> Option<Exit> {
        self.seen.get().copied()
    }
}
