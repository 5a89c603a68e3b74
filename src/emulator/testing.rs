//! What the emulator's own unit tests share: one call, with a token, in one line.
//! Only for tests; nothing here knows any resource's rules.

use std::time::Duration;

use serde_json::Value;

use crate::emulator::sign_in;
use crate::emulator::wire::{Request, Response};
use crate::emulator::{Emulator, IN_PROCESS_BASE, Settings};

/// The first subscription of the default seed.
pub(crate) const S1: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
/// `rg1` of the default seed.
pub(crate) const RG1: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1";

/// An emulator in memory with the default seed, on the manual clock.
pub(crate) fn emulator() -> Emulator {
    Emulator::new(Settings::manual()).unwrap()
}

/// Sends a request to a host with a token for that audience.
pub(crate) fn send(
    emulator: &Emulator,
    method: &str,
    url: &str,
    audience: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Response {
    let mut request = Request { method: method.into(), url: url.into(), ..Request::default() };
    request.headers.push(("authorization".into(), format!("Bearer {}", sign_in::token_for(audience))));
    request.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if let Some(body) = body {
        request.body = body.to_string().into_bytes();
    }
    emulator.handle(&request).unwrap()
}

/// Sends a request to ARM: `path` with its query.
pub(crate) fn arm(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> Response {
    send(emulator, method, &format!("{IN_PROCESS_BASE}{path}"), IN_PROCESS_BASE, &[], body)
}

/// Sends a request to ARM and gives status and body.
pub(crate) fn ask(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let response = arm(emulator, method, path, body);
    (response.status, response.json())
}

/// Moves the clock on by so many seconds.
pub(crate) fn wait(emulator: &Emulator, seconds: u64) {
    emulator.advance(Duration::from_secs(seconds));
}
