//! `emulator`: a local Azure for rehearsals and tests, served until it is stopped; and how others find it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::embedded::{TIME_SCALE, answers, pause, read_seeds};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::emulator::fault::{self, Fault};
use crate::emulator::server::{Endpoint, serve};
use crate::emulator::{Emulator, Settings, clock, seed, sign_in};

/// Arguments of `emulator`.
#[derive(Debug, Args)]
pub(crate) struct EmulatorArgs {
    /// Where to listen; loopback only. Port 0 picks one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: std::net::SocketAddr,
    /// Where its state, certificate authority and address are kept.
    #[arg(long, value_name = "DIR", default_value = ".poolwright/emulator")]
    pub(crate) state: PathBuf,
    /// What the state holds beside the default; each resource is planted once.
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Vec<PathBuf>,
    /// Begin a new state with nothing but its two subscriptions.
    #[arg(long, conflicts_with = "seed")]
    pub(crate) empty: bool,
    /// Let time run, or stand still until it is moved by `POST /_emulator/clock {"advance": "PT5M"}`.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) clock: Clock,
    /// How many times as fast as the machine's its clock runs [default: 180].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) time_scale: Option<u32>,
    /// Entries of a list in one page.
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) page_size: u32,
    /// Add every exchange to this file, a JSON object a line, without tokens and secrets.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// What goes wrong, by script.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Vec<PathBuf>,
    /// Print the shell lines that point az, the SDKs and poolwright at the emulator that runs there, and end.
    #[arg(long, conflicts_with_all = ["listen", "seed", "empty", "clock", "time_scale", "page_size", "record", "faults"])]
    pub(crate) env: bool,
}

/// How the emulator's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clock {
    /// It runs, faster than the machine's.
    Auto,
    /// It is moved by hand.
    Manual,
}

/// How many times to look for an emulator that may be starting.
const PATIENCE: u32 = 40;

pub(crate) async fn run(args: EmulatorArgs) -> Result<Exit, Failure> {
    if args.env {
        return print_environment(&args.state).await;
    }
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(format!("{} is not on loopback", args.listen))
            .hint("the emulator listens on 127.0.0.1 or [::1] only"));
    }
    if args.clock == Clock::Manual && args.time_scale.is_some() {
        return Err(Failure::new("a clock that is moved by hand has no --time-scale"));
    }
    let faults = read_scripts(&args.faults)?;
    let settings = Settings {
        clock: match args.clock {
            Clock::Auto => clock::Mode::Auto { scale: f64::from(args.time_scale.unwrap_or(TIME_SCALE)) },
            Clock::Manual => clock::Mode::Manual,
        },
        state: Some(args.state.clone()),
        seed: seed::Seed { default: !args.empty, files: read_seeds(&args.seed)? },
        page_size: usize::try_from(args.page_size).unwrap_or(usize::MAX),
        record: args.record.clone(),
        ..Settings::default()
    };
    let emulator = Emulator::new(settings).map_err(|error| {
        let failure = Failure::of("cannot start the emulator", &error);
        if error.is_in_use() {
            return failure.hint(format!(
                "one is running there: `poolwright emulator --env --state {}` tells how to reach it",
                args.state.display()
            ));
        }
        failure
    })?;
    for fault in faults {
        emulator.add_fault(fault);
    }
    let server = serve(&emulator, args.listen, &args.state)
        .await
        .map_err(|error| Failure::of("cannot serve the emulator", &error))?;
    let Endpoint { url, ca, tenant, subscription, accounts, .. } = server.endpoint();
    for id in server.moved() {
        let authority = accounts.get(id).map_or("nowhere", String::as_str);
        Terminal::say(&format!("note: the port of {id} is taken; it is now at {authority}\n"));
    }
    let line = json!({ "url": url, "ca": ca, "tenant": tenant, "subscription": subscription });
    Terminal::print(&format!("{line}\n"));
    until_stopped().await?;
    if let (Some(why), Some(path)) = (emulator.recording_broken(), &args.record) {
        return Err(Failure::new(format!("the recording in {} broke off: {why}", path.display())));
    }
    Ok(Exit::Done)
}

/// Waits for Ctrl-C, or for whoever started it to end it.
async fn until_stopped() -> Result<(), Failure> {
    let cannot = |error| Failure::of("cannot listen for signals", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(cannot),
        _ = terminate.recv() => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "scripts of faults are named by the user")]
fn read_scripts(paths: &[PathBuf]) -> Result<Vec<Fault>, Failure> {
    let mut faults = Vec::new();
    for path in paths {
        let cannot =
            |error: &dyn std::error::Error| Failure::of(&format!("cannot use {}", path.display()), error);
        let text = fs::read(path).map_err(|error| cannot(&error))?;
        faults.extend(fault::read_script(&text).map_err(|error| cannot(&error))?);
    }
    Ok(faults)
}

/// Prints what a shell needs to `eval` so that clients go to the emulator of a state folder.
async fn print_environment(state: &Path) -> Result<Exit, Failure> {
    let Some(endpoint) = running(state).await else {
        let message = format!("no emulator is running with its state in {}", state.display());
        return Err(
            Failure::new(message).hint(format!("start one: poolwright emulator --state {}", state.display()))
        );
    };
    let token = write_federated_token(state, &endpoint.url)
        .map_err(|error| Failure::of(&format!("cannot write to {}", state.display()), &error))?;
    let lines = environment(&endpoint, state, &token);
    let lines = lines.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    Terminal::print(&lines.collect::<String>());
    Ok(Exit::Done)
}

/// How the emulator of a state folder is reached; waits a moment for one that was started just before.
async fn running(state: &Path) -> Option<Endpoint> {
    for _ in 0..PATIENCE {
        if let Some(endpoint) = Endpoint::read(state)
            && answers(&endpoint).await
        {
            return Some(endpoint);
        }
        pause().await;
    }
    None
}

/// Leaves a federated token where a platform with workload identity would; it is good for an hour.
#[expect(clippy::disallowed_methods, reason = "the file lies in the emulator's own state folder")]
fn write_federated_token(state: &Path, url: &str) -> std::io::Result<PathBuf> {
    let path = absolute(&state.join("federated-token"));
    fs::write(&path, sign_in::federated_token(url))?;
    Ok(path)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What each sort of client reads.
fn environment(endpoint: &Endpoint, state: &Path, token: &Path) -> Vec<(&'static str, String)> {
    let Endpoint { url, ca, tenant, subscription, client, accounts, .. } = endpoint;
    let ca = ca.display().to_string();
    let authority = url.trim_start_matches("https://").to_owned();
    let secret = "emulator".to_owned();
    let mut variables = vec![
        // Azure's SDKs and poolwright.
        ("AZURE_TENANT_ID", tenant.clone()),
        ("AZURE_CLIENT_ID", client.clone()),
        ("AZURE_CLIENT_SECRET", secret.clone()),
        ("AZURE_SUBSCRIPTION_ID", subscription.clone()),
        ("AZURE_AUTHORITY_HOST", url.clone()),
        ("AZURE_FEDERATED_TOKEN_FILE", token.display().to_string()),
        // Whom to trust: requests and msal (az, Python), OpenSSL and rustls, curl, Node.
        ("REQUESTS_CA_BUNDLE", ca.clone()),
        ("SSL_CERT_FILE", ca.clone()),
        ("CURL_CA_BUNDLE", ca.clone()),
        ("NODE_EXTRA_CA_CERTS", ca),
        // az: its clouds come from here; it must not ask Microsoft whether the sign-in host is genuine, and must not
        // mix what it caches with what it knows of Azure.
        ("ARM_CLOUD_METADATA_URL", format!("{url}/metadata/endpoints?api-version=2019-05-01")),
        ("AZURE_CONFIG_DIR", absolute(&state.join("az")).display().to_string()),
        ("AZURE_CORE_INSTANCE_DISCOVERY", "false".to_owned()),
        ("AZURE_CORE_COLLECT_TELEMETRY", "false".to_owned()),
        // Terraform's providers and poolwright.
        ("ARM_METADATA_HOSTNAME", authority),
        ("ARM_TENANT_ID", tenant.clone()),
        ("ARM_CLIENT_ID", client.clone()),
        ("ARM_CLIENT_SECRET", secret),
        ("ARM_SUBSCRIPTION_ID", subscription.clone()),
    ];
    let main = accounts.iter().find(|(_, authority)| url.ends_with(authority.as_str()));
    if let Some((id, _)) = main {
        let name = id.rsplit('/').next().unwrap_or_default();
        variables.extend([
            // az batch.
            ("AZURE_BATCH_ACCOUNT", name.to_owned()),
            ("AZURE_BATCH_ENDPOINT", url.clone()),
            ("AZURE_BATCH_AUTH_MODE", "aad".to_owned()),
        ]);
    }
    variables
}

/// A word that a shell takes as it is.
fn quoted(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+,".contains(letter);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(quoted("https://127.0.0.1:8443"), "https://127.0.0.1:8443");
        assert_eq!(quoted("/my state/it's"), r"'/my state/it'\''s'");
        assert_eq!(quoted("a?b"), "'a?b'");
    }
}
