"""azure-mgmt-batch: the account, and pools over the management plane."""

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.batch import BatchManagementClient

from check import check, equal, eventually, holds, refused, run
from cloud import manager
from names import ACCOUNT, ACCOUNT_ID, AGENT, GROUP, LOCATION, SUBSCRIPTION, VERSION_ID

POOL = "management"

batch = manager(BatchManagementClient, SUBSCRIPTION)


def body(nodes, image=VERSION_ID):
    """A pool of so many nodes that boot the image."""
    return {
        "properties": {
            "vmSize": "Standard_D2s_v5",
            "deploymentConfiguration": {
                "virtualMachineConfiguration": {"imageReference": {"id": image}, "nodeAgentSkuId": AGENT}
            },
            "scaleSettings": {"fixedScale": {"targetDedicatedNodes": nodes, "resizeTimeout": "PT15M"}},
        }
    }


def when_steady(pool=POOL):
    """The pool, when its resize is over."""
    return eventually(lambda: batch.pool.get(GROUP, ACCOUNT, pool), lambda it: it.allocation_state == "Steady")


@check
def an_account_is_made_and_says_where_its_data_plane_is():
    made = batch.batch_account.begin_create(GROUP, ACCOUNT, {"location": LOCATION}).result()
    equal((made.id, made.provisioning_state, made.location), (ACCOUNT_ID, "Succeeded", LOCATION))
    equal((made.pool_allocation_mode, made.public_network_access), ("BatchService", "Enabled"))
    holds(made.account_endpoint, made.account_endpoint)
    holds(made.dedicated_core_quota > 0, made.dedicated_core_quota)
    holds(ACCOUNT in [each.name for each in batch.batch_account.list()], "it is not listed")


@check
def its_keys_are_two():
    keys = batch.batch_account.get_keys(GROUP, ACCOUNT)
    holds(keys.primary and keys.secondary and keys.primary != keys.secondary, keys)
    equal(batch.batch_account.regenerate_key(GROUP, ACCOUNT, {"keyName": "Primary"}).secondary, keys.secondary)


@check
def a_name_that_is_taken_is_not_available():
    found = batch.location.check_name_availability(
        LOCATION, {"name": ACCOUNT, "type": "Microsoft.Batch/batchAccounts"}
    )
    equal((found.name_available, found.reason), (False, "AlreadyExists"))


@check
def a_pool_boots_the_gallery_image():
    made = batch.pool.create(GROUP, ACCOUNT, POOL, body(2))
    equal((made.provisioning_state, made.allocation_state), ("Succeeded", "Resizing"))
    found = when_steady()
    equal((found.vm_size.upper(), found.current_dedicated_nodes), ("STANDARD_D2S_V5", 2))
    machine = found.deployment_configuration.virtual_machine_configuration
    equal((machine.image_reference.id, machine.node_agent_sku_id), (VERSION_ID, AGENT))
    equal(found.resize_operation_status.errors, None)


def resize(nodes):
    """Asks for so many nodes."""
    fixed = {"targetDedicatedNodes": nodes, "resizeTimeout": "PT1H"}
    return batch.pool.update(GROUP, ACCOUNT, POOL, {"properties": {"scaleSettings": {"fixedScale": fixed}}})


@check
def it_is_resized_by_a_patch():
    equal(resize(3).scale_settings.fixed_scale.target_dedicated_nodes, 3)
    equal(when_steady().current_dedicated_nodes, 3)


@check
def a_patch_leaves_the_rest_as_it_is():
    changed = batch.pool.update(
        GROUP, ACCOUNT, POOL, {"properties": {"metadata": [{"name": "by", "value": "clients"}]}}
    )
    equal([(each.name, each.value) for each in changed.metadata], [("by", "clients")])
    equal(changed.scale_settings.fixed_scale.target_dedicated_nodes, 3)
    equal(changed.deployment_configuration.virtual_machine_configuration.image_reference.id, VERSION_ID)


@check
def a_resize_is_stopped():
    # So many that it is not over before it is stopped.
    resize(600)
    stopped = batch.pool.stop_resize(GROUP, ACCOUNT, POOL)
    equal(stopped.allocation_state, "Stopping")
    found = when_steady()
    equal([each.code for each in found.resize_operation_status.errors], ["ResizeStopped"])
    holds(found.current_dedicated_nodes < 600, found.current_dedicated_nodes)
    resize(2)
    equal(when_steady().current_dedicated_nodes, 2)


@check
def a_pool_scales_itself_until_it_is_told_not_to():
    formula = "$TargetDedicatedNodes=2;"
    changed = batch.pool.update(
        GROUP,
        ACCOUNT,
        POOL,
        {"properties": {"scaleSettings": {"autoScale": {"formula": formula, "evaluationInterval": "PT5M"}}}},
    )
    equal((changed.scale_settings.auto_scale.formula, changed.scale_settings.fixed_scale), (formula, None))
    when_steady()
    fixed = batch.pool.disable_auto_scale(GROUP, ACCOUNT, POOL)
    equal(fixed.scale_settings.auto_scale, None)
    equal(when_steady().current_dedicated_nodes, 2)


@check
def a_change_of_an_older_pool_is_refused():
    stale = {"etag": '"0x8D0000000000000"', "match_condition": MatchConditions.IfNotModified}
    refused(lambda: batch.pool.update(GROUP, ACCOUNT, POOL, {"properties": {}}, **stale), 412, "ConditionNotMet")
    current = batch.pool.get(GROUP, ACCOUNT, POOL).etag
    batch.pool.update(
        GROUP, ACCOUNT, POOL, {"properties": {}}, etag=current, match_condition=MatchConditions.IfNotModified
    )
    refused(
        lambda: batch.pool.create(GROUP, ACCOUNT, POOL, body(1), match_condition=MatchConditions.IfMissing),
        412,
        "ConditionNotMet",
    )


@check
def pools_are_listed_page_by_page():
    batch.pool.create(GROUP, ACCOUNT, "passing", body(0))
    pages = batch.pool.list_by_batch_account(GROUP, ACCOUNT, maxresults=1).by_page()
    equal([[each.name for each in page] for page in pages], [[POOL], ["passing"]])


@check
def what_is_missing_is_not_found():
    refused(lambda: batch.pool.get(GROUP, ACCOUNT, "missing"), 404, "PoolNotFound", ResourceNotFoundError)
    refused(lambda: batch.pool.get(GROUP, "missing", POOL), 404, "ParentResourceNotFound", ResourceNotFoundError)


@check
def an_image_that_is_missing_is_refused():
    wrong = body(1, image=f"{VERSION_ID}1")
    refused(lambda: batch.pool.create(GROUP, ACCOUNT, "wrong", wrong), 400, "InvalidPropertyValue")


@check
def a_pool_that_is_deleted_is_gone():
    batch.pool.begin_delete(GROUP, ACCOUNT, "passing").result()
    refused(lambda: batch.pool.get(GROUP, ACCOUNT, "passing"), 404, "PoolNotFound", ResourceNotFoundError)


if __name__ == "__main__":
    run()
