using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// Others change what Istio makes of the Gateways of the Gateway API: by the defaults of the class, and by edits of Gateways and routes.
/// </summary>
public sealed class GatewayApiStories
{
    private const string System = "aks-istio-system";
    private const string Defaults = "istio-gateway-class-defaults";
    private const string Ranges = "service.beta.kubernetes.io/azure-allowed-ip-ranges";
    private const string Sources = "127.30.0.0/16";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Defaults_of_the_class_that_open_a_port_to_others_or_keep_a_port_from_its_service_are_named()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, StoryHost.GatewayApi());
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000).AllowedFrom(Sources), Token), Token);

        await SetAsync(kubernetes, $"metadata:\n  annotations:\n    {Ranges}: 0.0.0.0/0\n");
        await Wait.UntilAsync(async () => await RangesAsync(kubernetes) == "0.0.0.0/0", Token);
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "NetworkOpen", "False", "ServiceRestricted", Token);
        var message = await host.MessageAsync(StoryHost.Exposure("echo"), "NetworkOpen", Token);
        Assert.Contains($"annotation {Ranges} is 0.0.0.0/0, not {Sources}", message, StringComparison.Ordinal);
        Assert.Contains($"key service of ConfigMap {System}/{Defaults}", message, StringComparison.Ordinal);

        await SetAsync(kubernetes, "spec:\n  externalTrafficPolicy: Sometimes\n"); // the API server refuses the Service from now on
        var second = await host.PutExposureAsync("second", MeshPortHost.Echo("second", 9001).AllowedFrom(Sources), Token);
        await Wait.UntilAsync(
            "the port is missing",
            Walkthrough.Within,
            async () =>
                (await host.MessageAsync(StoryHost.Exposure("second"), "PortOpen", Token)).Contains(
                    "does not have port 9001 yet",
                    StringComparison.Ordinal
                ),
            Token
        );

        await kubernetes.CoreV1.DeleteNamespacedConfigMapAsync(Defaults, System, cancellationToken: Token);
        await host.SucceedAsync(second, Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "True", "AsDesired", Token);
        Assert.Equal(Sources, await RangesAsync(kubernetes));
    }

    [Fact]
    public async Task Edits_in_a_listener_or_a_route_are_removed()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, StoryHost.GatewayApi());
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var (gateway, route) = (("gateways", StoryHost.Ingress, "meshport-external"), await RouteAsync(kubernetes));

        await PatchAsync(kubernetes, gateway, "/spec/listeners/0/allowedRoutes/kinds", """[{"kind":"HTTPRoute"}]""");
        await PatchAsync(kubernetes, route, "/spec/parentRefs/0/port", "9999");
        await PatchAsync(kubernetes, route, "/spec/rules/0/backendRefs/0/kind", "\"Foo\"");
        await host.ReconcileAsync(Token);

        await Wait.UntilAsync(
            async () =>
                (await ReadAsync(kubernetes, gateway))?["spec"]?["listeners"]?[0]?["allowedRoutes"]?["kinds"] is null
                && (await ReadAsync(kubernetes, route))?["spec"] is { } spec
                && spec["parentRefs"]?[0]?["port"] is null
                && spec["rules"]?[0]?["backendRefs"]?[0]?["kind"]?.ToString() == "Service",
            Token
        );
        await StoryHost.UntilDialledAsync(await host.AddressAsync("echo", Token), 9000, "hello jose", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        var before = await GenerationsAsync();
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(before, await GenerationsAsync()); // what the API server adds by default is no edit

        async Task<(string?, string?)> GenerationsAsync() =>
            (
                (await ReadAsync(kubernetes, gateway))?["metadata"]?["resourceVersion"]?.ToString(),
                (await ReadAsync(kubernetes, route))?["metadata"]?["resourceVersion"]?.ToString()
            );
    }

    /// <summary>Sets the patch of the Service in the defaults of the class.</summary>
    private static async Task SetAsync(IKubernetes kubernetes, string service)
    {
        var map = new V1ConfigMap
        {
            Metadata = new V1ObjectMeta
            {
                Name = Defaults,
                Labels = new Dictionary<string, string> { ["gateway.istio.io/defaults-for-class"] = "istio" },
            },
            Data = new Dictionary<string, string> { ["service"] = service },
        };
        var found = await kubernetes.CoreV1.ListNamespacedConfigMapAsync(System, cancellationToken: Token);
        if (found.Items.Any(one => one.Metadata.Name == Defaults))
        {
            await kubernetes.CoreV1.ReplaceNamespacedConfigMapAsync(map, Defaults, System, cancellationToken: Token);
        }
        else
        {
            await kubernetes.CoreV1.CreateNamespacedConfigMapAsync(map, System, cancellationToken: Token);
        }
    }

    private static async Task<string?> RangesAsync(IKubernetes kubernetes) =>
        (await kubernetes.CoreV1.ListNamespacedServiceAsync(StoryHost.Ingress, cancellationToken: Token))
            .Items.Select(service => service.GetAnnotation(Ranges))
            .FirstOrDefault(ranges => ranges is not null);

    private static async Task<(string Plural, string Namespace, string Name)> RouteAsync(IKubernetes kubernetes)
    {
        var routes = await kubernetes.CustomObjects.ListClusterCustomObjectAsync(
            "gateway.networking.k8s.io",
            "v1",
            "tcproutes",
            cancellationToken: Token
        );
        var metadata = Assert.Single(JsonNode.Parse($"{routes}")?["items"] as JsonArray ?? [])?["metadata"];
        return ("tcproutes", $"{metadata?["namespace"]}", $"{metadata?["name"]}");
    }

    private static async Task<JsonNode?> ReadAsync(IKubernetes kubernetes, (string Plural, string Namespace, string Name) target) =>
        JsonNode.Parse(
            $"{await kubernetes.CustomObjects.GetNamespacedCustomObjectAsync(
                "gateway.networking.k8s.io",
                "v1",
                target.Namespace,
                target.Plural,
                target.Name,
                Token
            )}"
        );

    private static Task PatchAsync(
        IKubernetes kubernetes,
        (string Plural, string Namespace, string Name) target,
        string path,
        string value
    ) =>
        kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch($$"""[{"op":"add","path":"{{path}}","value":{{value}}}]""", V1Patch.PatchType.JsonPatch),
            "gateway.networking.k8s.io",
            "v1",
            target.Namespace,
            target.Plural,
            target.Name,
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );
}
