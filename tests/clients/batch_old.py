"""azure-batch 10 with adal, as the programs of its time are written."""

from azure.batch import models

from check import check, equal, eventually, holds, run
from cloud_old import data_plane
from names import ACCOUNT_ID, AGENT, VERSION_ID

POOL = "old"

batch = data_plane(ACCOUNT_ID)


def refused(call, status, code):
    """Calls, and fails unless the service refuses with this status and code."""
    try:
        call()
    except models.BatchErrorException as error:
        equal((error.response.status_code, error.error.code), (status, code))
        return error
    raise AssertionError(f"it was not refused with {status} {code}")


def pool(name):
    """A pool as such programs make it."""
    image = models.ImageReference(virtual_machine_image_id=VERSION_ID)
    machine = models.VirtualMachineConfiguration(image_reference=image, node_agent_sku_id=AGENT)
    start_task = models.StartTask(command_line="/bin/bash -c 'echo started'", wait_for_success=True)
    return models.PoolAddParameter(
        id=name,
        vm_size="STANDARD_D2S_V3",
        target_dedicated_nodes=2,
        virtual_machine_configuration=machine,
        start_task=start_task,
    )


def when_steady():
    """The pool, when its resize is over."""
    return eventually(lambda: batch.pool.get(POOL), lambda it: it.allocation_state == models.AllocationState.steady)


@check
def a_pool_is_added_with_the_gallery_image():
    batch.pool.add(pool(POOL))
    found = when_steady()
    equal((found.current_dedicated_nodes, found.vm_size.upper()), (2, "STANDARD_D2S_V3"))
    equal(found.virtual_machine_configuration.image_reference.virtual_machine_image_id, VERSION_ID)
    equal(found.start_task.command_line, "/bin/bash -c 'echo started'")


@check
def the_same_pool_is_there_already():
    error = refused(lambda: batch.pool.add(pool(POOL)), 409, "PoolExists")
    holds("already exists" in error.error.message.value, error.error.message.value)


@check
def it_is_listed_with_what_is_selected():
    options = models.PoolListOptions(filter=f"startswith(id,'{POOL}')", select="id,state", max_results=1)
    equal([(each.id, each.state, each.vm_size) for each in batch.pool.list(options)], [(POOL, "active", None)])
    holds(batch.pool.exists(POOL) and not batch.pool.exists("missing"), "HEAD answers wrongly")


@check
def images_are_listed_with_their_agents():
    holds(AGENT in [each.node_agent_sku_id for each in batch.account.list_supported_images()], "no such agent")


@check
def nodes_come_up_and_are_counted():
    nodes = eventually(
        lambda: list(batch.compute_node.list(POOL)), lambda them: [each.state for each in them] == ["idle"] * 2
    )
    equal(batch.compute_node.get(POOL, nodes[0].id).is_dedicated, True)
    options = models.AccountListPoolNodeCountsOptions(filter=f"poolId eq '{POOL}'")
    equal([each.dedicated.idle for each in batch.account.list_pool_node_counts(options)], [2])


@check
def it_is_resized_and_patched():
    batch.pool.resize(POOL, models.PoolResizeParameter(target_dedicated_nodes=3))
    equal(when_steady().current_dedicated_nodes, 3)
    batch.pool.patch(POOL, models.PoolPatchParameter(metadata=[models.MetadataItem(name="by", value="old")]))
    equal([(each.name, each.value) for each in batch.pool.get(POOL).metadata], [("by", "old")])


@check
def a_change_of_an_older_pool_is_refused():
    stale = models.PoolPatchOptions(if_match="0x8D0000000000000")
    refused(lambda: batch.pool.patch(POOL, models.PoolPatchParameter(metadata=[]), stale), 412, "ConditionNotMet")


@check
def it_scales_itself_until_it_is_told_not_to():
    batch.pool.enable_auto_scale(POOL, auto_scale_formula="$TargetDedicatedNodes=2;")
    tried = batch.pool.evaluate_auto_scale(POOL, "$TargetDedicatedNodes=4;")
    holds("$TargetDedicatedNodes=4" in tried.results, tried.results)
    when_steady()
    batch.pool.disable_auto_scale(POOL)
    equal((batch.pool.get(POOL).enable_auto_scale, when_steady().current_dedicated_nodes), (False, 2))


@check
def what_is_missing_is_not_found():
    refused(lambda: batch.pool.get("missing"), 404, "PoolNotFound")


@check
def a_job_runs_its_tasks():
    batch.job.add(models.JobAddParameter(id="old", pool_info=models.PoolInformation(pool_id=POOL)))
    tasks = [models.TaskAddParameter(id=f"task-{n}", command_line=f"/bin/bash -c 'exit {n}'") for n in range(3)]
    added = batch.task.add_collection("old", tasks)
    equal({each.status for each in added.value}, {models.TaskAddStatus.success})
    done = eventually(
        lambda: list(batch.task.list("old")), lambda them: all(each.state == "completed" for each in them)
    )
    equal({each.id: each.execution_info.exit_code for each in done}, {"task-0": 0, "task-1": 1, "task-2": 2})
    counts = batch.job.get_task_counts("old").task_counts
    equal((counts.completed, counts.succeeded, counts.failed), (3, 1, 2))
    batch.job.delete("old")
    eventually(lambda: list(batch.job.list()), lambda them: not them)


@check
def a_pool_that_is_deleted_goes():
    batch.pool.add(pool("passing"))
    batch.pool.delete("passing")
    eventually(lambda: batch.pool.exists("passing"), lambda there: not there)


if __name__ == "__main__":
    run()
