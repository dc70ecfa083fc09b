using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class WalkThroughTests
{
    private const string Cluster = """
        {
          "dnsPrefix": "tcp", "enableRBAC": true, "aadProfile": { "managed": true, "enableAzureRBAC": true }, "disableLocalAccounts": true,
          "agentPoolProfiles": [{ "name": "nodepool1", "mode": "System", "count": 2, "vmSize": "Standard_B2ms", "osType": "Linux",
          "vnetSubnetID": "SUBNET" }],
          "networkProfile": { "networkPlugin": "kubenet" },
          "serviceMeshProfile": { "mode": "Istio", "istio": { "components": { "ingressGateways": [{ "enabled": true,
          "mode": "External" }] } } }
        }
        """;

    [Fact]
    public async Task The_official_clients_create_a_network_and_a_cluster_with_mesh_and_gateway()
    {
        var token = TestContext.Current.CancellationToken;
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 6000 }, token);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg1", token);
        await clients.PutAndWaitAsync(
            SandboxClients.NetworkId("rg1", "virtualNetworks", "vnet1"),
            """{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]}}""",
            token
        );
        var subnet = await SubnetAsync(clients, token);

        var id = SandboxClients.ClusterId("rg1", "c1");
        var operation = await clients.PutAsync(id, Cluster.Replace("SUBNET", subnet, StringComparison.Ordinal), token);
        await SandboxClients.CompleteAsync(operation, token);

        var properties = JsonNode.Parse(operation.Value.Data.Properties)!.AsObject();
        Assert.Equal("Succeeded", properties["provisioningState"]!.GetValue<string>());
        Assert.Equal("asm-1-29", properties["serviceMeshProfile"]!["istio"]!["revisions"]![0]!.GetValue<string>());
        Assert.Equal("1.34.4", properties["currentKubernetesVersion"]!.GetValue<string>());
        Assert.Equal("MC_rg1_c1_eastus2", properties["nodeResourceGroup"]!.GetValue<string>());
        var create = Assert.Single(sandbox.Operations, one => one.Kind == "managedClusters/create");
        Assert.Equal(("Succeeded", id.ToString()), (create.Status, create.Target));
        Assert.InRange(create.Due - create.Started, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(60));
    }

    private static async Task<string> SubnetAsync(SandboxClients clients, CancellationToken token)
    {
        var id = SandboxClients.NetworkId("rg1", "virtualNetworks", "vnet1/subnets/aks");
        using var answer = await clients.SendAsync(
            HttpMethod.Put,
            $"{id}?api-version={SandboxClients.NetworkApiVersion}",
            """{"properties":{"addressPrefix":"10.13.76.0/24"}}""",
            token
        );
        Assert.Equal(201, (int)answer.StatusCode);
        return id.ToString();
    }
}
