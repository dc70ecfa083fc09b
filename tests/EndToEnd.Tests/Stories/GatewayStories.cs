using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>External and internal gateways, of the add-on and of others.</summary>
public sealed class GatewayStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_gateways_serve_the_same_port_the_internal_one_for_the_network_alone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, Gateways("external", "internal"));
        await host.SucceedAsync(await host.PutExposureAsync("outer", MeshPortHost.Echo("outer", 9000), Token), Token);
        var spec = MeshPortHost.Echo("inner", 9000);
        spec["gateway"] = "internal";
        await host.SucceedAsync(await host.PutExposureAsync("inner", spec, Token), Token);

        Assert.Equal(("True", "Answered"), await host.ConditionAsync(StoryHost.Exposure("outer"), "Reachable", Token));
        Assert.Equal(("Unknown", "NotReachableFromHere"), await host.ConditionAsync(StoryHost.Exposure("inner"), "Reachable", Token));
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("inner"), "Ready", Token));
        var address = await host.AddressAsync("inner", Token);
        Assert.NotEqual(address, await host.AddressAsync("outer", Token));
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Inside(host)));
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(address, 9000, Token));
    }

    [Fact]
    public async Task With_companion_services_the_internal_gateway_has_an_internal_address()
    {
        await using var host = await StoryHost.StartAsync(Token);
        var cluster = Gateways("internal");
        cluster["strategy"] = "companionService";
        await host.PutClusterAsync(Token, cluster);
        var spec = MeshPortHost.Echo("inner", 9000);
        spec["gateway"] = "internal";
        await host.SucceedAsync(await host.PutExposureAsync("inner", spec, Token), Token);

        var address = await host.AddressAsync("inner", Token);
        Assert.True(host.Sandbox.World.Addresses.Inside.Contains(IPAddress.Parse(address)), address);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token, Inside(host)));
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(address, 9000, Token));
    }

    [Fact]
    public async Task A_removed_gateway_reports_its_exposures_and_leaves_the_others_open()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, Gateways("external", "internal"));
        await host.SucceedAsync(await host.PutExposureAsync("outer", MeshPortHost.Echo("outer", 9000), Token), Token);
        var spec = MeshPortHost.Echo("inner", 9001);
        spec["gateway"] = "internal";
        await host.SucceedAsync(await host.PutExposureAsync("inner", spec, Token), Token);

        await host.SucceedAsync(await host.PutClusterAsync(Token, Gateways("external")), Token);

        await host.UntilConditionAsync(StoryHost.Exposure("inner"), "PortOpen", "False", "GatewayMissing", Token);
        Assert.Contains("mesh.gateways", await host.MessageAsync(StoryHost.Exposure("inner"), "PortOpen", Token), StringComparison.Ordinal);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token));

        await host.SucceedAsync(await host.PutClusterAsync(Token, Gateways("external", "internal")), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("inner"), "Ready", "True", "AsDesired", Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("inner", Token), 9001, Token, Inside(host)));
    }

    [Fact]
    public async Task A_cluster_of_a_kubeconfig_uses_its_owners_gateway_and_sends_no_requests_to_Azure()
    {
        using var directory = new TestDirectory();
        var kubeconfig = Path.Combine(directory.Path, "lab.yaml");
        await using var host = await StoryHost.StartAsync(Token, ("MeshPort:Kubeconfigs:lab", kubeconfig));
        var cluster = new JsonObject
        {
            ["location"] = "eastus2",
            ["connection"] = "kubeconfig:lab",
            ["gatewayServices"] = new JsonObject
            {
                ["external"] = new JsonObject
                {
                    ["namespace"] = "edge",
                    ["service"] = "front",
                    ["selector"] = new JsonObject { ["istio"] = "front" },
                },
            },
        };
        await host.FailAsync(await host.PutClusterAsync(Token, cluster), Token);
        Assert.Equal(("False", "KubeconfigMissing"), await host.ConditionAsync(MeshPortHost.Cluster, "MeshReady", Token));

        await MakeAsync(host);
        using var kubernetes = host.Kubernetes();
        await MakeGatewayAsync(kubernetes);
        await File.WriteAllTextAsync(kubeconfig, host.Sandbox.AdminKubeconfig(Walkthrough.Environment.ArmId), Token);
        var requests = (host.Sandbox.Traffic.ArmReads, host.Sandbox.Traffic.ArmWrites);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);

        var address = await host.AddressAsync("echo", Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token));
        Assert.Equal(
            address,
            (await kubernetes.CoreV1.ReadNamespacedServiceAsync("front", "edge", cancellationToken: Token))
                .Status
                .LoadBalancer
                .Ingress[0]
                .Ip
        );
        Assert.All(
            await PlanAsync(host, HttpMethod.Put, StoryHost.Exposure("echo"), MeshPortHost.Echo("echo", 9000)),
            change => Assert.StartsWith("none", change, StringComparison.Ordinal)
        );
        Assert.Equal(
            [
                "update Service edge/front",
                "delete VirtualService default/meshport-echo",
                "delete Gateway default/meshport-echo",
                "delete Service default/echo",
                "delete Deployment default/echo",
                $"delete {MeshPortHost.Cluster}",
            ],
            await PlanAsync(host, HttpMethod.Delete, MeshPortHost.Cluster, null)
        );
        Assert.Equal(requests, (host.Sandbox.Traffic.ArmReads, host.Sandbox.Traffic.ArmWrites));

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);
        Assert.DoesNotContain(
            (await kubernetes.CoreV1.ReadNamespacedServiceAsync("front", "edge", cancellationToken: Token)).Spec.Ports,
            port => port.Port == 9000
        );
        Assert.NotNull(await host.FindAzureAsync(Walkthrough.Environment.ArmId, Token));
    }

    /// <summary>The changes of a dry run.</summary>
    private static async Task<IReadOnlyList<string>> PlanAsync(MeshPortHost host, HttpMethod method, string path, JsonObject? spec)
    {
        using var request = new HttpRequestMessage(method, $"{path}?dryRun=true")
        {
            Content = spec is null ? null : JsonContent.Create(new { spec }),
        };
        using var answer = await host.Client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return [.. (JsonNode.Parse(text)?["changes"] as JsonArray ?? []).Select(change => $"{change?["action"]} {change?["target"]}")];
    }

    private static JsonObject Gateways(params string[] kinds)
    {
        var spec = StoryHost.ClusterSpec();
        spec["mesh"] = new JsonObject { ["gateways"] = new JsonArray([.. kinds.Select(kind => JsonValue.Create(kind))]) };
        return spec;
    }

    [Fact]
    public async Task An_AKS_cluster_of_others_gets_missing_Gateway_API_definitions()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await MakeAsync(host);
        var spec = Assert.IsType<JsonObject>(
            JsonNode.Parse("""{"location":"eastus2","strategy":"gatewayApi","nodePool":{"count":1},"access":{"localAccounts":true}}""")
        );

        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);

        Assert.Equal(
            "Standard",
            (await host.FindAzureAsync(Walkthrough.Environment.ArmId, Token))?["properties"]?["ingressProfile"]?["gatewayAPI"]?[
                "installation"
            ]?.GetValue<string>()
        );
        var writes = host.Sandbox.Traffic.ArmWrites;
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, host.Sandbox.Traffic.ArmWrites);
    }

    /// <summary>An address inside the virtual network.</summary>
    private static string Inside(MeshPortHost host) => host.Sandbox.World.Addresses.Inside.BaseAddress.ToString()[..^1] + "9";

    /// <summary>A cluster of others with a mesh and without gateways.</summary>
    private static async Task MakeAsync(MeshPortHost host)
    {
        await host.PutAzureAsync(
            $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{MeshPortHost.Id.ResourceGroup}",
            new JsonObject { ["location"] = "eastus2" },
            Token
        );
        await host.PutAzureAsync(
            Walkthrough.Environment.ArmId,
            Assert.IsType<JsonObject>(
                JsonNode.Parse(
                    """
                    {"location":"eastus2","identity":{"type":"SystemAssigned"},"properties":{"dnsPrefix":"lab",
                    "agentPoolProfiles":[{"name":"nodepool1","mode":"System","count":1,"vmSize":"Standard_D2s_v5"}],
                     "networkProfile":{"networkPlugin":"azure","networkPluginMode":"overlay"},"serviceMeshProfile":{"mode":"Istio",
                     "istio":{"components":{"ingressGateways":[]}}}} }
                    """
                )
            ),
            Token
        );
    }

    private static async Task MakeGatewayAsync(IKubernetes kubernetes)
    {
        var labels = new Dictionary<string, string> { ["istio"] = "front" };
        await kubernetes.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = "edge" } },
            cancellationToken: Token
        );
        await kubernetes.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = "front" },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec
                        {
                            Containers = [new V1Container { Name = "proxy", Image = "mcr.microsoft.com/oss/v2/istio/proxyv2:v1.29.4" }],
                        },
                    },
                },
            },
            "edge",
            cancellationToken: Token
        );
        await kubernetes.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = "front" },
                Spec = new V1ServiceSpec
                {
                    Type = "LoadBalancer",
                    Selector = labels,
                    Ports = [new V1ServicePort { Name = "status-port", Port = 15021 }],
                },
            },
            "edge",
            cancellationToken: Token
        );
    }
}
