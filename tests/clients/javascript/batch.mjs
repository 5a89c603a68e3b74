// @azure/batch, of the time before there were Azure SDKs in common: pools, nodes, jobs and tasks on the data plane.

import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { BatchManagementClient } from "@azure/arm-batch";
import { AzureIdentityCredentialAdapter } from "@azure/ms-rest-js";
import { loginWithServicePrincipalSecretWithAuthResponse } from "@azure/ms-rest-nodeauth";
import { Environment } from "@azure/ms-rest-azure-env";

import { check, equal, eventually, refused, run } from "./check.mjs";
import * as here from "./cloud.mjs";
import { account, credential, group, options } from "./cloud.mjs";

const management = new BatchManagementClient(credential, here.subscription, options);
const { accountEndpoint } = await management.batchAccountOperations.get(group, account);
const endpoint = `https://${accountEndpoint}`;
const batch = new BatchServiceClient(
  new AzureIdentityCredentialAdapter(credential, "https://batch.core.windows.net/.default"),
  endpoint,
);

/** Every entry of a list, page by page, as this client has them followed. */
async function all(first, next) {
  const found = [...(await first)];
  for (let link = (await first).odatanextLink; link; ) {
    const page = await next(link);
    found.push(...page);
    link = page.odatanextLink;
  }
  return found;
}

const pool = (id, targetDedicatedNodes) => ({
  id,
  vmSize: "standard_d2s_v3",
  targetDedicatedNodes,
  virtualMachineConfiguration: { imageReference: { virtualMachineImageId: here.versionId }, nodeAgentSKUId: here.agent },
  startTask: { commandLine: "/bin/bash -c 'echo started'", waitForSuccess: true },
});
const steady = () => eventually(() => batch.pool.get("data"), (it) => it.allocationState === "steady");
const nodes = () => all(batch.computeNode.list("data"), (link) => batch.computeNode.listNext(link));

check("its images are told", async () => {
  const images = await all(batch.account.listSupportedImages(), (link) => batch.account.listSupportedImagesNext(link));
  equal(images.some((each) => each.nodeAgentSKUId === here.agent), true);
});

check("a pool is added, and is there once", async () => {
  equal((await batch.pool.add(pool("data", 2)))._response.status, 201);
  await refused(() => batch.pool.add(pool("data", 2)), 409, "PoolExists");
  equal((await batch.pool.exists("data")).body, true);
  equal((await batch.pool.exists("missing")).body, false);
  const found = await steady();
  equal([found.currentDedicatedNodes, found.virtualMachineConfiguration.imageReference.virtualMachineImageId], [2, here.versionId]);
  equal(found.creationTime instanceof Date, true);
});

check("pools are listed as it is wished", async () => {
  for (const id of ["data-2", "data-3"]) await batch.pool.add(pool(id, 0));
  const found = await all(
    batch.pool.list({ poolListOptions: { filter: "startswith(id,'data')", select: "id,state", maxResults: 1 } }),
    (link) => batch.pool.listNext(link),
  );
  equal(found.map(({ id, state, vmSize }) => [id, state, vmSize]), ["data", "data-2", "data-3"].map((id) => [id, "active", undefined]));
});

check("a pool is resized, patched and guarded by its ETag", async () => {
  await batch.pool.resize("data", { targetDedicatedNodes: 3 });
  equal((await steady()).currentDedicatedNodes, 3);
  await batch.pool.patch("data", { metadata: [{ name: "by", value: "javascript" }] });
  const { eTag, metadata } = await batch.pool.get("data");
  equal(metadata, [{ name: "by", value: "javascript" }]);
  const stale = { poolPatchOptions: { ifMatch: "0x8D0000000000000" } };
  await refused(() => batch.pool.patch("data", { metadata: [] }, stale), 412, "ConditionNotMet");
  await batch.pool.patch("data", { metadata: [] }, { poolPatchOptions: { ifMatch: eTag } });
  await batch.pool.updateProperties("data", { applicationPackageReferences: [], certificateReferences: [], metadata: [] });
});

check("a pool scales itself", async () => {
  await refused(() => batch.pool.evaluateAutoScale("data", "$TargetDedicatedNodes=4;"), 409, "OperationNotValidOnPool");
  await batch.pool.enableAutoScale("data", { autoScaleFormula: "$TargetDedicatedNodes=2;" });
  equal((await batch.pool.evaluateAutoScale("data", "$TargetDedicatedNodes=4;")).results.includes("$TargetDedicatedNodes=4"), true);
  await steady();
  await batch.pool.disableAutoScale("data");
  equal((await steady()).enableAutoScale, false);
});

check("nodes come up, are told and are worked on", async () => {
  const found = await eventually(nodes, (them) => them.length === 2 && them.every((each) => each.state === "idle"));
  const [{ id }] = found;
  equal((await batch.computeNode.get("data", id)).isDedicated, true);
  await batch.computeNode.addUser("data", id, { name: "ann", password: "p4ssw0rd!", isAdmin: true });
  await batch.computeNode.updateUser("data", id, "ann", { password: "an0ther!" });
  await batch.computeNode.deleteUser("data", id, "ann");
  equal(typeof (await batch.computeNode.getRemoteLoginSettings("data", id)).remoteLoginPort, "number");
  await batch.computeNode.disableScheduling("data", id);
  equal((await batch.computeNode.get("data", id)).state, "offline");
  await refused(() => batch.computeNode.disableScheduling("data", id), 409, "NodeAlreadyInTargetSchedulingState");
  await batch.computeNode.enableScheduling("data", id);
  await batch.computeNode.reboot("data", id);
  await eventually(() => batch.computeNode.get("data", id), (it) => it.state === "idle");
  const counts = await all(
    batch.account.listPoolNodeCounts({ accountListPoolNodeCountsOptions: { filter: "poolId eq 'data'" } }),
    (link) => batch.account.listPoolNodeCountsNext(link),
  );
  equal(counts.map((each) => each.dedicated.total), [2]);
  await refused(() => batch.computeNode.get("data", "tvm-1"), 404, "NodeNotFound");
});

check("a job runs its tasks", async () => {
  await batch.job.add({ id: "data", poolInfo: { poolId: "data" } });
  await refused(() => batch.job.add({ id: "data", poolInfo: { poolId: "data" } }), 409, "JobExists");
  await batch.task.add("data", { id: "task-0", commandLine: "/bin/bash -c 'exit 0'" });
  const many = [1, 2, 3].map((code) => ({ id: `task-${code}`, commandLine: `/bin/bash -c 'exit ${code}'` }));
  equal((await batch.task.addCollection("data", many)).value.map((each) => each.status), ["success", "success", "success"]);
  const tasks = () => all(batch.task.list("data"), (link) => batch.task.listNext(link));
  const done = await eventually(tasks, (them) => them.every((each) => each.state === "completed"));
  equal(done.map((each) => each.executionInfo.exitCode), [0, 1, 2, 3]);
  const { taskCounts } = await batch.job.getTaskCounts("data");
  equal([taskCounts.completed, taskCounts.succeeded, taskCounts.failed], [4, 1, 3]);
});

check("what ran left its files", async () => {
  const files = await all(batch.file.listFromTask("data", "task-0", { recursive: true }), (link) => batch.file.listFromTaskNext(link));
  equal(files.map((each) => each.name).filter((name) => name.endsWith(".txt")), ["stderr.txt", "stdout.txt"]);
  await batch.file.getPropertiesFromTask("data", "task-0", "stdout.txt");
  const { readableStreamBody } = await batch.file.getFromTask("data", "task-0", "stdout.txt");
  let size = 0;
  for await (const part of readableStreamBody) size += part.length;
  equal(size, 0);
  // A client that wants a stream leaves the body of a refusal unread.
  const missing = await batch.file.getFromTask("data", "task-0", "missing.txt").catch((error) => error);
  equal(missing.statusCode, 404);
});

check("a job ends, and goes", async () => {
  await batch.job.terminate("data", { terminateReason: "enough" });
  const ended = await eventually(() => batch.job.get("data"), (it) => it.state === "completed");
  equal(ended.executionInfo.terminateReason, "enough");
  await batch.job.deleteMethod("data");
  await eventually(() => batch.job.get("data").then(() => false, (error) => error.code === "JobNotFound"), Boolean);
});

check("what is missing is not found", async () => {
  await refused(() => batch.pool.get("missing"), 404, "PoolNotFound");
  await refused(() => batch.task.get("missing", "task"), 404, "JobNotFound");
});

check("a service principal signs in the old way", async () => {
  const environment = Object.assign(Object.create(Environment.prototype), Environment.AzureCloud, {
    name: "emulator",
    activeDirectoryEndpointUrl: `${here.url}/`,
    activeDirectoryResourceId: here.url,
    validateAuthority: false,
  });
  const { credentials } = await loginWithServicePrincipalSecretWithAuthResponse(here.client, here.secret, here.tenant, {
    environment,
    tokenAudience: "https://batch.core.windows.net/",
  });
  equal((await new BatchServiceClient(credentials, endpoint).pool.get("data")).id, "data");
});

check("an account key opens the account", async () => {
  const { primary } = await management.batchAccountOperations.getKeys(group, account);
  const keyed = new BatchServiceClient(new BatchSharedKeyCredentials(account, primary), endpoint);
  equal((await keyed.pool.get("data")).id, "data");
});

check("pools go", async () => {
  for (const id of ["data", "data-2", "data-3"]) await batch.pool.deleteMethod(id);
  await eventually(() => batch.pool.list(), (them) => them.every(({ id }) => !id.startsWith("data")));
});

await run();
