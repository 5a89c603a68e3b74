//! `emulator`: a local Azure for rehearsals and tests, served until it is stopped.

use serde_json::json;

use crate::cli::args::EmulatorArgs;
use crate::cli::embedded::{TIME_SCALE, read_seeds};
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::terminal::Terminal;
use crate::emulator::server::{Endpoint, serve};
use crate::emulator::{Emulator, Settings, clock, seed};

pub(crate) async fn run(args: EmulatorArgs) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(format!("{} is not on loopback", args.listen))
            .hint("the emulator listens on 127.0.0.1 or [::1] only"));
    }
    let settings = Settings {
        clock: clock::Mode::Auto { scale: f64::from(args.time_scale.unwrap_or(TIME_SCALE)) },
        state: Some(args.state.clone()),
        seed: seed::Seed { files: read_seeds(&args.seed)?, ..seed::Seed::default() },
        ..Settings::default()
    };
    let emulator =
        Emulator::new(settings).map_err(|error| Failure::of("cannot start the emulator", &error))?;
    let server = serve(&emulator, args.listen, &args.state)
        .await
        .map_err(|error| Failure::of("cannot serve the emulator", &error))?;
    let Endpoint { url, ca, tenant, subscription, .. } = server.endpoint();
    let line = json!({ "url": url, "ca": ca, "tenant": tenant, "subscription": subscription });
    Terminal::print(&format!("{line}\n"));
    tokio::signal::ctrl_c().await.map_err(|error| Failure::of("cannot listen for signals", &error))?;
    Ok(Exit::Done)
}
