"""azure-mgmt-resource and azure-mgmt-resource-subscriptions: the subscription, its resource groups and providers."""

from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient

from check import check, equal, eventually, holds, refused, run
from cloud import manager
from names import GROUP, LOCATION, SUBSCRIPTION, TENANT

resources = manager(ResourceManagementClient, SUBSCRIPTION)
subscriptions = manager(SubscriptionClient)


@check
def the_subscription_is_listed_and_enabled():
    found = {each.subscription_id: each for each in subscriptions.subscriptions.list()}
    equal(found[SUBSCRIPTION].state, "Enabled")
    equal(subscriptions.subscriptions.get(SUBSCRIPTION).tenant_id, TENANT)


@check
def its_locations_have_their_names():
    found = {each.name: each.display_name for each in subscriptions.subscriptions.list_locations(SUBSCRIPTION)}
    equal((found["eastus"], found["westeurope"]), ("East US", "West Europe"))


@check
def a_provider_is_registered():
    resources.providers.register("Microsoft.Batch")
    found = eventually(
        lambda: resources.providers.get("Microsoft.Batch"), lambda it: it.registration_state == "Registered"
    )
    holds("batchAccounts" in [kind.resource_type for kind in found.resource_types], found.resource_types)


@check
def a_provider_that_is_none_is_refused():
    refused(lambda: resources.providers.get("Microsoft.Nonsense"), 404, "InvalidResourceNamespace")


@check
def a_group_is_made_found_and_listed():
    holds(not resources.resource_groups.check_existence(GROUP), "it was there before")
    made = resources.resource_groups.create_or_update(GROUP, {"location": LOCATION, "tags": {"for": "clients"}})
    equal((made.location, made.properties.provisioning_state, made.tags), (LOCATION, "Succeeded", {"for": "clients"}))
    holds(resources.resource_groups.check_existence(GROUP), "HEAD does not find it")
    holds(GROUP in [each.name for each in resources.resource_groups.list()], "it is not listed")


@check
def a_group_that_is_missing_is_not_found():
    refused(lambda: resources.resource_groups.get("missing"), 404, "ResourceGroupNotFound", ResourceNotFoundError)


@check
def a_group_that_is_deleted_is_gone():
    resources.resource_groups.create_or_update("passing", {"location": LOCATION})
    resources.resource_groups.begin_delete("passing").result()
    holds(not resources.resource_groups.check_existence("passing"), "it is still there")


if __name__ == "__main__":
    run()
