using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>
/// Every official request example is accepted. The sandbox's answers contain everything that the official response examples do.
/// </summary>
public sealed class OfficialExampleTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    // Properties of examples that the sandbox omits, by the end of the path, and the reason.
    private static readonly (string Example, string Path, string Reason)[] Exceptions =
    [
        ("ManagedClusters", "enableEncryptionAtHost", "the example answers more than its request asked for"),
        ("", "loadBalancerProfile.allocatedOutboundPorts", "the example answers more than its request asked for"),
        ("", "loadBalancerProfile.idleTimeoutInMinutes", "the example answers more than its request asked for"),
        ("IngressProfile", "diskEncryptionSetID", "the example answers more than its request asked for"),
        ("IngressProfile", "windowsProfile", "the example answers more than its request asked for"),
        ("", "loadBalancerProfile.effectiveOutboundIPs", "the example answers a creation with the finished cluster"),
        ("VirtualNetworkGet", "ipConfigurations", "read-only: of a load balancer in the subnet, which this one does not have"),
        ("VirtualNetworkGet", "defaultPublicNatGateway", "read-only: of a NAT gateway of the network, which this one does not have"),
        ("GetProvider", "locationMappings", "edge zones are not simulated"),
        ("GetSubscription", "managedByTenants[]", "no other tenant manages a subscription here"),
        ("GetSubscription", "tags", "no one tags a subscription here"),
        ("SubscriptionFeatureRegistrationPUT", "releaseDate", "known to the owners of a real feature alone"),
    ];

    private static readonly string[] None = ["(the reference is not beside the repository)"];

    public static TheoryData<string> Examples => new(OfficialExample.Available ? OfficialExample.Names : None);

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_official_example_is_accepted_and_answered_in_its_shape(string name)
    {
        Assert.SkipUnless(
            OfficialExample.Available,
            "The official examples are looked for in ../shared/reference/arm/examples, beside the repository, and are not there."
        );
        var example = OfficialExample.Read(name);
        await PrepareAsync(example);

        var (status, body, message) = await fixture.SendAsync(example.Method, example.Url(), example.Body?.ToJsonString());

        Assert.SkipWhen(ArmFixture.Code(body) == "InvalidResourceType", $"The sandbox does not serve {example.Url()}.");
        Assert.True(message.IsSuccessStatusCode, $"{example.Method} {example.Url()}: {status} {body.ToJsonString()}");
        AssertShape(example, $"{status}", body);
        if (example.Method == "PUT")
        {
            await ArmFixture.QuietAsync(fixture.Sandbox);
            AssertShape(example, "200", (await fixture.SendAsync("GET", example.Url())).Body);
        }
    }

    /// <summary>
    /// Creates the resource group and the parent. For calls on an existing resource, also creates the resource from the example's answer.
    /// </summary>
    private async Task PrepareAsync(OfficialExample example)
    {
        if (!example.Group.EndsWith('/'))
        {
            await RequireAsync("PUT", $"{example.Group}?api-version=2022-09-01", """{"location":"eastus2"}""");
        }

        foreach (var (identity, _) in example.Body?["identity"]?["userAssignedIdentities"]?.AsObject() ?? [])
        {
            await RequireAsync(
                "PUT",
                $"{string.Join('/', identity.Split('/').Take(5))}?api-version=2022-09-01",
                """{"location":"eastus2"}"""
            );
            await RequireAsync("PUT", $"{identity}?api-version=2023-01-31", """{"location":"eastus2"}""");
        }

        var answer = example.Response("200");
        switch (example.Url().Split('?')[0].Split('/').Skip(6).ToArray())
        {
            case ["Microsoft.ContainerService", "managedClusters", _, .. var rest] when example.Method != "PUT":
                await MakeClusterAsync(example, rest.Length, rest is ["agentPools", ..] ? AsPool(answer) : answer);
                break;
            case ["Microsoft.Network", "virtualNetworks", _, "subnets", _]:
                await RequireAsync(
                    "PUT",
                    example.Url(2),
                    """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]}}}"""
                );
                await RequireSameAsync(example, answer);
                break;
            case ["Microsoft.Network", "networkSecurityGroups", _, "securityRules", _]:
                await RequireAsync("PUT", example.Url(2), """{"location":"eastus2"}""");
                break;
            case ["Microsoft.Network", ..]:
                await RequireSameAsync(example, answer);
                break;
            default:
                if (example.Url().Contains("/managedClusters?", StringComparison.Ordinal))
                {
                    await RequireAsync(
                        "PUT",
                        $"{example.Subscription}/resourceGroups/rg1?api-version=2022-09-01",
                        """{"location":"eastus2"}"""
                    );
                    await RequireAsync(
                        "PUT",
                        $"{example.Subscription}/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/clustername1?"
                            + $"api-version={example.ApiVersion}",
                        Sendable(answer?["value"]?[0]?.AsObject()).ToJsonString()
                    );
                }

                break;
        }

        await ArmFixture.QuietAsync(fixture.Sandbox);
    }

    private async Task MakeClusterAsync(OfficialExample example, int levels, JsonObject? answer)
    {
        var outbound = answer?["properties"]?["networkProfile"]?["loadBalancerProfile"]?["outboundIPs"]?["publicIPs"] as JsonArray ?? [];
        foreach (var id in outbound.Select(address => address!["id"]!.GetValue<string>()))
        {
            await RequireAsync(
                "PUT",
                $"{id[..id.IndexOf("/providers/", StringComparison.Ordinal)]}?api-version=2022-09-01",
                """{"location":"eastus2"}"""
            );
            await RequireAsync(
                "PUT",
                $"{id}?api-version={SandboxClients.NetworkApiVersion}",
                """{"location":"eastus2","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}"""
            );
        }

        await RequireAsync(
            "PUT",
            example.Url(levels),
            Sendable(answer?["properties"]?["agentPoolProfiles"] is null ? null : answer).ToJsonString()
        );
        if (example.Name.Contains("OperationStatusResultGet", StringComparison.Ordinal))
        {
            example.Fill(
                "operationId",
                fixture
                    .Sandbox.Operations.Last(operation =>
                        operation.Target.StartsWith(example.Subscription, StringComparison.OrdinalIgnoreCase)
                        && operation.Kind == "managedClusters/create"
                    )
                    .Id
            );
        }
    }

    private async Task RequireSameAsync(OfficialExample example, JsonObject? answer)
    {
        if (example.Method == "GET")
        {
            await RequireAsync("PUT", example.Url(), answer!.ToJsonString());
        }
    }

    /// <summary>
    /// Azure's answer as a request, with a supported Kubernetes version. A default cluster if the answer is not a cluster.
    /// </summary>
    private static JsonObject Sendable(JsonObject? answer)
    {
        var body =
            answer?.DeepClone().AsObject()
            ?? JsonNode
                .Parse(
                    ArmFixture.Cluster(cluster => cluster["properties"]!["serviceMeshProfile"] = JsonNode.Parse("""{"mode":"Istio"}"""))
                )!
                .AsObject();
        var properties = body["properties"]!.AsObject();
        properties.Remove("provisioningState");
        properties.Remove("kubernetesVersion");
        foreach (var pool in properties["agentPoolProfiles"]!.AsArray())
        {
            pool!.AsObject().Remove("orchestratorVersion");
        }

        return body;
    }

    private static JsonObject AsPool(JsonObject? answer)
    {
        var pool = answer!["properties"]!.DeepClone().AsObject();
        pool["name"] = answer["name"]!.ToString();
        return new JsonObject
        {
            ["location"] = "eastus2",
            ["properties"] = new JsonObject { ["agentPoolProfiles"] = new JsonArray(pool) },
        };
    }

    private static void AssertShape(OfficialExample example, string status, JsonObject body)
    {
        if (example.Response(status) is { } expected)
        {
            var missing = JsonShape
                .Missing(expected, body)
                .Where(path =>
                    !Exceptions.Any(exception =>
                        example.Name.Contains(exception.Example, StringComparison.Ordinal)
                        && path.EndsWith(exception.Path, StringComparison.Ordinal)
                    )
                )
                .ToList();
            Assert.True(missing.Count == 0, $"{status} lacks {string.Join(", ", missing)}");
        }
    }

    private async Task RequireAsync(string method, string path, string body)
    {
        var answer = await fixture.SendAsync(method, path, body);
        Assert.True(answer.Message.IsSuccessStatusCode, $"{method} {path}: {answer.Status} {answer.Body.ToJsonString()}");
        await ArmFixture.QuietAsync(fixture.Sandbox);
    }
}
