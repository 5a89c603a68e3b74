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
use crate::emulator::fault::{Fault, What, When};
use crate::emulator::journal::{Journal, JournalError};
use crate::emulator::store::World;
use crate::emulator::timings::Timings;
use crate::emulator::wire::{Request, Response};

pub use crate::emulator::endpoints::IN_PROCESS_BASE;

mod arm_id;
mod azure;
mod base64;
mod call;
pub mod clock;
mod control;
mod endpoints;
pub mod fault;
mod journal;
mod metadata;
mod operation;
mod page;
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
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    world: World,
    clock: Clock,
    journal: Option<Journal>,
    log: Vec<LoggedRequest>,
    number: u64,
    faults: Vec<Fault>,
}

/// Requests remembered at most; a server that runs for weeks must not grow.
const LOG_LENGTH: usize = 100_000;

impl Emulator {
    /// Opens the state, or begins a new world from the seed.
    ///
    /// # Errors
    /// When the state cannot be opened (another process may serve it: `is_in_use`), or the seed is none.
    pub fn new(settings: Settings) -> Result<Emulator, EmulatorError> {
        let mut world =
            World::new(settings.clock, settings.timings, settings.page_size.max(1), Endpoints::in_process());
        let (mut journal, found) = match &settings.state {
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
        world.open_all_accounts();
        let changes = world.take_changes();
        if let (Some(journal), Some(folder)) = (&mut journal, &settings.state) {
            journal.append(&changes).map_err(|error| JournalError::Io(folder.clone(), error))?;
        }
        let clock = Clock::new(settings.clock, world.now);
        let inner = Inner { world, clock, journal, log: Vec::new(), number: 0, faults: Vec::new() };
        Ok(Emulator { inner: Arc::new(Mutex::new(inner)) })
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
        self.lock().faults.push(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// The next replication of a version into this region fails.
    pub fn fail_replication(&self, region: &str) {
        self.lock().world.failing_regions.push(regions::normal(region));
    }

    /// Sets how many entries a page of a list has.
    pub fn set_page_size(&self, entries: usize) {
        self.lock().world.page_size = entries.max(1);
    }

    /// Everything it holds, what has come due included; the same world gives the same value.
    pub fn state(&self) -> Value {
        let mut inner = self.lock();
        inner.settle();
        state_of(&inner.world)
    }

    /// From now on everything is reached over sockets. Tells the authorities of the Batch accounts there are.
    fn serve_at(&self, base: &str, doors: Box<dyn Doors>) -> BTreeMap<String, String> {
        let mut inner = self.lock();
        inner.settle();
        inner.world.endpoints.serve(base.to_owned(), doors);
        inner.world.open_all_accounts();
        let changes = inner.world.take_changes();
        // Ports that could not be stored are picked anew next time.
        drop(inner.append(&changes));
        inner.world.endpoints.all()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while handling would leave a half-changed world; the next request rolls it back.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn handle(&mut self, request: &Request) -> Result<Response, Dropped> {
        self.world.roll_back();
        self.settle();
        if let Some(answer) = control::answer(request, &mut self.clock, &self.world, &self.log) {
            return Ok(finish(answer, request, "emulator"));
        }
        self.number += 1;
        let request_id = store::guid(self.number, 0x0dd0_5eed);
        let fault = fault::strike(&mut self.faults, self.number, &request.method, request.target());
        if let Some((When::BeforeCommit, what)) = &fault {
            return self.spoil(request, what, false);
        }
        let mut answer = router::answer(&mut self.world, request, &request_id);
        let mut committed = false;
        if answer.status >= 400 {
            self.world.roll_back();
        } else {
            let changes = self.world.take_changes();
            committed = !changes.set.is_empty() || !changes.gone.is_empty();
            if let Err(error) = self.append(&changes) {
                let text = format!("The server could not store the change: {error}.");
                answer = call::Failure::arm(500, "InternalServerError", text).into_arm();
            }
        }
        if let Some((When::AfterCommit, what)) = &fault {
            return self.spoil(request, what, committed);
        }
        let response = finish(answer, request, &request_id);
        self.remember(request, response.status, committed, false);
        Ok(response)
    }

    /// Brings the world to now: everything that has come due happens, at its own time and in order.
    fn settle(&mut self) {
        self.world.now = self.clock.now().max(self.world.now);
        let now = self.world.now;
        while let Some((at, key)) = self.world.first_due() {
            self.world.now = at;
            azure::settle(&mut self.world, &key, at);
            self.world.now = now;
            if self.world.get(&key).is_some_and(|resource| resource.due.is_some_and(|due| due <= at)) {
                self.world.edit(&key, |resource| resource.due = None);
            }
        }
        let changes = self.world.take_changes();
        // What time alone does is computed again after a restart, so that a failure to write it loses nothing.
        drop(self.append(&changes));
    }

    fn append(&mut self, changes: &store::Changes) -> std::io::Result<()> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.append(changes)?;
        if journal.is_large() {
            journal.compact(&self.world)?;
        }
        Ok(())
    }

    fn spoil(&mut self, request: &Request, what: &What, committed: bool) -> Result<Response, Dropped> {
        let status = if let What::Status(status, ..) = what { *status } else { 0 };
        self.remember(request, status, committed, true);
        match what {
            What::Drop => Err(Dropped),
            What::Status(status, headers, body) => {
                let mut headers = headers.clone();
                if wire::header(&headers, "content-type").is_none() {
                    headers.push(("content-type".to_owned(), "application/json; charset=utf-8".to_owned()));
                }
                Ok(Response { status: *status, headers, body: body.clone().into_bytes() })
            }
        }
    }

    fn remember(&mut self, request: &Request, status: u16, committed: bool, faulted: bool) {
        if self.log.len() >= LOG_LENGTH {
            self.log.drain(..LOG_LENGTH / 2);
        }
        let id = request.header("x-ms-client-request-id").or_else(|| request.header("client-request-id"));
        self.log.push(LoggedRequest {
            number: self.number,
            method: request.method.clone(),
            url: request.target().to_owned(),
            status,
            client_request_id: id.map(str::to_owned),
            user_agent: request.header("user-agent").map(str::to_owned),
            committed,
            faulted,
        });
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

/// Adds what every answer has, and prints the body.
fn finish(answer: call::Answer, request: &Request, request_id: &str) -> Response {
    let mut headers = answer.headers;
    let mut add = |name: &str, value: String| {
        if wire::header(&headers, name).is_none() {
            headers.push((name.to_owned(), value));
        }
    };
    add("cache-control", "no-cache".to_owned());
    add("x-ms-request-id", request_id.to_owned());
    add("request-id", request_id.to_owned());
    for name in ["x-ms-client-request-id", "client-request-id"] {
        let wanted = request
            .header(&name.replace("client", "return-client"))
            .or(request.header("return-client-request-id"));
        if let (Some(id), Some("true" | "True")) = (request.header(name), wanted) {
            add(name, id.to_owned());
        }
    }
    let body = match (&answer.body, request.method.as_str()) {
        (Some(body), method) if method != "HEAD" => {
            let batch = body.get("odata.metadata").is_some();
            let kind = if batch {
                "application/json;odata=minimalmetadata"
            } else {
                "application/json; charset=utf-8"
            };
            add("content-type", kind.to_owned());
            body.to_string().into_bytes()
        }
        _ => Vec::new(),
    };
    Response { status: answer.status, headers, body }
}
