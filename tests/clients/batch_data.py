"""azure-batch, newest: pools and nodes over the data plane."""

from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.mgmt.batch import BatchManagementClient

from check import check, equal, eventually, holds, refused, run
from cloud import credential, data_plane, manager
from names import ACCOUNT, AGENT, GROUP, SUBSCRIPTION, URL, VERSION_ID

POOL = "data"
FORMULA = "$TargetDedicatedNodes=1;"

management = manager(BatchManagementClient, SUBSCRIPTION)
batch = data_plane()


def by(signed):
    """The same client with another credential."""
    endpoint = management.batch_account.get(GROUP, ACCOUNT).account_endpoint
    return BatchClient(endpoint=f"https://{endpoint}", **signed)


def pool(name, nodes):
    """A pool of so many nodes that boot the gallery's image."""
    return models.BatchPoolCreateOptions(
        id=name,
        vm_size="STANDARD_D2S_V5",
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.BatchVmImageReference(virtual_machine_image_id=VERSION_ID),
            node_agent_sku_id=AGENT,
        ),
        target_dedicated_nodes=nodes,
    )


def when_steady(name=POOL):
    """The pool, when its resize is over."""
    return eventually(lambda: batch.get_pool(name), lambda it: it.allocation_state == "steady")


@check
def the_image_is_one_that_an_agent_supports():
    agents = {each.node_agent_sku_id: each.os_type for each in batch.list_supported_images()}
    equal(agents[AGENT], "linux")


@check
def a_pool_is_added_with_the_gallery_image():
    batch.create_pool(pool(POOL, 2))
    found = batch.get_pool(POOL)
    equal((found.state, found.target_dedicated_nodes), ("active", 2))
    equal(found.virtual_machine_configuration.image_reference.virtual_machine_image_id, VERSION_ID)
    equal(when_steady().current_dedicated_nodes, 2)


@check
def the_same_pool_is_there_already():
    refused(lambda: batch.create_pool(pool(POOL, 2)), 409, "PoolExists", ResourceExistsError)


@check
def both_planes_see_one_pool():
    found = management.pool.get(GROUP, ACCOUNT, POOL)
    machine = found.deployment_configuration.virtual_machine_configuration
    equal((found.scale_settings.fixed_scale.target_dedicated_nodes, machine.image_reference.id), (2, VERSION_ID))
    holds(batch.get_pool("management").id == "management", "what management made is not in the data plane")


@check
def pools_are_filtered_and_only_what_is_selected_comes():
    found = list(batch.list_pools(filter=f"startswith(id,'{POOL[:3]}')", select=["id", "state"]))
    equal([(each.id, each.state, each.vm_size) for each in found], [(POOL, "active", None)])


@check
def pools_are_listed_page_by_page():
    pages = [[each.id for each in page] for page in batch.list_pools(max_results=1, select=["id"]).by_page()]
    equal(pages, [[POOL], ["management"]])


@check
def nodes_come_up_and_are_counted():
    nodes = eventually(
        lambda: list(batch.list_nodes(POOL)), lambda them: [each.state for each in them] == ["idle", "idle"]
    )
    one = batch.get_node(POOL, nodes[0].id)
    equal((one.id, one.is_dedicated, one.vm_size.upper()), (nodes[0].id, True, "STANDARD_D2S_V5"))
    equal(one.virtual_machine_info.image_reference.virtual_machine_image_id, VERSION_ID)
    counts = list(batch.list_pool_node_counts(filter=f"poolId eq '{POOL}'"))
    equal([(each.pool_id, each.dedicated.idle, each.dedicated.total) for each in counts], [(POOL, 2, 2)])


@check
def a_resize_is_polled_until_it_is_over():
    # The client's pollers give nothing back: what came of it is read.
    batch.begin_resize_pool(
        POOL, models.BatchPoolResizeOptions(target_dedicated_nodes=3), polling_interval=0.1
    ).result()
    found = batch.get_pool(POOL)
    equal((found.allocation_state, found.current_dedicated_nodes, found.resize_errors), ("steady", 3, None))


@check
def a_resize_is_stopped():
    # So many that it is not over before it is stopped.
    batch.begin_resize_pool(POOL, models.BatchPoolResizeOptions(target_dedicated_nodes=600))
    batch.begin_stop_pool_resize(POOL, polling_interval=0.1).result()
    found = batch.get_pool(POOL)
    equal([each.code for each in found.resize_errors], ["ResizeStopped"])
    batch.begin_resize_pool(
        POOL, models.BatchPoolResizeOptions(target_dedicated_nodes=3), polling_interval=0.1
    ).result()


@check
def a_node_is_removed():
    before = [each.id for each in batch.list_nodes(POOL)]
    batch.begin_remove_nodes(POOL, models.BatchNodeRemoveOptions(node_ids=before[:1]), polling_interval=0.1).result()
    after = [each.id for each in batch.list_nodes(POOL)]
    equal(sorted(after), sorted(before[1:]))


@check
def a_pool_scales_itself_until_it_is_told_not_to():
    batch.enable_pool_auto_scale(POOL, models.BatchPoolEnableAutoScaleOptions(auto_scale_formula=FORMULA))
    tried = batch.evaluate_pool_auto_scale(
        POOL, models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$TargetDedicatedNodes=7;")
    )
    holds("$TargetDedicatedNodes=7" in tried.results, tried.results)
    equal(tried.error, None)
    refused(
        lambda: batch.evaluate_pool_auto_scale(
            POOL, models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="$Nonsense=;")
        ),
        400,
        "AutoScalingFormulaSyntaxError",
    )
    found = when_steady()
    equal((found.enable_auto_scale, found.auto_scale_formula), (True, FORMULA))
    batch.disable_pool_auto_scale(POOL)
    equal(batch.get_pool(POOL).enable_auto_scale, False)
    when_steady()


@check
def a_pool_is_patched():
    batch.update_pool(
        POOL, models.BatchPoolUpdateOptions(metadata=[models.BatchMetadataItem(name="by", value="clients")])
    )
    equal([(each.name, each.value) for each in batch.get_pool(POOL).metadata], [("by", "clients")])


@check
def a_change_of_an_older_pool_is_refused():
    nothing = models.BatchPoolUpdateOptions(metadata=[])
    stale = {"etag": "0x8D0000000000000", "match_condition": MatchConditions.IfNotModified}
    refused(lambda: batch.update_pool(POOL, nothing, **stale), 412, "ConditionNotMet", ResourceModifiedError)
    batch.update_pool(POOL, nothing, etag=batch.get_pool(POOL).etag, match_condition=MatchConditions.IfNotModified)
    equal(batch.get_pool(POOL).metadata or [], [])


@check
def what_is_missing_is_not_found():
    refused(lambda: batch.get_pool("missing"), 404, "PoolNotFound", ResourceNotFoundError)
    refused(lambda: batch.get_node(POOL, "missing"), 404, "NodeNotFound", ResourceNotFoundError)


@check
def a_refusal_says_what_is_wrong_with_the_request():
    wrong = pool("wrong", 1)
    wrong.vm_size = "Standard_Nonsense"
    error = refused(lambda: batch.create_pool(wrong), 400, "InvalidPropertyValue")
    holds(any("vmSize" in str(each.message) for each in error.error.details), error.error.details)


@check
def a_key_does_not_open_a_gallery_image():
    key = management.batch_account.get_keys(GROUP, ACCOUNT).primary
    by_key = by({"credential": AzureNamedKeyCredential(ACCOUNT, key)})
    equal(sorted(each.id for each in by_key.list_pools(select=["id"])), [POOL, "management"])
    refused(lambda: by_key.create_pool(pool("bykey", 1)), 403, "AuthenticationFailed")


@check
def a_token_of_the_other_plane_is_refused():
    arms = by({"credential": credential(), "credential_scopes": [f"{URL}/.default"]})
    refused(lambda: arms.get_pool(POOL), 401, "AuthenticationFailed", ClientAuthenticationError)
    batchs = BatchManagementClient(
        credential(), SUBSCRIPTION, base_url=URL, credential_scopes=["https://batch.core.windows.net//.default"]
    )
    refused(
        lambda: batchs.pool.get(GROUP, ACCOUNT, POOL),
        401,
        "InvalidAuthenticationTokenAudience",
        ClientAuthenticationError,
    )


@check
def a_delete_is_polled_until_the_pool_is_gone():
    batch.create_pool(pool("passing", 1))
    batch.begin_delete_pool("passing", polling_interval=0.1).result()
    refused(lambda: batch.get_pool("passing"), 404, "PoolNotFound", ResourceNotFoundError)


if __name__ == "__main__":
    run()
