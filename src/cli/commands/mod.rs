//! The commands, a file each.

pub(super) mod access;
pub(super) mod apply;
pub(super) mod completions;
pub(super) mod destroy;
pub(super) mod diff;
pub(super) mod emulator;
pub(super) mod explain;
pub(super) mod import;
pub(super) mod plan;
pub(super) mod pool_id;
pub(super) mod rounds;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod show;
pub(super) mod status;
pub(super) mod validate;
pub(super) mod version_add;
