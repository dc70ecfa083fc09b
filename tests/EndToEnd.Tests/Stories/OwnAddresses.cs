using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Clusters with <c>gatewayAddresses</c>, and the resources of Azure behind them.</summary>
internal static class OwnAddresses
{
    public const string PipName = "service.beta.kubernetes.io/azure-pip-name";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string External(string name, string prefix) =>
        $$$"""{"external":{"publicIp":"{{{name}}}","resourceGroup":"edge","publicIpPrefix":"{{{prefix}}}"} }""";

    public static JsonObject With(string strategy, string addresses)
    {
        var spec = StoryHost.ClusterSpec();
        (spec["strategy"], spec["gatewayAddresses"]) = (strategy, Parse(addresses));
        return spec;
    }

    public static JsonObject OnNewIstio(JsonObject spec)
    {
        spec["kubernetesVersion"] = "1.37";
        spec["mesh"] = Parse("""{"revision":"asm-1-31","gateways":["external"]}""");
        return spec;
    }

    public static Task PutAddressAsync(OtherAzureUser azure, string name, string location) =>
        azure.PutAsync(
            StoryHost.NetworkId($"publicIPAddresses/{name}"),
            Parse($$"""{"location":"{{location}}","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"} }""")
        );

    public static Task PatchAnnotationAsync(IKubernetes kubernetes, string value) =>
        kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch($$$"""{"metadata":{"annotations":{"{{{PipName}}}":{{{value}}} } } }""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );

    public static JsonObject Parse(string json) => Assert.IsType<JsonObject>(JsonNode.Parse(json));

    /// <summary>The end of an operation of the cluster is not the end of a move: ports follow.</summary>
    public static async Task UntilAtAsync(MeshPortHost host, string exposure, Func<string?, bool> isAddress)
    {
        await Wait.UntilAsync(
            $"{exposure} has its address",
            Walkthrough.Within,
            async () =>
                (await host.StatusAsync(StoryHost.Exposure(exposure), Token))
                    .GetProperty("addresses")
                    .EnumerateArray()
                    .Any(address => isAddress(address.GetProperty("ip").GetString())),
            Token
        );
        await host.UntilConditionAsync(StoryHost.Exposure(exposure), "Ready", "True", "AsDesired", Token);
    }

    public static async Task<string?> IpAsync(MeshPortHost host, string id) =>
        (await host.FindAzureAsync(id, Token))?["properties"]?["ipAddress"]?.GetValue<string>();

    public static async Task<string?> HostnameAsync(MeshPortHost host, string path) =>
        (await host.StatusAsync(path, Token)).GetProperty("addresses")[0].TryGetProperty("hostname", out var name)
            ? name.GetString()
            : null;

    public static async Task<V1Service> ServiceAsync(MeshPortHost host)
    {
        using var kubernetes = host.Kubernetes();
        return await kubernetes.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token);
    }

    public static async Task<IReadOnlyList<JsonNode>> RolesAsync(OtherAzureUser azure, string scope) =>
        [
            .. ((await azure.GetAsync($"{scope}/providers/Microsoft.Authorization/roleAssignments"))["value"] as JsonArray ?? [])
                .OfType<JsonNode>()
                .Where(one => $"{one["properties"]?["scope"]}".Equals(scope, StringComparison.OrdinalIgnoreCase)),
        ];

    public static async Task<IReadOnlyList<string>> PlanAsync(MeshPortHost host, JsonObject spec) =>
        [
            .. (await host.PlanAsync(HttpMethod.Put, MeshPortHost.Cluster, spec, Token)).Select(change =>
                $"{change["action"]} {change["target"]}: {change["why"]}"
            ),
        ];

    public static async Task IsIdleAsync(MeshPortHost host)
    {
        var (arm, kubernetes) = (host.Sandbox.Traffic.ArmWrites, host.Sandbox.Traffic.KubernetesWrites);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal((arm, kubernetes), (host.Sandbox.Traffic.ArmWrites, host.Sandbox.Traffic.KubernetesWrites));
    }
}
