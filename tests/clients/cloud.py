"""How the newest clients sign in to a cloud other than the public one.

It has to be named to them in three places: the authority, the base URL and the scope. Everything else is as in any
program for Azure.
"""

from azure.batch import BatchClient
from azure.identity import ClientSecretCredential
from azure.mgmt.batch import BatchManagementClient

from names import ACCOUNT, CLIENT, GROUP, SECRET, SUBSCRIPTION, TENANT, URL


def credential():
    """A client secret, at the emulator's authority."""
    return ClientSecretCredential(TENANT, CLIENT, SECRET, authority=URL, disable_instance_discovery=True)


def manager(client, *arguments):
    """A client of the management plane, such as `ComputeManagementClient`."""
    # A client that is told no pace asks every 30 seconds where an answer tells none either.
    return client(
        credential(), *arguments, base_url=URL, credential_scopes=[f"{URL}/.default"], polling_interval=1
    )


def data_plane():
    """azure-batch, at the endpoint that the account names."""
    account = manager(BatchManagementClient, SUBSCRIPTION).batch_account.get(GROUP, ACCOUNT)
    return BatchClient(endpoint=f"https://{account.account_endpoint}", credential=credential())
