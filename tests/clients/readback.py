"""What `poolwright apply` made of specs/quickstart.yaml, as Microsoft's clients read it."""

from azure.batch import BatchClient
from azure.mgmt.batch import BatchManagementClient
from azure.mgmt.compute import ComputeManagementClient

from check import check, equal, holds, run
from cloud import credential, manager
from names import SUBSCRIPTION

GROUP = "rg1"
ACCOUNT = "mybatch"
GALLERY = "quickstartGallery"
POOL = "quickstart"

compute = manager(ComputeManagementClient, SUBSCRIPTION)
management = manager(BatchManagementClient, SUBSCRIPTION)


@check
def the_gallery_bears_the_mark():
    found = compute.galleries.get(GROUP, GALLERY)
    equal((found.location, found.provisioning_state), ("eastus", "Succeeded"))
    marks = [value for key, value in found.tags.items() if key.startswith("poolwright")]
    holds(marks and marks[0].startswith("quickstart@"), found.tags)


@check
def the_image_definition_is_as_the_file_says():
    found = compute.gallery_images.get(GROUP, GALLERY, "ubuntu")
    equal((found.os_type, found.os_state, found.hyper_v_generation), ("Linux", "Generalized", "V2"))
    said = found.identifier
    equal((said.publisher, said.offer, said.sku), ("contoso", "quickstart", "ubuntu"))


@check
def the_version_is_replicated():
    found = compute.gallery_image_versions.get(GROUP, GALLERY, "ubuntu", "1.0.0", expand="ReplicationStatus")
    equal(found.storage_profile.source.id.rsplit("/", 1)[1], "img1")
    regions = [(each.name, each.regional_replica_count) for each in found.publishing_profile.target_regions]
    equal(regions, [("East US", 1)])
    equal(found.replication_status.aggregated_state, "Completed")


@check
def the_pool_runs_on_the_management_plane():
    found = management.pool.get(GROUP, ACCOUNT, POOL)
    equal((found.allocation_state, found.current_dedicated_nodes), ("Steady", 2))
    machine = found.deployment_configuration.virtual_machine_configuration
    equal(machine.node_agent_sku_id, "batch.node.ubuntu 24.04")
    holds(machine.image_reference.id.endswith("/images/ubuntu/versions/1.0.0"), machine.image_reference.id)


@check
def its_nodes_are_idle_on_the_data_plane():
    endpoint = management.batch_account.get(GROUP, ACCOUNT).account_endpoint
    batch = BatchClient(endpoint=f"https://{endpoint}", credential=credential())
    found = batch.get_pool(POOL)
    equal((found.vm_size.lower(), found.target_dedicated_nodes), ("standard_d2s_v5", 2))
    equal([each.state for each in batch.list_nodes(POOL)], ["idle", "idle"])


if __name__ == "__main__":
    run()
