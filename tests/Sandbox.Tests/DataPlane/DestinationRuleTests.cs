using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Storage;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>The DestinationRule that a gateway applies to a destination, by its limit of connections.</summary>
public sealed class DestinationRuleTests
{
    private const string Client = TestCluster.Ingress;
    private const string Root = "aks-istio-system";

    [Theory]
    [InlineData(null)]
    [InlineData(1L, "default|echo.default.svc.cluster.local|1")]
    [InlineData(1L, "default|echo|1")]
    [InlineData(2L, "default|*.svc.cluster.local|1", "default|*.default.svc.cluster.local|2")]
    [InlineData(2L, "default|*.default.svc.cluster.local|1", "default|echo.default.svc.cluster.local|2")]
    [InlineData(1L, $"{Client}|*|1", "default|echo.default.svc.cluster.local|2")]
    [InlineData(2L, $"{Root}|echo.default.svc.cluster.local|1", "default|*|2")]
    [InlineData(1L, $"{Root}|*.cluster.local|1")]
    [InlineData(null, "default|*.example.com|1")]
    [InlineData(null, "default|echo.default.svc.cluster.local|1|.")]
    [InlineData(1L, $"default|echo.default.svc.cluster.local|1|{Client}")]
    [InlineData(2L, "default|echo.default.svc.cluster.local|1|other", $"{Root}|*|2|*")]
    [InlineData(null, "other|echo.default.svc.cluster.local|1")]
    public void The_nearest_and_most_specific_visible_rule_applies(long? most, params string[] rules)
    {
        using var world = new WorldStore(null);
        var store = new ObjectStore(world, "test");
        Put(store, ResourceCatalog.Service, "default", "echo", """{"spec":{"selector":{"app":"echo"},"ports":[{"port":9000}]}}""");
        Put(
            store,
            ResourceCatalog.Pod,
            "default",
            "echo",
            """
            {"spec":{"containers":[{"name":"echo","image":"istio/tcp-echo-server:1.2"}]},
             "status":{"conditions":[{"type":"Ready","status":"True"}]}}
            """,
            "echo"
        );
        foreach (var (number, rule) in rules.Index())
        {
            var parts = rule.Split('|');
            Put(
                store,
                ResourceCatalog.DestinationRule,
                parts[0],
                $"rule-{number}",
                new JsonObject
                {
                    ["spec"] = new JsonObject
                    {
                        ["host"] = parts[1],
                        ["exportTo"] = parts.Length > 3 ? new JsonArray(parts[3]) : null,
                        ["trafficPolicy"] = JsonNode.Parse($$"""{"connectionPool":{"tcp":{"maxConnections":{{parts[2]}} } } }"""),
                    },
                }.ToJsonString()
            );
        }

        var gateway = Put(store, ResourceCatalog.Pod, Client, "gateway", "{}", "gateway");

        var hop = new Destinations(store, new Workloads(store), new NetworkPolicies(store, () => TestCluster.Shape), () => 0).Choose(
            [new Destination("default", "echo", 9000, 1, Host: null)],
            gateway
        );

        Assert.Equal((HopKind.Workload, most), (hop.Kind, hop.Limit?.Most));
    }

    private static JsonObject Put(ObjectStore store, ResourceType type, string home, string name, string json, string label = "")
    {
        var body = JsonNode.Parse(json)!.AsObject(); // the tests' own objects
        body["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = home,
            ["uid"] = name,
            ["labels"] = new JsonObject { ["app"] = label },
        };
        return store.Put(type, body);
    }
}
