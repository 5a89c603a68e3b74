"""What goes wrong in Azure, scripted, as Microsoft's clients meet it: they try again, or tell Azure's own code."""

import json
import time
import urllib.request

from azure.core.exceptions import HttpResponseError
from azure.batch import models
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute import models as of_compute

from check import check, equal, eventually, holds, run
from cloud import data_plane, manager
from names import AGENT, DEFINITION, DISK, GALLERY, GROUP, IMAGE_ID, LOCATION, SUBSCRIPTION, URL, VERSION_ID

compute = manager(ComputeManagementClient, SUBSCRIPTION)
batch = data_plane()


def script(on, effect, **more):
    """Tells the emulator what is to go wrong next."""
    body = json.dumps({"faults": [{"on": on, "do": effect, **more}]}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{URL}/_emulator/faults", body, method="POST")).close()


def waiting():
    """How many faults have not struck."""
    with urllib.request.urlopen(f"{URL}/_emulator/faults") as answer:
        return json.load(answer)["waiting"]


def fails(call, code):
    """Calls, and fails unless the operation fails with this code."""
    try:
        call()
    except HttpResponseError as error:
        equal(error.error.code, code)
    else:
        raise AssertionError(f"it did not fail with {code}")


@check
def a_busy_service_is_asked_again_when_it_says():
    script({"method": "GET", "path": "*/galleries/*"}, {"answer": {"status": 429, "retryAfter": 1}})
    begun = time.monotonic()
    equal(compute.galleries.get(GROUP, GALLERY).name, GALLERY)
    holds(1 <= time.monotonic() - begun < 5, time.monotonic() - begun)
    equal(waiting(), 0)


@check
def a_service_that_is_down_is_asked_again():
    script({"method": "GET", "path": "/pools/data"}, {"answer": {"status": 503}}, times=2)
    equal(batch.get_pool("data").id, "data")
    equal(waiting(), 0)


@check
def a_broken_connection_is_made_again():
    script({"method": "GET", "path": "/pools/data"}, {"reset": "beforeCommit"})
    equal(batch.get_pool("data").id, "data")
    equal(waiting(), 0)


@check
def an_operation_that_fails_tells_azures_code():
    script({"path": "*/snapshots/unlucky"}, {"operation": {"code": "InternalExecutionError", "message": "by script"}})
    wanted = of_compute.Snapshot(
        location=LOCATION,
        creation_data=of_compute.CreationData(create_option="Copy", source_resource_id=DISK),
    )
    fails(
        lambda: compute.snapshots.begin_create_or_update(GROUP, "unlucky", wanted).result(), "InternalExecutionError"
    )
    compute.snapshots.begin_delete(GROUP, "unlucky").result()


@check
def a_region_that_fails_is_told_by_name():
    script({"path": "*/versions/1.1.0"}, {"replication": "westus2"})
    regions = [
        of_compute.TargetRegion(name=name, regional_replica_count=1, storage_account_type="Standard_LRS")
        for name in ("eastus", "westus2")
    ]
    version = of_compute.GalleryImageVersion(
        location=LOCATION,
        publishing_profile=of_compute.GalleryImageVersionPublishingProfile(target_regions=regions),
        storage_profile=of_compute.GalleryImageVersionStorageProfile(
            source=of_compute.GalleryArtifactVersionFullSource(id=IMAGE_ID)
        ),
    )
    versions = compute.gallery_image_versions
    try:
        versions.begin_create_or_update(GROUP, GALLERY, DEFINITION, "1.1.0", version).result()
    except HttpResponseError as error:
        holds(error.error.code, error)
    else:
        raise AssertionError("it did not fail")
    found = versions.get(GROUP, GALLERY, DEFINITION, "1.1.0", expand="ReplicationStatus")
    said = {each.region: each.state for each in found.replication_status.summary}
    equal((found.provisioning_state, said), ("Failed", {"East US": "Completed", "West US 2": "Failed"}))
    versions.begin_delete(GROUP, GALLERY, DEFINITION, "1.1.0").result()


@check
def a_pool_that_gets_too_few_nodes_says_why():
    script({"path": "*/pools/unlucky"}, {"resize": {"code": "AllocationFailed", "nodes": 1}})
    machine = models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(virtual_machine_image_id=VERSION_ID), node_agent_sku_id=AGENT
    )
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="unlucky", vm_size="STANDARD_D2S_V5", virtual_machine_configuration=machine, target_dedicated_nodes=3
        )
    )
    found = eventually(lambda: batch.get_pool("unlucky"), lambda it: it.allocation_state == "steady")
    equal((found.current_dedicated_nodes, [each.code for each in found.resize_errors]), (1, ["AllocationFailed"]))
    batch.begin_delete_pool("unlucky", polling_interval=0.1).result()


if __name__ == "__main__":
    run()
