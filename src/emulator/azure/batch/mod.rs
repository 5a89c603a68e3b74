//! The Batch provider as the rest of the emulator sees it: its routes, its data plane, what time does to it.
//! Names the files of the provider; holds no rule itself.

use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::clock::Moment;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

mod allocation;
mod autoscale;
mod batch_account;
mod batch_operation;
mod conditions;
mod data_node;
mod data_plane;
mod data_pool;
mod node;
mod pool;
mod pool_body;
mod pool_check;
mod pool_image;
mod pool_machine;
mod pool_patch;
mod pool_record;
mod pool_schema;
mod pool_shape;
mod pool_sizing;
mod supported_images;
mod vm_size;

/// The kind under which the results of its operations are filed.
pub(crate) const OPERATION_RESULT: &str = batch_operation::KIND;

/// Every route of the provider on the management plane.
pub(crate) const ROUTES: &[&[Route]] = &[batch_account::ROUTES, batch_operation::ROUTES, pool::ROUTES];

/// Answers a request of the data plane; `call.id` is the account.
pub(crate) fn answer_data_plane(world: &mut World, call: &Call) -> Result<Answer> {
    data_plane::answer(world, call)
}

/// Does what is due for a resource of the provider at `at`.
pub(crate) fn settle(world: &mut World, key: &str, kind: &str, at: Moment) {
    match kind {
        pool_record::KIND => pool::settle(world, key, at),
        batch_account::KIND => batch_account::settle(world, key),
        batch_operation::KIND => drop(world.remove(key)),
        _ => {}
    }
}

/// Fills in what Azure would answer for a resource of the provider that a seed names.
pub(crate) fn planted(resource: &mut Resource) {
    match resource.kind.as_str() {
        pool_record::KIND => pool::planted(resource),
        batch_account::KIND => batch_account::complete(&mut resource.body),
        _ => {}
    }
}
