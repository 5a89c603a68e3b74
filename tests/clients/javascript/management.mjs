// The management plane, from a resource group to a Batch pool that runs an image version.

import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { BatchManagementClient } from "@azure/arm-batch";
import { ComputeManagementClient } from "@azure/arm-compute";
import { ResourceManagementClient } from "@azure/arm-resources";
import { SubscriptionClient } from "@azure/arm-resources-subscriptions";

import { all, check, equal, eventually, refused, run } from "./check.mjs";
import * as here from "./cloud.mjs";
import { account, credential, definition, gallery, group, location, options, pace, subscription } from "./cloud.mjs";

const resources = new ResourceManagementClient(credential, subscription, options);
const compute = new ComputeManagementClient(credential, subscription, options);
const batch = new BatchManagementClient(credential, subscription, options);
const authorization = new AuthorizationManagementClient(credential, subscription, options);

const regions = (...names) => names.map((name) => ({ name, regionalReplicaCount: 1, storageAccountType: "Standard_LRS" }));
const version = (source, ...names) => ({
  location,
  publishingProfile: { targetRegions: regions(...names) },
  storageProfile: { source: { id: source } },
});
const names = (entries) => entries.map((entry) => entry.name);

check("a token is got and used again", async () => {
  const [first, second] = [await credential.getToken(`${here.url}/.default`), await credential.getToken(`${here.url}/.default`)];
  equal(first.token, second.token);
});

check("the subscription is there", async () => {
  const subscriptions = new SubscriptionClient(credential, options);
  const found = (await all(subscriptions.subscriptions.list())).map((each) => each.subscriptionId);
  equal(found.includes(subscription), true);
  equal((await subscriptions.subscriptions.get(subscription)).state, "Enabled");
  equal(names(await all(subscriptions.subscriptions.listLocations(subscription))).includes(location), true);
  equal((await all(subscriptions.tenants.list())).map((each) => each.tenantId), [here.tenant]);
});

check("a resource group is made, and providers are registered", async () => {
  equal((await resources.resourceGroups.createOrUpdate(group, { location, tags: { by: "javascript" } })).properties.provisioningState, "Succeeded");
  equal((await resources.resourceGroups.checkExistence(group)).body, true);
  equal((await resources.resourceGroups.checkExistence("missing")).body, false);
  equal(names(await all(resources.resourceGroups.list({ filter: "tagName eq 'by'" }))), [group]);
  await resources.providers.register("Microsoft.Batch");
  equal((await resources.providers.get("Microsoft.Batch")).registrationState, "Registered");
  equal((await all(resources.providers.list())).length > 2, true);
});

check("a snapshot of the disk is taken", async () => {
  const snapshot = { location, creationData: { createOption: "Copy", sourceResourceId: here.diskId } };
  const made = await compute.snapshots.createOrUpdate(group, "builder-os", snapshot, pace);
  equal([made.provisioningState, made.creationData.sourceResourceId, made.timeCreated instanceof Date], ["Succeeded", here.diskId, true]);
  const access = await compute.snapshots.grantAccess(group, "builder-os", { access: "Read", durationInSeconds: 60 }, pace);
  equal(typeof access.accessSAS, "string");
  await compute.snapshots.revokeAccess(group, "builder-os", pace);
});

check("a managed image is made of it", async () => {
  const image = { location, hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized", snapshot: { id: here.snapshotId } } } };
  const made = await compute.images.createOrUpdate(group, "builder", image, pace);
  equal([made.id, made.provisioningState], [here.imageId, "Succeeded"]);
  equal((await compute.images.update(group, "builder", { tags: { by: "javascript" } }, pace)).tags, { by: "javascript" });
});

check("a gallery and a definition are made", async () => {
  equal((await compute.galleries.createOrUpdate(group, gallery, { location }, pace)).provisioningState, "Succeeded");
  const identifier = { publisher: "contoso", offer: "ubuntu", sku: "24.04" };
  const made = await compute.galleryImages.createOrUpdate(group, gallery, definition, { location, osType: "Linux", osState: "Generalized", hyperVGeneration: "V2", identifier }, pace);
  equal([made.identifier, made.provisioningState], [identifier, "Succeeded"]);
});

check("a version is replicated to its regions", async () => {
  const made = await compute.galleryImageVersions.createOrUpdate(group, gallery, definition, "1.0.0", version(here.imageId, location, "westus"), pace);
  equal([made.id, made.provisioningState], [here.versionId, "Succeeded"]);
  const told = await compute.galleryImageVersions.get(group, gallery, definition, "1.0.0", { expand: "ReplicationStatus" });
  equal(told.replicationStatus.summary.map((each) => each.state), ["Completed", "Completed"]);
  equal((await compute.galleryImageVersions.get(group, gallery, definition, "1.0.0")).replicationStatus, undefined);
});

check("a poller can be looked at while it runs", async () => {
  const poller = compute.galleryImageVersions.createOrUpdate(group, gallery, definition, "1.0.1", version(here.imageId, location), pace);
  await poller.submitted();
  equal(poller.operationState.status, "running");
  equal((await poller.pollUntilDone()).name, "1.0.1");
  equal(poller.operationState.status, "succeeded");
});

check("lists go on over their pages", async () => {
  await compute.galleryImageVersions.createOrUpdate(group, gallery, definition, "1.0.2", version(here.imageId, location), pace);
  const pages = compute.galleryImageVersions.listByGalleryImage(group, gallery, definition);
  equal(names(await all(pages)), ["1.0.0", "1.0.1", "1.0.2"]);
  equal(names(await all(compute.galleries.list())).includes(gallery), true);
  equal((await all(compute.resourceSkus.list({ filter: `location eq '${location}'` }))).length > 2, true);
  equal((await all(compute.usage.list(location))).length > 2, true);
  equal((await all(resources.resources.listByResourceGroup(group))).length >= 6, true);
});

check("what Compute refuses is told with its code", async () => {
  await refused(() => compute.galleries.get(group, "missing"), 404, "ResourceNotFound");
  await refused(() => compute.galleries.get("missing", gallery), 404, "ResourceGroupNotFound");
  const moved = { ...version(here.imageId, location), location: "westus" };
  await refused(() => compute.galleryImageVersions.createOrUpdate(group, gallery, definition, "1.0.0", moved, pace), 409, "InvalidResourceLocation");
  await refused(() => compute.galleries.delete(group, gallery, pace), 409, "CannotDeleteResource");
});

check("a role is assigned", async () => {
  const [role] = await all(authorization.roleDefinitions.list(here.groupId, { filter: "roleName eq 'Contributor'" }));
  const name = "11111111-2222-3333-4444-555555555555";
  const wanted = { roleDefinitionId: role.id, principalId: here.principal, principalType: "ServicePrincipal" };
  equal((await authorization.roleAssignments.create(here.groupId, name, wanted)).principalId, here.principal);
  equal((await authorization.roleAssignments.get(here.groupId, name)).scope, here.groupId);
  equal(names(await all(authorization.roleAssignments.listForScope(here.groupId, { filter: "atScope()" }))).includes(name), true);
  await refused(() => authorization.roleAssignments.create(here.groupId, "11111111-2222-3333-4444-555555555556", wanted), 409, "RoleAssignmentExists");
});

check("a Batch account is made", async () => {
  const poller = await batch.batchAccountOperations.beginCreate(group, account, { location }, pace);
  const made = await poller.pollUntilDone();
  equal([made.id, made.provisioningState, made.poolAllocationMode], [here.accountId, "Succeeded", "BatchService"]);
  equal(typeof (await batch.batchAccountOperations.getKeys(group, account)).primary, "string");
  equal(typeof (await batch.location.getQuotas(location)).accountQuota, "number");
  equal((await batch.location.checkNameAvailability(location, { name: account, type: "Microsoft.Batch/batchAccounts" })).reason, "AlreadyExists");
  equal((await all(batch.batchAccountOperations.list())).length >= 2, true);
  equal((await all(batch.location.listSupportedVirtualMachineSkus(location))).length > 2, true);
});

const pool = (targetDedicatedNodes) => ({
  vmSize: "Standard_D2s_v3",
  deploymentConfiguration: {
    virtualMachineConfiguration: { imageReference: { id: here.versionId }, nodeAgentSkuId: here.agent },
  },
  scaleSettings: { fixedScale: { targetDedicatedNodes, resizeTimeout: "PT15M" } },
});

check("a pool runs the version", async () => {
  const made = await batch.poolOperations.create(group, account, "managed", pool(2));
  equal([made.provisioningState, typeof made.etag], ["Succeeded", "string"]);
  const steady = () => batch.poolOperations.get(group, account, "managed");
  const found = await eventually(steady, (it) => it.allocationState === "Steady");
  equal([found.currentDedicatedNodes, found.vmSize.toUpperCase()], [2, "STANDARD_D2S_V3"]);
  equal((await batch.poolOperations.update(group, account, "managed", { metadata: [{ name: "by", value: "javascript" }] })).metadata, [{ name: "by", value: "javascript" }]);
});

check("a pool is there once, and changed by who knows it", async () => {
  await refused(() => batch.poolOperations.create(group, account, "managed", pool(1), { ifNoneMatch: "*" }), 412, "ConditionNotMet");
  await refused(() => batch.poolOperations.update(group, account, "managed", { metadata: [] }, { ifMatch: '"0x8D0000000000000"' }), 412, "ConditionNotMet");
  const { etag } = await batch.poolOperations.get(group, account, "managed");
  equal((await batch.poolOperations.update(group, account, "managed", { metadata: [] }, { ifMatch: etag })).name, "managed");
});

check("pools are listed by what they are", async () => {
  for (const name of ["extra-1", "extra-2"]) await batch.poolOperations.create(group, account, name, pool(0));
  equal(names(await all(batch.poolOperations.listByBatchAccount(group, account))), ["extra-1", "extra-2", "managed"]);
  const filter = "startswith(name, 'extra')";
  equal(names(await all(batch.poolOperations.listByBatchAccount(group, account, { filter, maxresults: 1 }))), ["extra-1", "extra-2"]);
});

check("pools go, and their pollers end", async () => {
  for (const name of ["extra-1", "extra-2"]) await batch.poolOperations.beginDeleteAndWait(group, account, name, pace);
  await refused(() => batch.poolOperations.get(group, account, "extra-1"), 404, "PoolNotFound");
});

await run();
