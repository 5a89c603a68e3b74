//! Sends log lines to stderr, if `--log` or `RUST_LOG` asks for them: without, everything worth telling is told as progress.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::cli::args::{Global, LogFormat};
use crate::cli::context::Environment;
use crate::cli::error::Failure;

/// Begins to log. May be called once in a process.
pub(crate) fn start(global: &Global, environment: &Environment) -> Result<(), Failure> {
    let wanted = global.log.as_deref().or_else(|| environment.get("RUST_LOG")).unwrap_or("off");
    // A bare level is meant for our own lines: those of the HTTP libraries below may show headers.
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    let refuse = |why: &str| {
        Failure::new(format!("`{wanted}` is no log level{why}")).hint("error, warn, info, debug or trace")
    };
    let is_level = levels.contains(&wanted.to_lowercase().as_str());
    // To the filter any word is the name of a module.
    if !is_level && global.log.is_some() && !wanted.contains(['=', ',', ':']) {
        return Err(refuse(""));
    }
    let directives = if is_level { format!("off,poolwright={wanted}") } else { wanted.to_owned() };
    let filter =
        EnvFilter::try_new(&directives).map_err(|error| refuse(&format!(", and no filter: {error}")))?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let started = match global.log_format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::new(format!("cannot begin to log: {error}")))
}
