using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Undesired fields of MeshPort's objects, from an earlier spec or from others.</summary>
public sealed class UnmanagedFieldStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unmanaged_field_of_a_route_is_removed_once()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch("""{"spec":{"exportTo":["."]}}""", V1Patch.PatchType.MergePatch),
            "networking.istio.io",
            "v1",
            "default",
            "virtualservices",
            "meshport-echo",
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );
        await kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch("""[{"op":"add","path":"/spec/servers/0/bind","value":"10.9.9.9"}]""", V1Patch.PatchType.JsonPatch),
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.Null((await FindAsync(kubernetes, "virtualservices"))["spec"]?["exportTo"]);
        Assert.Null((await FindAsync(kubernetes, "gateways"))["spec"]?["servers"]?[0]?["bind"]);
        Assert.Equal("hello jose", await Dialing.AskAsync(address, 9000, Token));
        await NothingIsWrittenAsync(host);
    }

    [Fact]
    public async Task A_port_of_others_on_a_companion_Service_is_closed_once()
    {
        await using var host = await StoryHost.StartAsync(Token);
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = "companionService";
        await host.PutClusterAsync(Token, spec);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                """[{"op":"add","path":"/spec/ports/0","value":{"name":"theirs","port":7777,"targetPort":7777}},"""
                    + """{"op":"add","path":"/spec/loadBalancerSourceRanges","value":["127.30.0.0/16"]},"""
                    + """{"op":"add","path":"/spec/externalTrafficPolicy","value":"Local"}]""",
                V1Patch.PatchType.JsonPatch
            ),
            "meshport-external",
            StoryHost.Ingress,
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        var service = await kubernetes.CoreV1.ReadNamespacedServiceAsync("meshport-external", StoryHost.Ingress, cancellationToken: Token);
        Assert.Equal(9000, Assert.Single(service.Spec.Ports).Port);
        Assert.Null(service.Spec.LoadBalancerSourceRanges);
        Assert.Equal("Local", service.Spec.ExternalTrafficPolicy); // others may choose the traffic policy
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("echo", Token), 9000, Token));
        await NothingIsWrittenAsync(host);
    }

    [Fact]
    public async Task Removed_arguments_disappear_from_the_container()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var bare = MeshPortHost.Echo("echo", 9000);
        Assert.IsType<JsonObject>(bare["workload"]).Remove("args");

        await host.PutExposureAsync("echo", bare, Token);

        using var kubernetes = host.Kubernetes();
        await Wait.UntilAsync(
            "the container has no arguments",
            Walkthrough.Within,
            async () =>
                (await kubernetes.AppsV1.ReadNamespacedDeploymentAsync("echo", "default", cancellationToken: Token))
                    .Spec
                    .Template
                    .Spec
                    .Containers[0]
                    .Args
                    is null
                        or { Count: 0 },
            Token
        );
    }

    private static async Task NothingIsWrittenAsync(MeshPortHost host)
    {
        var writes = host.Sandbox.Traffic.ArmWrites + host.Sandbox.Traffic.KubernetesWrites;
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, host.Sandbox.Traffic.ArmWrites + host.Sandbox.Traffic.KubernetesWrites);
    }

    private static async Task<JsonObject> FindAsync(IKubernetes kubernetes, string plural) =>
        Assert.IsType<JsonObject>(
            JsonNode.Parse(
                (
                    await kubernetes.CustomObjects.GetNamespacedCustomObjectAsync(
                        "networking.istio.io",
                        "v1",
                        "default",
                        plural,
                        "meshport-echo",
                        Token
                    )
                ).ToString() ?? ""
            )
        );
}
