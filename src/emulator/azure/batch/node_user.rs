//! The accounts on single nodes that people log in with: add, replace, delete.
//! Keeps that there is one and no secret of it; nothing ever answers them, as the service has no way to read them.

use serde_json::Value;

use crate::emulator::azure::batch::data_node::{Found, found_node, with_node};
use crate::emulator::azure::batch::data_plane::{dialect, sent};
use crate::emulator::azure::batch::job_schema::{NODE_USER, NODE_USER_UPDATE};
use crate::emulator::azure::batch::node_action::{UP, check_state};
use crate::emulator::azure::batch::pool_shape::read_object;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::store::World;

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer> {
    let sent = Value::Object(read_object(NODE_USER, sent(call)?, dialect(call), "")?);
    let found = node_that_is_up(world, call)?;
    let name = sent["name"].as_str().unwrap_or_default().to_owned();
    let link = call.link(&format!("{}/{name}", call.path));
    let answer = with_node(world, call, &found, 201, |mark| {
        if mark.users.iter().any(|user| user.eq_ignore_ascii_case(&name)) {
            let text = "The specified node user already exists.";
            return Err(Failure::arm(409, "NodeUserExists", text));
        }
        mark.users.insert(name);
        Ok(())
    })?;
    Ok(answer.with("dataserviceid", link))
}

pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer> {
    read_object(NODE_USER_UPDATE, sent(call)?, dialect(call), "")?;
    let found = node_that_is_up(world, call)?;
    let wanted = named(call);
    with_node(world, call, &found, 200, |mark| {
        let there = mark.users.iter().any(|user| user.eq_ignore_ascii_case(&wanted));
        if there { Ok(()) } else { Err(no_such_user()) }
    })
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let found = node_that_is_up(world, call)?;
    let wanted = named(call);
    with_node(world, call, &found, 200, |mark| {
        let before = mark.users.len();
        mark.users.retain(|user| !user.eq_ignore_ascii_case(&wanted));
        if mark.users.len() < before { Ok(()) } else { Err(no_such_user()) }
    })
}

fn node_that_is_up(world: &World, call: &Call) -> Result<Found> {
    let found = found_node(world, call)?;
    check_state(&found.state, UP)?;
    Ok(found)
}

/// The user that the path names.
fn named(call: &Call) -> String {
    call.segments.get(5).cloned().unwrap_or_default()
}

fn no_such_user() -> Failure {
    Failure::arm(404, "NodeUserNotFound", "The specified node user does not exist.")
}
