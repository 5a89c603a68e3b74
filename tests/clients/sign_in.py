"""Every credential of azure-identity that needs no person and no machine in Azure."""

import base64
import datetime
import json
import os
import tempfile
import time
import urllib.request
from pathlib import Path

from azure.batch import BatchClient
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    WorkloadIdentityCredential,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from check import check, equal, holds, run
from names import CLIENT, SECRET, TENANT, URL

SCOPE = f"{URL}/.default"
DAY = datetime.timedelta(days=1)
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


def coded(value):
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def federated(audience):
    """A token of the issuer that the emulator has beside Entra's, as a pipeline asks its platform for one."""
    asked = urllib.request.Request(f"{URL}/oidc/token?audience={audience}", headers={"Authorization": "Bearer any"})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)["value"]


@check
def with_the_tenant_adfs_nothing_has_to_be_said_in_code():
    # The clients take that word for a server of one's own, and do not ask Microsoft about its host.
    os.environ["AZURE_TENANT_ID"] = "adfs"
    try:
        signs_in(DefaultAzureCredential())
        equal(list(BatchClient(URL, DefaultAzureCredential()).list_pools()), [])
    finally:
        os.environ["AZURE_TENANT_ID"] = TENANT


@check
def a_workload_identity_signs_in_with_its_federated_token():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "token")
        path.write_text(federated("api://AzureADTokenExchange"), encoding="utf-8")
        signs_in(
            WorkloadIdentityCredential(tenant_id=TENANT, client_id=CLIENT, token_file_path=str(path), **HERE)
        )


@check
def an_assertion_signs_in():
    said = {"iss": CLIENT, "sub": CLIENT, "aud": f"{URL}/{TENANT}/oauth2/v2.0/token", "exp": time.time() + 600}
    assertion = ".".join([coded({"alg": "none"}), coded(said), "unsigned"])
    signs_in(ClientAssertionCredential(TENANT, CLIENT, lambda: assertion, **HERE))


@check
def a_certificate_signs_in():
    signs_in(CertificateCredential(TENANT, CLIENT, certificate_data=a_certificate(), **HERE))


def a_certificate():
    """A key, and a certificate that it signs itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "clients")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + DAY)
    text = serialization.Encoding.PEM
    private = key.private_bytes(text, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + made.sign(key, hashes.SHA256()).public_bytes(text)


@check
def a_federated_token_for_somebody_else_is_refused():
    refuses(ClientAssertionCredential(TENANT, CLIENT, lambda: federated("somebody"), **HERE), "AADSTS700212")


@check
def the_batch_audience_is_another_one():
    token = ClientSecretCredential(TENANT, CLIENT, SECRET, **HERE).get_token(
        "https://batch.core.windows.net//.default"
    )
    equal(claims(token)["aud"], "https://batch.core.windows.net/")


@check
def a_client_that_nobody_knows_is_refused_by_entras_code():
    refuses(ClientSecretCredential(TENANT, "11111111-1111-1111-1111-111111111111", SECRET, **HERE), "AADSTS700016")


@check
def a_tenant_that_nobody_knows_is_refused():
    # msal finds no authority there, and says so in its own words.
    refuses(ClientSecretCredential("11111111-1111-1111-1111-111111111111", CLIENT, SECRET, **HERE), "double check")


def refuses(credential, code):
    """Fails unless Entra refuses with this code."""
    try:
        credential.get_token(SCOPE)
    except ClientAuthenticationError as error:
        holds(code in str(error), str(error))
    else:
        raise AssertionError("it signed in")


if __name__ == "__main__":
    run()
