//! The services the emulator stands in for, a file a resource type.
//! Only the table of who answers what, and of what happens when its time has come.

use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::clock::Moment;
use crate::emulator::operation;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

pub(crate) mod as_it_stands;
pub(crate) mod authorization;
pub(crate) mod batch;
pub(crate) mod compute;
#[cfg(test)]
pub(crate) mod image_fixture;
pub(crate) mod iso_duration;
pub(crate) mod location;
pub(crate) mod managed_identity;
pub(crate) mod odata;
pub(crate) mod provider;
pub(crate) mod resource_group;
pub(crate) mod resource_group_deletion;
pub(crate) mod resource_list;
pub(crate) mod resource_tags;
pub(crate) mod shape;
pub(crate) mod storage_account;
pub(crate) mod subscription;
pub(crate) mod tags;
pub(crate) mod vm_size;

/// The kind under which results of operations are filed that are no `operation::KIND`.
pub(crate) const OPERATION_RESULT: &str = batch::OPERATION_RESULT;

/// Every route there is.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        operation::ROUTES,
        subscription::ROUTES,
        location::ROUTES,
        resource_group::ROUTES,
        resource_group_deletion::ROUTES,
        resource_list::ROUTES,
        resource_tags::ROUTES,
        provider::ROUTES,
        storage_account::ROUTES,
        managed_identity::ROUTES,
        compute::gallery::ROUTES,
        compute::image_definition::ROUTES,
        compute::image_version::ROUTES,
        compute::managed_image::ROUTES,
        compute::disk::ROUTES,
        compute::virtual_machine::ROUTES,
        compute::vm_sku::ROUTES,
        compute::usage::ROUTES,
        compute::soft_delete::ROUTES,
        compute::public_gallery::ROUTES,
    ]
    .into_iter()
    .chain(batch::ROUTES.iter().copied())
    .chain(authorization::ROUTES.iter().copied())
    .flatten()
}

/// The namespaces of the providers that exist.
pub(crate) fn namespaces() -> &'static [&'static str] {
    provider::NAMESPACES
}

/// A group that is being deleted takes nothing new.
pub(crate) fn refuse_if_group_is_going(world: &World, group: &str) -> Result<()> {
    resource_group_deletion::refuse_if_going(world, group)
}

/// True when the provider's resources are attached to others, at any scope: roles, tags.
pub(crate) fn is_extension(namespace: &str) -> bool {
    ["Microsoft.Authorization", "Microsoft.Resources"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(namespace))
}

/// The tenant that a subscription belongs to.
pub(crate) fn tenant_of(world: &World, subscription: &str) -> String {
    subscription::tenant_of(world, subscription)
}

/// 403 for a request to Resource Manager that the caller has no role for.
pub(crate) fn authorize(world: &World, call: &Call, route: &Route) -> Result<()> {
    authorization::access::check(world, call, route)
}

/// The same on the data plane of a Batch account, in Batch's words.
pub(crate) fn authorize_on_batch(world: &World, call: &Call) -> Result<()> {
    authorization::batch_access::check(world, call)
}

/// True when the subscription has registered the provider.
pub(crate) fn is_registered(world: &World, subscription: &str, namespace: &str) -> bool {
    provider::is_registered(world, subscription, namespace)
}

/// 400 for a write that gives an identity which is not there.
pub(crate) fn check_identities(world: &World, call: &Call) -> Result<()> {
    managed_identity::check_given(world, call)
}

/// Does what is due for a resource at `at`: called once for each time that its `due` names.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    let Some(kind) = world.get(key).map(|resource| resource.kind.clone()) else { return };
    match kind.as_str() {
        operation::KIND => drop(world.remove(key)),
        provider::KIND => provider::settle(world, key),
        resource_group::KIND => resource_group_deletion::settle(world, key),
        kind if kind.starts_with("microsoft.compute/") => compute::settle(world, key, at),
        kind => batch::settle(world, key, kind, at),
    }
}

/// Answers a request of the Batch data plane; `call.id` is the account.
pub(crate) fn data_plane(world: &mut World, call: &Call) -> Result<Answer> {
    batch::answer_data_plane(world, call)
}

/// Fills in what Azure would answer for a resource that a seed names: a seed says only what matters.
pub(crate) fn planted(world: &World, resource: &mut Resource) {
    match resource.kind.as_str() {
        "microsoft.compute/galleries" => compute::gallery::planted(resource),
        "microsoft.compute/galleries/images" => compute::image_definition::planted(resource),
        "microsoft.compute/galleries/images/versions" => compute::image_version::planted(world, resource),
        "microsoft.compute/images" => compute::managed_image::planted(world, resource),
        "microsoft.compute/snapshots" | "microsoft.compute/disks" => {
            compute::disk::planted(world, resource);
        }
        "microsoft.compute/virtualmachines" => compute::virtual_machine::planted(resource),
        storage_account::KIND => storage_account::planted(resource),
        managed_identity::KIND => managed_identity::planted(world, resource),
        authorization::role_assignment::KIND => authorization::role_assignment::planted(resource),
        authorization::role_definition::KIND => authorization::role_definition::planted(resource),
        _ => batch::planted(resource),
    }
}
