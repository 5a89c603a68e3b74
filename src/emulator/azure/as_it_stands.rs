//! What a seed plants and no request changes: read as it stands, alone or in a list.
//! Fills in nothing; what Azure would tell of it is filled in when it is planted.

use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::page;
use crate::emulator::router;
use crate::emulator::store::World;

/// GET of one.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = world.get(&call.id.path()).ok_or_else(|| router::not_found(call))?;
    Ok(Answer::ok(found.body.clone()))
}

/// GET of all in a resource group, or in a subscription.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let subscription = || format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default());
    let scope = call.id.group_key().unwrap_or_else(subscription);
    Ok(page::list(call, world.below(&scope, &call.id.kind()), |found| found.body.clone()))
}
