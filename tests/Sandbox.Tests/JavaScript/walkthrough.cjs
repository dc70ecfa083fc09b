// The walk-through and the main operations with the Azure SDKs for JavaScript. The variables are those of 'meshport sandbox env'.
// Usage: node walkthrough.cjs FOLDER-WITH-NODE-MODULES. Prints a line for each step, and every failed step with its error.
"use strict";
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const path = require("node:path");

const load = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const { ClientSecretCredential } = load("@azure/identity");
const { ContainerServiceClient } = load("@azure/arm-containerservice");
const { NetworkManagementClient } = load("@azure/arm-network");
const { ResourceManagementClient } = load("@azure/arm-resources");
const { FeatureClient } = load("@azure/arm-features");
const { EventGridManagementClient } = load("@azure/arm-eventgrid");

const env = process.env;
const subscription = "00000000-0000-0000-0000-000000000001";
const location = "eastus2";
const group = "javascript";
const name = "mesh";
const fast = { updateIntervalInMs: 200 };
const options = {
  endpoint: env.AZURE_RESOURCE_MANAGER_ENDPOINT,
  credentialScopes: ["https://management.azure.com/.default"],
  credentials: { scopes: ["https://management.azure.com/.default"] },
};
const credential = new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, {
  authorityHost: env.AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
});
const aks = new ContainerServiceClient(credential, subscription, options);
const network = new NetworkManagementClient(credential, subscription, options);
const resources = new ResourceManagementClient(credential, subscription, options);
const features = new FeatureClient(credential, subscription, options);
const events = new EventGridManagementClient(credential, subscription, options);
for (const client of [aks, network, resources, features, events]) {
  client.pipeline.addPolicy({
    name: "impatience", // the sandbox's time runs 6,000 times as fast as the time in which the SDKs wait
    async sendRequest(request, next) {
      const response = await next(request);
      response.headers.delete("retry-after");
      return response;
    },
  });
}

async function all(pages) {
  const found = [];
  for await (const item of pages) {
    found.push(item);
  }
  return found;
}

/** Without the fields that every write changes. */
function unversioned(body) {
  const changing = ["etag", "eTag", "systemData"];
  return JSON.parse(JSON.stringify(body, (name, value) => (changing.includes(name) ? undefined : value)));
}

let subnet;
const steps = {
  "register a provider": async () => {
    const provider = await resources.providers.register("Microsoft.ContainerService");
    assert.equal(provider.namespace, "Microsoft.ContainerService");
  },
  "create a group": async () => {
    assert.equal((await resources.resourceGroups.createOrUpdate(group, { location })).properties.provisioningState, "Succeeded");
    assert.ok((await all(resources.resourceGroups.list())).some((one) => one.name === group));
  },
  "register a feature": async () => {
    const feature = await features.features.register("Microsoft.ContainerService", "ManagedGatewayAPIPreview");
    assert.match(feature.properties.state, /^Register(ing|ed)$/);
    assert.ok((await all(features.features.list("Microsoft.ContainerService"))).length > 0);
  },
  "create a network": async () => {
    const address = { addressSpace: { addressPrefixes: ["10.13.0.0/16"] } };
    const made = await network.virtualNetworks.beginCreateOrUpdateAndWait(group, "vnet", { location, ...address }, fast);
    assert.equal(made.provisioningState, "Succeeded");
    const guard = await network.networkSecurityGroups.beginCreateOrUpdateAndWait(group, "nsg", { location }, fast);
    subnet = await network.subnets.beginCreateOrUpdateAndWait(
      group, "vnet", "aks", { addressPrefix: "10.13.76.0/24", networkSecurityGroup: { id: guard.id } }, fast);
    assert.equal(subnet.addressPrefix, "10.13.76.0/24");
  },
  "open a port of the security group": async () => {
    const rule = await network.securityRules.beginCreateOrUpdateAndWait(group, "nsg", "tcp", {
      protocol: "Tcp", access: "Allow", direction: "Inbound", priority: 300,
      sourceAddressPrefix: "*", sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "9000",
    }, fast);
    assert.equal(rule.priority, 300);
  },
  "list the mesh revisions": async () => {
    const revisions = await all(aks.managedClusters.listMeshRevisionProfiles(location));
    assert.match(revisions[0].properties.meshRevisions[0].revision, /^asm-/);
  },
  "create a cluster with the mesh": async () => {
    const made = await aks.managedClusters.beginCreateOrUpdateAndWait(group, name, {
      location, dnsPrefix: "tcp", identity: { type: "SystemAssigned" },
      agentPoolProfiles: [{ name: "nodepool1", mode: "System", count: 2, vmSize: "Standard_D2s_v5", vnetSubnetID: subnet.id }],
      serviceMeshProfile: { mode: "Istio", istio: { components: { ingressGateways: [{ enabled: true, mode: "External" }] } } },
    }, fast);
    assert.equal(made.provisioningState, "Succeeded");
    assert.match(made.serviceMeshProfile.istio.revisions[0], /^asm-/);
  },
  "put what get answered": async () => {
    const before = await aks.managedClusters.get(group, name);
    const after = await aks.managedClusters.beginCreateOrUpdateAndWait(group, name, before, fast);
    assert.deepEqual(unversioned(after), unversioned(before));
  },
  "update the tags": async () => {
    const updated = await aks.managedClusters.beginUpdateTagsAndWait(group, name, { tags: { a: "b" } }, fast);
    assert.deepEqual(updated.tags, { a: "b" });
    assert.equal((await all(aks.managedClusters.listByResourceGroup(group))).length, 1);
  },
  "get the credentials": async () => {
    const answer = await aks.managedClusters.listClusterUserCredentials(group, name);
    assert.match(Buffer.from(answer.kubeconfigs[0].value).toString(), /apiVersion: v1/);
  },
  "add, scale and delete a node pool": async () => {
    const pool = { count: 1, vmSize: "Standard_D2s_v5", mode: "User", vnetSubnetID: subnet.id };
    await aks.agentPools.beginCreateOrUpdateAndWait(group, name, "more", pool, fast);
    assert.equal((await aks.agentPools.beginCreateOrUpdateAndWait(group, name, "more", { ...pool, count: 2 }, fast)).count, 2);
    assert.equal((await all(aks.agentPools.list(group, name))).length, 2);
    await aks.agentPools.beginDeleteAndWait(group, name, "more", fast);
  },
  "read the upgrade profiles": async () => {
    assert.ok((await aks.managedClusters.getUpgradeProfile(group, name)).controlPlaneProfile);
    await all(aks.managedClusters.listMeshUpgradeProfiles(group, name));
  },
  "stop and start": async () => {
    await aks.managedClusters.beginStopAndWait(group, name, fast);
    assert.equal((await aks.managedClusters.get(group, name)).powerState.code, "Stopped");
    await aks.managedClusters.beginStartAndWait(group, name, fast);
    assert.equal((await aks.managedClusters.get(group, name)).powerState.code, "Running");
  },
  "list event subscriptions": async () => {
    const cluster = await aks.managedClusters.get(group, name);
    assert.deepEqual(await all(events.eventSubscriptions.listByResource(group, "Microsoft.ContainerService", "managedClusters", name)), []);
    await assert.rejects(events.eventSubscriptions.get(cluster.id, "none"), (error) => error.statusCode === 404);
  },
  "an unknown cluster is not found": async () => {
    await assert.rejects(aks.managedClusters.get(group, "none"), (error) => error.statusCode === 404 && error.code === "ResourceNotFound");
  },
  "delete the cluster and the group": async () => {
    await aks.managedClusters.beginDeleteAndWait(group, name, fast);
    await resources.resourceGroups.beginDeleteAndWait(group, fast);
    await assert.rejects(resources.resourceGroups.get(group), (error) => error.code === "ResourceGroupNotFound");
  },
};

(async () => {
  for (const [title, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`done: ${title}`);
    } catch (error) {
      console.log(`failed: ${title}: ${error.code ?? ""} ${error.statusCode ?? ""} ${error.message}`);
      process.exitCode = 1;
    }
  }
})();
