using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// Objects that a finalizer keeps after their deletion. Azure has one on every LoadBalancer Service; others may add more.
/// </summary>
public sealed class FinalizerStories
{
    private const string Companion = "meshport-external";
    private const string OfAzure = "service.kubernetes.io/load-balancer-cleanup";
    private const string Stay = "example.com/stay";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Service_that_is_being_deleted_opens_no_port_and_the_exposure_waits_for_another()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await KeepServiceAsync(kubernetes, Companion, Stay);
        await kubernetes.CoreV1.DeleteNamespacedServiceAsync(Companion, StoryHost.Ingress, cancellationToken: Token);

        var another = await host.PutExposureAsync("another", MeshPortHost.Echo("another", 9001), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("another"), "PortOpen", "Unknown", "AddressPending", Token);
        Assert.Contains(Stay, await host.MessageAsync(StoryHost.Exposure("another"), "PortOpen", Token), StringComparison.Ordinal);
        await KeepServiceAsync(kubernetes, Companion);

        await host.SucceedAsync(another, Token);
        Assert.Equal(
            ("hello jose", "hello jose"),
            (
                await Dialing.AskAsync(await host.AddressAsync("echo", Token), 9000, Token),
                await Dialing.AskAsync(await host.AddressAsync("another", Token), 9001, Token)
            )
        );
    }

    [Fact]
    public async Task An_exposure_is_gone_only_when_its_Service_is_gone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await KeepServiceAsync(kubernetes, Companion, Stay);

        var removal = await host.DeleteAsync(StoryHost.Exposure("echo"), Token);
        await Wait.UntilAsync(
            "the Service is being deleted",
            Walkthrough.Within,
            async () =>
                (await kubernetes.CoreV1.ReadNamespacedServiceAsync(Companion, StoryHost.Ingress, cancellationToken: Token))
                    .Metadata
                    .DeletionTimestamp
                    is not null,
            Token
        );
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "PortOpen", "Unknown", "Pending", Token);
        Assert.Contains(Stay, await host.MessageAsync(StoryHost.Exposure("echo"), "PortOpen", Token), StringComparison.Ordinal);
        await KeepServiceAsync(kubernetes, Companion);

        await host.SucceedAsync(removal, Token);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(StoryHost.Exposure("echo"), Token)).StatusCode);
    }

    [Fact]
    public async Task A_removal_writes_the_Service_once_and_not_again_while_a_finalizer_holds_it_up()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("stays", Idle("stays", 9001), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", Idle("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await KeepGatewayAsync(kubernetes, Stay);
        var writes = host.Sandbox.Traffic.KubernetesWrites;

        var removal = await host.DeleteAsync(StoryHost.Exposure("echo"), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "Unknown", "Pending", Token);
        var reads = host.Sandbox.Traffic.KubernetesReads;
        await Wait.UntilAsync(
            "more passes have read the cluster",
            Walkthrough.Within,
            () => host.Sandbox.Traffic.KubernetesReads >= reads + 20,
            Token
        );
        await KeepGatewayAsync(kubernetes);
        await host.SucceedAsync(removal, Token);

        // One PATCH of the add-on's Service, the deletions of five objects, and the PATCH of this test.
        Assert.Equal(1 + 5 + 1, host.Sandbox.Traffic.KubernetesWrites - writes);
    }

    [Fact]
    public async Task MeshPort_waits_for_a_route_with_a_finalizer_and_writes_nothing_meanwhile()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await KeepGatewayAsync(kubernetes, Stay);
        await kubernetes.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );

        var writes = host.Sandbox.Traffic.KubernetesWrites;
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "Unknown", "Pending", Token);
        Assert.Contains(Stay, await host.MessageAsync(StoryHost.Exposure("echo"), "RouteProgrammed", Token), StringComparison.Ordinal);
        Assert.Equal(writes, host.Sandbox.Traffic.KubernetesWrites);
        await KeepGatewayAsync(kubernetes);

        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "True", "AsDesired", Token);
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, "hello jose", Token);

        await KeepGatewayAsync(kubernetes, Stay);
        var removal = await host.DeleteAsync(StoryHost.Exposure("echo"), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "RouteProgrammed", "Unknown", "Pending", Token);
        await KeepGatewayAsync(kubernetes);
        await host.SucceedAsync(removal, Token);
    }

    [Fact]
    public async Task A_cluster_of_others_is_forgotten_when_the_Service_is_gone()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService"));
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var cluster = Assert.IsType<JsonObject>(await host.FindAzureAsync(Walkthrough.Environment.ArmId, Token));
        cluster["tags"] = new JsonObject();
        // Without the tag by which MeshPort recognises its clusters.
        await host.PutAzureAsync(Walkthrough.Environment.ArmId, cluster, Token);
        using var kubernetes = host.Kubernetes();
        await KeepServiceAsync(kubernetes, Companion, Stay);

        var removal = await host.DeleteAsync(MeshPortHost.Cluster, Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "PortOpen", "Unknown", "Pending", Token);
        await KeepServiceAsync(kubernetes, Companion);

        await host.SucceedAsync(removal, Token);
        Assert.Empty(
            (
                await kubernetes.CoreV1.ListServiceForAllNamespacesAsync(
                    labelSelector: "app.kubernetes.io/managed-by=meshport",
                    cancellationToken: Token
                )
            ).Items
        );
    }

    private static JsonObject Idle(string name, int port)
    {
        var spec = MeshPortHost.Echo(name, port);
        spec["idleTimeout"] = "PT20M";
        return spec;
    }

    private static Task KeepServiceAsync(IKubernetes kubernetes, string name, params string[] finalizers) =>
        kubernetes.CoreV1.PatchNamespacedServiceAsync(
            Finalizers(finalizers is [] ? [] : [OfAzure, .. finalizers]),
            name,
            StoryHost.Ingress,
            cancellationToken: Token
        );

    private static Task KeepGatewayAsync(IKubernetes kubernetes, params string[] finalizers) =>
        kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            Finalizers(finalizers),
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );

    private static V1Patch Finalizers(string[] finalizers) =>
        new(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => JsonValue.Create(finalizer))]),
                },
            }.ToJsonString(),
            V1Patch.PatchType.MergePatch
        );

    private static JsonObject With(string strategy)
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        return spec;
    }
}
