//! The embedded emulator: serves it in this process, or finds the one that another process serves.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::azure::timer::{RealTimer, Timer};
use crate::cli::error::Failure;
use crate::cli::terminal::Terminal;
use crate::emulator::server::{Endpoint, Server, serve};
use crate::emulator::{Emulator, Settings, clock, seed};

/// How many times as fast as the machine's the emulator's clock runs: half an hour of Azure in ten seconds.
pub(super) const TIME_SCALE: u32 = 180;

/// How long to wait for another process that is starting or ending just now.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often to look again.
const PAUSE: Duration = Duration::from_millis(50);
/// Connections of our own take a moment to close.
const CLOSING: Duration = Duration::from_millis(500);

/// Where an emulator is, and what keeps it alive.
pub(crate) struct Connection {
    /// How it is reached.
    pub endpoint: Endpoint,
    /// Held while this process serves it.
    server: Option<Server>,
}

impl Connection {
    /// Goes on serving while other processes are in the middle of something, until they leave or the user ends it.
    /// Must be called when our own client is gone.
    pub(crate) async fn leave(self) {
        let Some(server) = self.server else { return };
        if alone_within(&server, Some(CLOSING)).await {
            return;
        }
        Terminal::say("another process still uses the emulator: serving it until that ends (Ctrl-C stops)\n");
        let asked_to_stop = async {
            // Where nobody could stop it, it is better that the other one fails.
            if let Ok(mut terminate) = signal(SignalKind::terminate()) {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
            }
        };
        tokio::select! {
            _ = alone_within(&server, None) => {}
            () = asked_to_stop => {}
        }
    }
}

async fn alone_within(server: &Server, limit: Option<Duration>) -> bool {
    let alone = async {
        while server.guests() > 0 {
            pause().await;
        }
    };
    if let Some(limit) = limit {
        return tokio::time::timeout(limit, alone).await.is_ok();
    }
    alone.await;
    true
}

pub(super) async fn pause() {
    RealTimer::new().sleep(PAUSE).await;
}

/// Connects to the emulator whose state is in a folder.
pub(crate) async fn connect(state: &Path, specs: &[PathBuf]) -> Result<Connection, Failure> {
    let settings = Settings {
        clock: clock::Mode::Auto { scale: f64::from(TIME_SCALE) },
        state: Some(state.to_owned()),
        seed: seed::Seed { files: seeds_beside(specs)?, ..seed::Seed::default() },
        ..Settings::default()
    };
    let mut waited = Duration::ZERO;
    let emulator = loop {
        match Emulator::new(settings.clone()) {
            Ok(emulator) => break emulator,
            Err(error) if error.is_in_use() => {}
            Err(error) => return Err(Failure::of("cannot start the emulator", &error)),
        }
        if let Some(endpoint) = Endpoint::read(state)
            && answers(&endpoint).await
        {
            return Ok(Connection { endpoint, server: None });
        }
        if waited >= PATIENCE {
            let message = format!("another process holds {}, and serves no emulator there", state.display());
            return Err(
                Failure::new(message).hint("end that process, or name another folder: --emulator=DIR")
            );
        }
        pause().await;
        waited += PAUSE;
    };
    let listen = ([127, 0, 0, 1], 0).into();
    let server = serve(&emulator, listen, state)
        .await
        .map_err(|error| Failure::of("cannot serve the emulator", &error))?;
    Ok(Connection { endpoint: server.endpoint().clone(), server: Some(server) })
}

/// Whether somebody listens there: what a killed process has left behind names a port that is closed.
pub(super) async fn answers(endpoint: &Endpoint) -> bool {
    let authority = endpoint.url.trim_start_matches("https://");
    TcpStream::connect(authority).await.is_ok()
}

/// What specs refer to and do not make: `NAME.seed.json` beside `NAME.yaml`.
fn seeds_beside(specs: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    for spec in specs {
        if spec.is_dir() {
            let entries = fs::read_dir(spec).into_iter().flatten().flatten().map(|entry| entry.path());
            let seeds = entries.filter(|path| path.to_string_lossy().ends_with(".seed.json"));
            found.extend(seeds);
        } else {
            found.push(spec.with_extension("seed.json"));
        }
    }
    found.sort();
    found.retain(|path| path.is_file());
    read_seeds(&found)
}

/// Reads seed files.
#[expect(
    clippy::disallowed_methods,
    reason = "seeds are named by the user, or stand beside the specs that are"
)]
pub(super) fn read_seeds(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut seeds = Vec::new();
    for path in paths {
        let refuse =
            |error: &dyn std::error::Error| Failure::of(&format!("cannot read {}", path.display()), error);
        let text = fs::read_to_string(path).map_err(|error| refuse(&error))?;
        seeds.push(serde_json::from_str(&text).map_err(|error| refuse(&error))?);
    }
    Ok(seeds)
}
