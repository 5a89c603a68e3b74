"""Every credential of azure-identity that needs no person and no machine in Azure."""

import base64
import json
import os
import tempfile
import time

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    WorkloadIdentityCredential,
)

from check import check, equal, holds, run
from names import CLIENT, SECRET, TENANT, URL

SCOPE = f"{URL}/.default"
HERE = {"authority": URL, "disable_instance_discovery": True}


def claims(token):
    """What a token says of itself."""
    middle = token.token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def signs_in(credential):
    """A token for ARM, for the right client, good for about an hour."""
    token = credential.get_token(SCOPE)
    said = claims(token)
    equal((said["aud"], said["appid"], said["tid"]), (URL, CLIENT, TENANT))
    holds(3000 < token.expires_on - time.time() < 4000, token.expires_on)


@check
def a_client_secret_signs_in():
    signs_in(ClientSecretCredential(TENANT, CLIENT, SECRET, **HERE))


@check
def the_environment_signs_in_with_nothing_else_said():
    signs_in(EnvironmentCredential(disable_instance_discovery=True))


@check
def the_default_chain_signs_in_by_the_environment():
    signs_in(DefaultAzureCredential(disable_instance_discovery=True))


@check
def a_workload_identity_signs_in_with_its_federated_token():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w", encoding="utf-8") as file:
            file.write("a.federated.token")
        signs_in(WorkloadIdentityCredential(tenant_id=TENANT, client_id=CLIENT, token_file_path=path, **HERE))


@check
def an_assertion_signs_in():
    signs_in(ClientAssertionCredential(TENANT, CLIENT, lambda: "an.assertion.signed", **HERE))


@check
def the_batch_audience_is_another_one():
    token = ClientSecretCredential(TENANT, CLIENT, SECRET, **HERE).get_token(
        "https://batch.core.windows.net//.default"
    )
    equal(claims(token)["aud"], "https://batch.core.windows.net/")


@check
def a_client_that_nobody_knows_is_refused_by_entras_code():
    stranger = ClientSecretCredential(TENANT, "11111111-1111-1111-1111-111111111111", SECRET, **HERE)
    try:
        stranger.get_token(SCOPE)
    except ClientAuthenticationError as error:
        holds("AADSTS700016" in str(error), str(error))
    else:
        raise AssertionError("it signed in")


if __name__ == "__main__":
    run()
