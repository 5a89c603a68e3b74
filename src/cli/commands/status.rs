//! `status`: how everything is, once or again and again.

use std::time::Duration;

use clap::Args;

use crate::cli::args::inputs::{CloudArgs, Format, SpecArgs};
use crate::cli::commands::run::Interrupts;
use crate::cli::context::Environment;
use crate::cli::drawing::Drawing;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::cli::stages::{Sound, check_or_stop, look};
use crate::cli::terminal::Terminal;
use crate::model::status::Status;
use crate::render::{status_human, status_json};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Which files.
    #[command(flatten)]
    pub(crate) spec: SpecArgs,
    /// Which Azure.
    #[command(flatten)]
    pub(crate) cloud: CloudArgs,
    /// Look again every so many seconds, until Ctrl-C; in a pipe only what has changed is printed.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) watch: Option<u64>,
    /// The form of the status; watched, JSON is a document a line.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Format,
}

pub(crate) async fn run(
    args: StatusArgs,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let sound = check_or_stop(&args.spec, environment, terminal)?;
    let session = Session::open(&args.cloud, &args.spec, environment).await?;
    let ended = async {
        match args.watch {
            None => once(&sound, &session, args.format, terminal).await,
            Some(seconds) => {
                watch(&sound, &session, Duration::from_secs(seconds), args.format, terminal).await
            }
        }
    }
    .await;
    session.close(&ended).await;
    ended
}

async fn once(
    sound: &Sound,
    session: &Session,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let status = Terminal::patiently("reading from Azure", look(sound, session)).await;
    Terminal::print(&match format {
        Format::Human => status_human::status(&status, terminal.paint, terminal.width),
        Format::Json => status_json::pretty(&status).map_err(|error| unprintable(&error))?,
    });
    match status.unreadable.len() {
        0 => Ok(Exit::Done),
        1 => Err(Failure::new("1 thing could not be read, and what rests on it is not known")),
        more => {
            Err(Failure::new(format!("{more} things could not be read, and what rests on them is not known")))
        }
    }
}

/// Looks again and again, until somebody interrupts it.
async fn watch(
    sound: &Sound,
    session: &Session,
    interval: Duration,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let (interrupts, cancelled) = Interrupts::watch()?;
    let mut drawing = Drawing::default();
    let mut last: Option<Status> = None;
    loop {
        let looked = tokio::select! {
            status = look(sound, session) => status,
            () = cancelled.stopping() => break,
        };
        if terminal.redraws && format == Format::Human {
            let terminal = terminal.as_wide_as_now();
            drawing.replace(&status_human::status(&looked, terminal.paint, terminal.width));
        } else if last.as_ref() != Some(&looked) {
            let text = match format {
                Format::Human => {
                    let apart = if last.is_some() { "\n" } else { "" };
                    format!("{apart}{}", status_human::status(&looked, terminal.paint, terminal.width))
                }
                Format::Json => status_json::line(&looked).map_err(|error| unprintable(&error))?,
            };
            Terminal::print(&text);
        }
        last = Some(looked);
        if Terminal::is_unread() || Terminal::lost().is_some() {
            return Ok(Exit::Done);
        }
        if tokio::time::timeout(interval, cancelled.stopping()).await.is_ok() {
            break;
        }
    }
    Ok(interrupts.which().unwrap_or(Exit::Interrupted))
}

fn unprintable(error: &serde_json::Error) -> Failure {
    Failure::of("cannot print the status", error)
}
