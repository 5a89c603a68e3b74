"""azure-batch, newest: what one does to a node.

Options are given even where they say what goes without saying: 15.1.0 sends nothing that has an optional body without
one. Those of some operations it does not export; they are written as they go over the wire.
"""

from azure.batch import models
from azure.core.exceptions import ResourceExistsError

from check import check, equal, eventually, holds, refused, run
from cloud import data_plane

POOL = "management"

batch = data_plane()
nodes = eventually(lambda: list(batch.list_nodes(POOL)), lambda them: all(each.state == "idle" for each in them))
NODE = nodes[0].id


def when_idle():
    """The node, when it can run tasks."""
    return eventually(lambda: batch.get_node(POOL, NODE), lambda it: it.state == "idle")


@check
def nodes_are_filtered_by_their_state():
    equal([each.id for each in batch.list_nodes(POOL, filter="state eq 'unusable'")], [])
    found = [each.id for each in batch.list_nodes(POOL, filter="state eq 'idle'", select=["id"])]
    equal(found, [each.id for each in nodes])


@check
def a_node_is_rebooted():
    before = batch.get_node(POOL, NODE).last_boot_time
    batch.begin_reboot_node(POOL, NODE, {"nodeRebootOption": "requeue"}, polling_interval=0.1).result()
    holds(when_idle().last_boot_time > before, before)


@check
def a_node_is_reimaged():
    before = batch.get_node(POOL, NODE).last_boot_time
    batch.begin_reimage_node(POOL, NODE, {"nodeReimageOption": "requeue"}, polling_interval=0.1).result()
    holds(when_idle().last_boot_time > before, before)


@check
def a_node_is_taken_out_of_scheduling_and_put_back():
    requeue = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue")
    batch.disable_node_scheduling(POOL, NODE, requeue)
    found = batch.get_node(POOL, NODE)
    equal((found.state, found.scheduling_state), ("offline", "disabled"))
    refused(
        lambda: batch.disable_node_scheduling(POOL, NODE, requeue),
        409,
        "NodeAlreadyInTargetSchedulingState",
        ResourceExistsError,
    )
    batch.enable_node_scheduling(POOL, NODE)
    equal(when_idle().scheduling_state, "enabled")


@check
def a_node_says_where_one_signs_in():
    found = batch.get_node_remote_login_settings(POOL, NODE)
    holds(found.remote_login_ip_address and found.remote_login_port > 0, found)


if __name__ == "__main__":
    run()
