using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// MeshPort's role has exactly the actions that MeshPort needs. These tests compare the list with the requests; Functions.Tests compares
/// it with the role.
/// </summary>
public sealed class LeastPrivilegeTests
{
    private const string Group = "others";
    private static readonly string Identity =
        $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{Group}"
        + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes";
    private static readonly string Prefix =
        $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{Group}/providers/Microsoft.Network/publicIPPrefixes/range";
    private static readonly string Elsewhere = MeshPortHost.Cluster.Replace(
        $"/resourceGroups/{MeshPortHost.Id.ResourceGroup}/",
        $"/resourceGroups/{Group}/",
        StringComparison.OrdinalIgnoreCase
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MeshPort_uses_every_action_of_its_role_and_no_other()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        await MakeNetworkOfOthersAsync(host);
        await UnregisterProvidersAsync(host);
        using var traffic = new ArmTraffic(host.Sandbox.ResourceManagerEndpoint);

        await ComeAndGoAsync(host);
        await ComeAndGoWithinANetworkOfOthersAsync(host);
        await FailAsync(host);

        string[] foreseen = [.. ArmActions.Foreseen, .. ArmActions.Linked.Values];
        Assert.Equal("", string.Join(", ", foreseen.Except(traffic.Actions, StringComparer.OrdinalIgnoreCase))); // superfluous
        Assert.Equal("", string.Join(", ", traffic.Actions.Except(foreseen, StringComparer.OrdinalIgnoreCase))); // missing
    }

    [Theory]
    [InlineData(
        "DELETE",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        "Microsoft.Storage/storageAccounts/delete"
    )]
    [InlineData(
        "POST",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/listClusterAdminCredential",
        "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action"
    )]
    [InlineData("GET", "/subscriptions/s", "Microsoft.Resources/subscriptions/read")]
    public async Task A_request_that_the_role_does_not_foresee_is_not_sent(string method, string path, string action)
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        using var traffic = new ArmTraffic(host.Sandbox.ResourceManagerEndpoint);
        var arm = host.Functions.Services.GetRequiredService<ArmClient>();
        var pipeline = new Pipe(arm).Pipeline;
        using var message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Parse(method);
        message.Request.Uri.Reset(new Uri(host.Sandbox.ResourceManagerEndpoint, $"{path}?api-version=2024-01-01"));

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipeline.SendAsync(message, Token));

        Assert.Contains($"does not foresee {action};", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(traffic.Actions);
    }

    /// <summary>Creates and removes a cluster with its own network and security group, and an exposure.</summary>
    private static async Task ComeAndGoAsync(MeshPortHost host)
    {
        var spec = MeshPortHost.ClusterSpec();
        spec["kubernetesVersion"] = "1.34";
        spec["network"]!["networkSecurityGroup"] = "guard"; // the sample has a network
        spec["nodePools"] = new JsonArray(new JsonObject { ["name"] = "apps" });
        spec["maintenance"] = JsonNode.Parse("""{"nodeOs":{"everyWeeks":1,"dayOfWeek":"Sunday","startTime":"02:00","durationHours":4}}""");
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);
        spec.Remove("maintenance");
        spec.Remove("nodePools");
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        await host.SucceedAsync(await host.DeleteAsync($"{MeshPortHost.Cluster}/exposures/echo", Token), Token);
        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);
    }

    /// <summary>
    /// Resource group, virtual network and the cluster's identity belong to others, so MeshPort creates and deletes only a subnet and a
    /// public IP address.
    /// </summary>
    private static async Task ComeAndGoWithinANetworkOfOthersAsync(MeshPortHost host)
    {
        var spec = MeshPortHost.ClusterSpec();
        spec["identity"] = Identity;
        spec["gatewayAddresses"] = new JsonObject { ["external"] = new JsonObject { ["publicIpPrefix"] = Prefix } };
        using var accepted = await host.Client.PutAsJsonAsync(Elsewhere, new { spec }, Token);
        await host.SucceedAsync(Assert.IsType<Uri>(accepted.Headers.Location), Token);
        await host.SucceedAsync(await host.DeleteAsync(Elsewhere, Token), Token);
    }

    private static async Task MakeNetworkOfOthersAsync(MeshPortHost host)
    {
        var arm = host.Functions.Services.GetRequiredService<ArmClient>();
        var groups = arm.GetSubscriptionResource(SubscriptionResource.CreateResourceIdentifier(MeshPortHost.Id.SubscriptionId))
            .GetResourceGroups();
        await groups.CreateOrUpdateAsync(WaitUntil.Completed, Group, new ResourceGroupData(AzureLocation.EastUS2), Token);
        var network = Assert.IsType<JsonObject>(MeshPortHost.ClusterSpec()["network"]);
        var id = new ResourceIdentifier(
            $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{Group}"
                + $"/providers/Microsoft.Network/virtualNetworks/{network["vnet"]}"
        );
        var body = new JsonObject
        {
            ["location"] = "eastus2",
            ["properties"] = new JsonObject
            {
                ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray($"{network["addressPrefix"]}") },
            },
        };
        await new ArmJsonResource(arm, id, ApiVersions.Network).PutAsync(body, conditions: null, Token);
        using var owner = new OtherAzureUser(host.Sandbox, Token);
        await owner.PutAsync(Identity, new JsonObject { ["location"] = "eastus2" });
        await owner.PutAsync(
            Prefix,
            new JsonObject
            {
                ["location"] = "eastus2",
                ["properties"] = new JsonObject { ["prefixLength"] = 31 },
            }
        );
    }

    /// <summary>Unregisters the providers, so that MeshPort registers them. MeshPort itself never sends this request.</summary>
    private static async Task UnregisterProvidersAsync(MeshPortHost host)
    {
        var token = await host
            .Functions.Services.GetRequiredService<TokenCredential>()
            .GetTokenAsync(new TokenRequestContext([$"{SandboxTokens.ResourceManagerAudience}/.default"]), Token);
        using var handler = new HttpClientHandler
        {
            UseProxy = false,
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var client = new HttpClient(handler) { BaseAddress = host.Sandbox.ResourceManagerEndpoint };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        foreach (var provider in RequiredProvidersPlan.Namespaces)
        {
            using var answer = await client.PostAsync(
                $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/providers/{provider}/unregister?api-version=2021-04-01",
                null,
                Token
            );
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Azure accepts the cluster and then fails to create it.</summary>
    private static async Task FailAsync(MeshPortHost host)
    {
        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.OperationFails,
                Operation = "create managedClusters",
            }
        );
        await host.FailAsync(await host.PutClusterAsync(Token), Token);
    }

    private sealed class Pipe(ArmClient client) : ArmResource(client, new ResourceIdentifier("/"))
    {
        public new HttpPipeline Pipeline => base.Pipeline;
    }
}
