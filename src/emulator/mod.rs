//! A local Azure for the resources poolwright knows: Compute galleries and images, Batch accounts and pools.
//! Imports nothing of ours and listens nowhere by itself: `handle` answers one request, `server` adds the sockets.
//!
//! In process, ARM and sign-in are at [`IN_PROCESS_BASE`]; the first Batch account's data plane is there too,
//! every further account's at the authority that its `accountEndpoint` tells.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::clock::{Clock, Mode, Moment};
use crate::emulator::endpoints::{Doors, Endpoints};
use crate::emulator::engine::Engine;
use crate::emulator::fault::Fault;
use crate::emulator::journal::{Journal, JournalError};
use crate::emulator::record::Recorder;
use crate::emulator::store::World;
use crate::emulator::timings::Timings;
use crate::emulator::wire::{Request, Response};

pub use crate::emulator::endpoints::IN_PROCESS_BASE;

mod admission;
mod arm_id;
mod azure;
mod base64;
mod call;
pub mod clock;
mod control;
mod endpoints;
mod engine;
pub mod fault;
mod glob;
mod guid;
mod http;
mod journal;
mod metadata;
mod operation;
mod page;
mod past;
mod ports;
mod record;
mod regions;
mod router;
pub mod seed;
pub mod server;
pub mod sign_in;
mod store;
pub mod timings;
pub mod tls;
pub mod wire;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

/// How an emulator is made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How time passes.
    pub clock: Mode,
    /// The folder its state is kept in; in memory only when none.
    pub state: Option<PathBuf>,
    /// What a new world holds. A world that has a state is not seeded again.
    pub seed: seed::Seed,
    /// Entries of a list in one page; above zero.
    pub page_size: usize,
    /// How long things take.
    pub timings: Timings,
    /// The file to which every exchange is added.
    pub record: Option<PathBuf>,
}

impl Default for Settings {
    /// In memory, the default seed, a clock that runs fast.
    fn default() -> Settings {
        Settings {
            clock: Mode::DEFAULT,
            state: None,
            seed: seed::Seed::default(),
            page_size: 100,
            timings: Timings::default(),
            record: None,
        }
    }
}

impl Settings {
    /// In memory, the default seed, a clock that moves only when told: for tests.
    pub fn manual() -> Settings {
        Settings { clock: Mode::Manual, ..Settings::default() }
    }
}

/// Why an emulator could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// The state folder.
    #[error(transparent)]
    State(#[from] JournalError),
    /// The seed.
    #[error(transparent)]
    Seed(#[from] seed::SeedError),
    /// The recording.
    #[error("cannot record to {0}")]
    Record(PathBuf, #[source] std::io::Error),
}

impl EmulatorError {
    /// True when another process serves this state: connect to it by `endpoint.json`.
    pub fn is_in_use(&self) -> bool {
        matches!(self, EmulatorError::State(JournalError::InUse(_)))
    }
}

/// The connection was closed without an answer, by a fault that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection was closed before an answer came")]
pub struct Dropped;

/// What is remembered of a request; never its token, headers or bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Counted from 1 over all requests.
    pub number: u64,
    /// The verb.
    pub method: String,
    /// Path and query.
    pub url: String,
    /// The status answered; 0 when the connection was closed instead.
    pub status: u16,
    /// The client's `x-ms-client-request-id`, or `client-request-id` on the data plane.
    pub client_request_id: Option<String>,
    /// The client's `user-agent`.
    pub user_agent: Option<String>,
    /// True when it changed the world.
    pub committed: bool,
    /// True when a fault struck it.
    pub faulted: bool,
}

/// A local Azure; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Emulator {
    engine: Arc<Mutex<Engine>>,
}

impl Emulator {
    /// Opens the state, or begins a new world from the seed.
    ///
    /// # Errors
    /// When the state cannot be opened (another process may serve it: `is_in_use`), the seed is none, or the recording
    /// cannot be written to.
    pub fn new(settings: Settings) -> Result<Emulator, EmulatorError> {
        let mut world =
            World::new(settings.clock, settings.timings, settings.page_size.max(1), Endpoints::in_process());
        let (journal, found) = match &settings.state {
            Some(folder) => {
                let (journal, found) = Journal::open(folder, &mut world)?;
                (Some(journal), found)
            }
            None => (None, false),
        };
        if found {
            seed::plant_missing(&mut world, &settings.seed)?;
        } else {
            seed::plant(&mut world, &settings.seed)?;
        }
        ports::open_all(&mut world);
        let recorder = match settings.record {
            Some(path) => {
                Some(Recorder::open(&path).map_err(|error| EmulatorError::Record(path.clone(), error))?)
            }
            None => None,
        };
        let clock = Clock::new(settings.clock, world.now);
        let mut engine = Engine::new(world, clock, journal, recorder);
        if let Err(error) = engine.journal.as_mut().map_or(Ok(()), |journal| journal.write_all(&engine.world))
        {
            return Err(JournalError::Io(settings.state.unwrap_or_default(), error).into());
        }
        engine.world.commit();
        Ok(Emulator { engine: Arc::new(Mutex::new(engine)) })
    }

    /// Answers one request. What it changed is on disk before this returns.
    ///
    /// # Errors
    /// Only when a fault asked for the connection to be closed.
    pub fn handle(&self, request: &Request) -> Result<Response, Dropped> {
        self.lock().handle(request)
    }

    /// Moves virtual time forward.
    pub fn advance(&self, length: Duration) {
        self.lock().clock.advance(length);
    }

    /// How many times as fast as the machine's its clock runs, in whole numbers; 0 for a clock that is moved by hand.
    pub fn time_scale(&self) -> u32 {
        match self.lock().clock.mode() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a scale is small and positive"
            )]
            Mode::Auto { scale } => scale.round() as u32,
            Mode::Manual => 0,
        }
    }

    /// The moment it is in the emulator.
    pub fn now(&self) -> Moment {
        self.lock().clock.now()
    }

    /// The requests answered so far.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().log.clone()
    }

    /// The requests answered since the last call of this.
    pub fn take_requests(&self) -> Vec<LoggedRequest> {
        std::mem::take(&mut self.lock().log)
    }

    /// Adds a fault; it strikes from the next request on.
    pub fn add_fault(&self, fault: Fault) {
        self.lock().world.faults.add(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.lock().world.faults.clear();
    }

    /// Why the recording broke off, if it did: a full disk must not stop the emulator, but must not go unsaid either.
    pub fn recording_broken(&self) -> Option<String> {
        self.lock().recorder.as_ref().and_then(Recorder::broken)
    }

    /// Sets how many entries a page of a list has.
    pub fn set_page_size(&self, entries: usize) {
        self.lock().world.page_size = entries.max(1);
    }

    /// Everything it holds, what has come due included; the same world gives the same value.
    pub fn state(&self) -> Value {
        let mut engine = self.lock();
        engine.settle();
        state_of(&engine.world)
    }

    /// From now on everything is reached over sockets. Tells the authorities of the Batch accounts there are, and which
    /// of the accounts had another before.
    fn serve_at(&self, base: &str, doors: Box<dyn Doors>) -> (BTreeMap<String, String>, Vec<String>) {
        let mut engine = self.lock();
        engine.settle();
        engine.world.endpoints.serve(base.to_owned(), doors);
        let moved = ports::open_all(&mut engine.world);
        // Ports that could not be stored are picked anew next time.
        drop(engine.store());
        engine.world.commit();
        (engine.world.endpoints.all(), moved)
    }

    fn lock(&self) -> MutexGuard<'_, Engine> {
        // A panic while handling would leave a half-changed world; the next request rolls it back.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything a world holds, in canonical form.
fn state_of(world: &World) -> Value {
    let all = world.everything();
    let resources = all.set.into_iter().map(|resource| {
        let value = json!({
            "id": resource.id, "body": resource.body, "hidden": resource.hidden, "etag": resource.etag,
        });
        (resource.id.to_ascii_lowercase(), value)
    });
    json!({"now": all.now.rfc3339(), "resources": resources.collect::<serde_json::Map<_, _>>()})
}
