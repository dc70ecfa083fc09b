using System.Net;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The next resync repairs changes of others, and writes nothing without a change.</summary>
public sealed class DriftTests : IDisposable
{
    private const int TimeScale = 300;
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Deleted_and_edited_objects_are_restored_and_nothing_else_is_written()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = TimeScale },
            cancellationToken
        );
        await using var meshPort = MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);
        var address = await meshPort.ReadyAsync(cancellationToken);
        await Walkthrough.AskAsync(address, cancellationToken);
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);
        using var cluster = azure.Administrate();

        await cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-tcpecho",
            cancellationToken: cancellationToken
        );
        await Wait.UntilAsync("the Gateway is back", Walkthrough.Within, () => ExistsAsync(cluster, cancellationToken), cancellationToken);

        var edit = new V1Patch(
            """{"spec":{"tcp":[{"match":[{"port":9999}],"route":[{"destination":{"host":"nobody"}}]}]}}""",
            V1Patch.PatchType.MergePatch
        );
        await cluster.CustomObjects.PatchNamespacedCustomObjectAsync(
            edit,
            "networking.istio.io",
            "v1",
            "default",
            "virtualservices",
            "meshport-tcpecho",
            fieldManager: "kubectl-edit",
            cancellationToken: cancellationToken
        );
        await Wait.UntilAsync(
            "the VirtualService routes again",
            Walkthrough.Within,
            async () =>
                (await RouteAsync(cluster, cancellationToken)).Contains("tcpecho.default.svc.cluster.local", StringComparison.Ordinal),
            cancellationToken
        );

        await cluster.DropPortAsync(cancellationToken);
        await Wait.UntilAsync(
            "the port is back",
            Walkthrough.Within,
            async () => (await cluster.ReadAddOnServiceAsync(cancellationToken)).Spec.Ports.Any(port => port.Port == 9000),
            cancellationToken
        );
        // The load balancer follows the Service, and the conditions are still those from before.
        var gateway = (await cluster.ReadAddOnServiceAsync(cancellationToken)).Status.LoadBalancer.Ingress[0].Ip;
        await StoryHost.UntilDialledAsync(gateway, 9000, "hello jose", cancellationToken);
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);

        var (writes, reads) = (azure.Traffic.ArmWrites + azure.Traffic.KubernetesWrites, azure.Traffic.ArmReads);
        await Wait.UntilAsync(
            "three more resyncs have ended",
            Walkthrough.Within,
            () => Task.FromResult(azure.Traffic.ArmReads > reads + 30),
            cancellationToken
        );
        Assert.Equal(writes, azure.Traffic.ArmWrites + azure.Traffic.KubernetesWrites);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<bool> ExistsAsync(IKubernetes cluster, CancellationToken cancellationToken)
    {
        try
        {
            await cluster.CustomObjects.GetNamespacedCustomObjectAsync(
                "networking.istio.io",
                "v1",
                "default",
                "gateways",
                "meshport-tcpecho",
                cancellationToken
            );
            return true;
        }
        catch (k8s.Autorest.HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private static async Task<string> RouteAsync(IKubernetes cluster, CancellationToken cancellationToken) =>
        (
            await cluster.CustomObjects.GetNamespacedCustomObjectAsync(
                "networking.istio.io",
                "v1",
                "default",
                "virtualservices",
                "meshport-tcpecho",
                cancellationToken
            )
        ).ToString() ?? "";
}
