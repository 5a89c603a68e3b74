"""Everything the programs made, taken away again in the order that Azure takes, with each client's own poller."""

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from check import check, equal, eventually, holds, refused, run
from cloud import manager
from names import ACCOUNT, DEFINITION, GALLERY, GROUP, IMAGE, SNAPSHOT, SUBSCRIPTION, VERSION

batch = manager(BatchManagementClient, SUBSCRIPTION)
compute = manager(ComputeManagementClient, SUBSCRIPTION)
resources = manager(ResourceManagementClient, SUBSCRIPTION)


@check
def the_pools_go_first():
    pools = batch.pool.list_by_batch_account(GROUP, ACCOUNT)
    pollers = [batch.pool.begin_delete(GROUP, ACCOUNT, each.name) for each in pools]
    equal(len(pollers), 3)
    for poller in pollers:
        poller.result()
    equal(list(batch.pool.list_by_batch_account(GROUP, ACCOUNT)), [])


@check
def the_version_and_what_holds_it():
    compute.gallery_image_versions.begin_delete(GROUP, GALLERY, DEFINITION, VERSION).result()
    # Azure refuses a container for a while after its last content went.
    eventually(lambda: tried(lambda: compute.gallery_images.begin_delete(GROUP, GALLERY, DEFINITION)), bool)
    eventually(lambda: tried(lambda: compute.galleries.begin_delete(GROUP, GALLERY)), bool)
    refused(lambda: compute.galleries.get(GROUP, GALLERY), 404, "ResourceNotFound", ResourceNotFoundError)


def tried(begin):
    """True when the deletion was carried out, false when something is still in the way."""
    try:
        begin().result()
    except Exception as error:
        if getattr(error, "status_code", None) == 409:
            return False
        raise
    return True


@check
def the_image_and_the_snapshot():
    compute.images.begin_delete(GROUP, IMAGE).result()
    compute.snapshots.begin_delete(GROUP, SNAPSHOT).result()
    equal(list(compute.images.list_by_resource_group(GROUP)), [])
    equal(list(compute.snapshots.list_by_resource_group(GROUP)), [])


@check
def what_is_gone_is_deleted_again_without_complaint():
    compute.images.begin_delete(GROUP, IMAGE).result()
    compute.snapshots.begin_delete(GROUP, SNAPSHOT).result()


@check
def the_account_and_its_group():
    batch.batch_account.begin_delete(GROUP, ACCOUNT).result()
    refused(lambda: batch.batch_account.get(GROUP, ACCOUNT), 404, "ResourceNotFound", ResourceNotFoundError)
    resources.resource_groups.begin_delete(GROUP).result()
    holds(not resources.resource_groups.check_existence(GROUP), "it is still there")


if __name__ == "__main__":
    run()
