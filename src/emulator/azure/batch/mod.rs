//! The Batch provider as the rest of the emulator sees it: its routes, its data plane, what time does to it.
//! Names the files of the provider; holds no rule itself.

use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::clock::Moment;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

mod account_keys;
mod account_parts;
mod allocation;
mod auto_pool;
mod autoscale;
mod autoscale_history;
mod autoscale_value;
mod batch_account;
mod batch_operation;
mod conditions;
mod data_node;
mod data_plane;
mod data_pool;
mod deallocation;
mod field;
mod job;
mod job_body;
mod job_course;
mod job_own_tasks;
mod job_record;
mod job_schedule;
mod job_schedule_course;
mod job_schedule_record;
mod job_schema;
mod location;
mod node;
mod node_action;
mod node_file;
mod node_load;
mod node_mark;
mod node_user;
mod older_versions;
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
mod record;
mod refusal;
mod resize_error;
mod scheduling;
mod supported_images;
mod task;
mod task_command;
mod task_dependency;
mod task_record;
mod workbench;

/// The kind under which the results of its operations are filed.
pub(crate) const OPERATION_RESULT: &str = batch_operation::KIND;

/// Every route of the provider on the management plane.
pub(crate) const ROUTES: &[&[Route]] = &[
    batch_account::ROUTES,
    account_keys::ROUTES,
    account_parts::ROUTES,
    location::ROUTES,
    batch_operation::ROUTES,
    pool::ROUTES,
];

/// Answers a request of the data plane; `call.id` is the account.
pub(crate) fn answer_data_plane(world: &mut World, call: &Call) -> Result<Answer> {
    data_plane::answer(world, call)
}

/// Does what is due for a resource of the provider at `at`.
pub(crate) fn settle(world: &mut World, key: &str, kind: &str, at: Moment) {
    match kind {
        pool_record::KIND => pool::settle(world, key, at),
        batch_account::KIND => batch_account::settle(world, key),
        job_record::KIND => job_course::settle(world, key, at),
        job_schedule_record::KIND => job_schedule_course::settle(world, key, at),
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
