"""How azure-batch 10 and adal sign in to a cloud other than the public one.

`ServicePrincipalCredentials` takes a cloud, and adal asks nobody about an authority whose tenant is `adfs`.
"""

from azure.batch import BatchServiceClient
from azure.common.credentials import ServicePrincipalCredentials
from msrestazure.azure_cloud import Cloud, CloudEndpoints

from names import CLIENT, SECRET, TENANT, URL

HERE = Cloud(
    "emulator",
    endpoints=CloudEndpoints(
        management=URL,
        resource_manager=URL,
        active_directory=f"{URL}/adfs",
        active_directory_resource_id=URL,
    ),
)


def credentials(resource):
    """A service principal for one of the planes."""
    return ServicePrincipalCredentials(
        client_id=CLIENT, secret=SECRET, tenant=TENANT, resource=resource, cloud_environment=HERE
    )


def data_plane(account):
    """azure-batch, at the endpoint that the management plane tells for the account with this id."""
    found = credentials(URL).signed_session().get(f"{URL}{account}?api-version=2024-02-01")
    endpoint = f"https://{found.json()['properties']['accountEndpoint']}"
    return BatchServiceClient(credentials("https://batch.core.windows.net/"), batch_url=endpoint)
