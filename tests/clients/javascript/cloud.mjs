// Where the emulator is, how the clients sign in to it, and what the programs call the things they make.

import { ClientSecretCredential } from "@azure/identity";

// ARM and sign-in are served at one place.
export const url = process.env.AZURE_AUTHORITY_HOST;
export const tenant = process.env.AZURE_TENANT_ID;
export const client = process.env.AZURE_CLIENT_ID;
export const secret = process.env.AZURE_CLIENT_SECRET;
export const subscription = process.env.AZURE_SUBSCRIPTION_ID;

export const location = "eastus";
export const group = "javascript";
export const account = "javascriptbatch";
export const gallery = "javascriptGallery";
export const definition = "ubuntu";
export const agent = "batch.node.ubuntu 24.04";

// The service principal that signs in, as Entra's token names it.
export const principal = "00000000-0000-0000-0000-0000000000dd";

export const groupId = `/subscriptions/${subscription}/resourceGroups/${group}`;
// What the emulator begins with.
export const diskId = `/subscriptions/${subscription}/resourceGroups/rg1/providers/Microsoft.Compute/disks/disk1`;
export const snapshotId = `${groupId}/providers/Microsoft.Compute/snapshots/builder-os`;
export const imageId = `${groupId}/providers/Microsoft.Compute/images/builder`;
export const galleryId = `${groupId}/providers/Microsoft.Compute/galleries/${gallery}`;
export const versionId = `${galleryId}/images/${definition}/versions/1.0.0`;
export const accountId = `${groupId}/providers/Microsoft.Batch/batchAccounts/${account}`;

export const credential = new ClientSecretCredential(tenant, client, secret, {
  authorityHost: url,
  disableInstanceDiscovery: true,
});

// Each generation of the management clients has its own word for the scope.
export const options = {
  endpoint: url,
  credentialScopes: [`${url}/.default`],
  credentials: { scopes: [`${url}/.default`] },
};

// A client that is told no pace asks every two seconds where an answer tells none either.
export const pace = { updateIntervalInMs: 100 };
