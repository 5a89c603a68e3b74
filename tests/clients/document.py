"""The document's Python program, with a library of its time: a pool whose start task runs elevated.

The document writes `start_task.run_elevated = True`, which the library does not send. What it means is `user_identity`.
"""

from azure.batch import models

from check import check, equal, run
from cloud_old import data_plane
from names import AGENT, SUBSCRIPTION

RG1 = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers"
VERSION_ID = f"{RG1}/Microsoft.Compute/galleries/documentGallery/images/ubuntu/versions/1.0.0"
POOL = "LinuxNodesSamplePoolPython"


def start_task():
    """The start task, without its rights."""
    return models.StartTask(command_line="printenv AZ_BATCH_NODE_STARTUP_DIR")


@check
def run_elevated_is_not_sent():
    task = start_task()
    task.run_elevated = True
    equal(task.serialize(), {"commandLine": "printenv AZ_BATCH_NODE_STARTUP_DIR"})


@check
def its_pool_is_made():
    task = start_task()
    admin = models.AutoUserSpecification(elevation_level=models.ElevationLevel.admin)
    task.user_identity = models.UserIdentity(auto_user=admin)
    image = models.ImageReference(virtual_machine_image_id=VERSION_ID)
    machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id=AGENT)
    batch = data_plane(f"{RG1}/Microsoft.Batch/batchAccounts/mybatch")
    batch.pool.add(
        models.PoolAddParameter(
            id=POOL,
            vm_size="STANDARD_D2S_V3",
            target_dedicated_nodes=1,
            virtual_machine_configuration=machine,
            start_task=task,
        )
    )
    equal(batch.pool.get(POOL).start_task.user_identity.auto_user.elevation_level, models.ElevationLevel.admin)


if __name__ == "__main__":
    run()
