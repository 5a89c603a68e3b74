"""Where the emulator is, and what the programs call the things they make."""

import os

# ARM and sign-in are served at one place.
URL = os.environ["AZURE_AUTHORITY_HOST"]
TENANT = os.environ["AZURE_TENANT_ID"]
CLIENT = os.environ["AZURE_CLIENT_ID"]
SECRET = os.environ["AZURE_CLIENT_SECRET"]
SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]

LOCATION = "eastus"
GROUP = "clients"
ACCOUNT = "clientsbatch"
SNAPSHOT = "builder-os"
IMAGE = "builder"
GALLERY = "clientsGallery"
DEFINITION = "ubuntu"
VERSION = "1.0.0"
AGENT = "batch.node.ubuntu 24.04"

# What the emulator begins with.
SEEDED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers"
DISK = f"{SEEDED}/Microsoft.Compute/disks/disk1"

_RESOURCES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
SNAPSHOT_ID = f"{_RESOURCES}/Microsoft.Compute/snapshots/{SNAPSHOT}"
IMAGE_ID = f"{_RESOURCES}/Microsoft.Compute/images/{IMAGE}"
GALLERY_ID = f"{_RESOURCES}/Microsoft.Compute/galleries/{GALLERY}"
VERSION_ID = f"{GALLERY_ID}/images/{DEFINITION}/versions/{VERSION}"
ACCOUNT_ID = f"{_RESOURCES}/Microsoft.Batch/batchAccounts/{ACCOUNT}"

# The service principal that signs in, as Entra's token names it.
PRINCIPAL = "00000000-0000-0000-0000-0000000000dd"
