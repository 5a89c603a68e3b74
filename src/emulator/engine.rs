//! One request after another: time is brought up to now, faults strike, the router answers, the change is stored.
//! The order of these is all that is decided here.

use std::time::Duration;

use crate::emulator::azure;
use crate::emulator::call::{Answer, Failure};
use crate::emulator::clock::{Clock, Moment};
use crate::emulator::control;
use crate::emulator::fault::{AnswerFault, Effect, When};
use crate::emulator::guid;
use crate::emulator::journal::Journal;
use crate::emulator::past::Past;
use crate::emulator::record::{self, Recorder};
use crate::emulator::router;
use crate::emulator::store::World;
use crate::emulator::wire::{self, Request, Response};
use crate::emulator::{Dropped, LoggedRequest};

/// Requests remembered at most; a server that runs for weeks must not grow.
const LOG_LENGTH: usize = 100_000;

/// A clock that has gone on by this much is stored even when nothing else has changed, so that no restart is seen as
/// time that runs backwards.
const STORE_TIME: Duration = Duration::from_secs(10);

/// The smallest step of time.
const TICK: Duration = Duration::from_millis(1);

/// An emulator's world and all that is around it.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) journal: Option<Journal>,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) log: Vec<LoggedRequest>,
    past: Past,
    number: u64,
    /// The moment that is stored.
    stored: Moment,
}

impl Engine {
    pub(crate) fn new(
        world: World,
        clock: Clock,
        journal: Option<Journal>,
        recorder: Option<Recorder>,
    ) -> Self {
        let stored = world.now;
        Engine { world, clock, journal, recorder, log: Vec::new(), past: Past::default(), number: 0, stored }
    }

    /// Answers one request.
    pub(crate) fn handle(&mut self, request: &Request) -> Result<Response, Dropped> {
        self.settle();
        if let Some(answer) = control::answer(request, self) {
            return Ok(finish(answer, request, "emulator"));
        }
        self.number += 1;
        let request_id = guid::guid(self.number, 0x0dd0_5eed);
        let path = request.target().split('?').next().unwrap_or_default();
        let fault = self.world.faults.on_the_wire(self.number, &request.method, path);
        let done = self.carry_out(request, &request_id, fault.as_ref());
        let struck = fault.is_some();
        let status = done.response.as_ref().map_or(0, |response| response.status);
        self.remember(request, status, done.committed, struck);
        if let Some(recorder) = &mut self.recorder {
            let base = router::base(&self.world, request);
            recorder.write(&base, request, done.response.as_ref(), struck);
        }
        done.response.ok_or(Dropped)
    }

    fn carry_out(&mut self, request: &Request, request_id: &str, fault: Option<&Effect>) -> Done {
        match fault {
            Some(Effect::Reset(When::BeforeCommit)) => return Done { response: None, committed: false },
            Some(Effect::Answer(instead)) if instead.when == When::BeforeCommit => {
                let response = Some(spoken(&self.world, request, request_id, instead));
                return Done { response, committed: false };
            }
            _ => {}
        }
        let (answer, committed) = self.answer(request, request_id);
        let mut response = finish(answer, request, request_id);
        match fault {
            Some(Effect::Reset(_)) => return Done { response: None, committed },
            Some(Effect::Answer(instead)) => {
                response = spoken(&self.world, request, request_id, instead);
            }
            Some(Effect::Slow(length)) => response.delay = *length,
            Some(Effect::Truncate) => response.cut = true,
            Some(Effect::Malform) => {
                let half = response.body.len() / 2;
                response.body.truncate(half);
            }
            _ => {}
        }
        Done { response: Some(response), committed }
    }

    /// What the router answers, and whether it changed the world; what changed is stored.
    fn answer(&mut self, request: &Request, request_id: &str) -> (Answer, bool) {
        let reading = matches!(request.method.as_str(), "GET" | "HEAD");
        if reading && let Some(subject) = router::subject(&self.world, request) {
            self.past.show(&mut self.world, &subject);
        }
        let answer = router::answer(&mut self.world, request, request_id);
        if reading || answer.status >= 400 {
            self.world.roll_back();
            return (answer, false);
        }
        let committed = !self.world.changes().is_empty();
        if let Err(error) = self.store() {
            // Memory must not know more than the disk: the client is told that nothing was done.
            self.world.roll_back();
            let text = format!("The server could not store the change: {error}.");
            let failure = Failure::arm(500, "InternalServerError", text);
            return (router::refuse(&self.world, request, request_id, failure), false);
        }
        let path = request.target().split('?').next().unwrap_or_default();
        if let Some(stale) = self.world.faults.of_sight(self.number, &request.method, path) {
            self.past.hide(&self.world, &stale);
        }
        self.world.commit();
        (answer, committed)
    }

    /// Brings the world to now: everything that has come due happens, at its own time and in order.
    pub(crate) fn settle(&mut self) {
        // A panic while handling leaves a half-changed world behind.
        self.world.roll_back();
        let now = self.clock.now().max(self.world.now);
        let mut latest = Moment::default();
        while let Some((due, key)) = self.world.take_due(now) {
            latest = latest.max(due);
            self.world.now = latest;
            azure::settle(&mut self.world, &key, latest);
            // What is left for this moment, or for one before it, comes in the next: nothing is lost, and time goes on.
            if self.world.get(&key).is_some_and(|it| it.due.is_some_and(|due| due <= latest)) {
                self.world.edit(&key, |it| it.due = Some(latest + TICK));
            }
        }
        self.world.now = now;
        if !self.world.changes().is_empty() || now.since(self.stored) >= STORE_TIME {
            // When it cannot be written, a restart computes again what time alone did, and the next write has it too.
            drop(self.store());
        }
        self.world.commit();
    }

    /// Writes what has changed, and the moment of the world with it. Commits nothing.
    pub(crate) fn store(&mut self) -> std::io::Result<()> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.write(&self.world)?;
        self.stored = self.world.now;
        Ok(())
    }

    fn remember(&mut self, request: &Request, status: u16, committed: bool, faulted: bool) {
        if self.log.len() >= LOG_LENGTH {
            self.log.drain(..LOG_LENGTH / 2);
        }
        let id = request.header("x-ms-client-request-id").or_else(|| request.header("client-request-id"));
        self.log.push(LoggedRequest {
            number: self.number,
            method: request.method.clone(),
            url: record::target_without_secrets(request.target()),
            status,
            client_request_id: id.map(str::to_owned),
            user_agent: request.header("user-agent").map(str::to_owned),
            committed,
            faulted,
        });
    }
}

/// How a request ended; without a response the connection is closed.
struct Done {
    response: Option<Response>,
    committed: bool,
}

/// What a fault answers in the place of Azure.
fn spoken(world: &World, request: &Request, request_id: &str, instead: &AnswerFault) -> Response {
    let answer =
        router::refuse(world, request, request_id, instead.failure(router::is_for_batch(world, request)));
    let mut response = finish(answer, request, request_id);
    if let Some((body, kind)) = instead.raw_body() {
        response.body = body.into_bytes();
        response.headers.retain(|(name, _)| name != "content-type");
        response.headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    response
}

/// Adds what every answer has, and prints the body.
fn finish(answer: Answer, request: &Request, request_id: &str) -> Response {
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
    Response { status: answer.status, headers, body, delay: Duration::ZERO, cut: false }
}
