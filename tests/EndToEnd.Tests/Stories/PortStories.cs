using System.Text.Json;
using k8s;
using k8s.Models;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Ports on the add-on's Service, which others also edit.</summary>
public sealed class PortStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_below_1024_is_served_on_a_high_port_of_the_gateways_pods()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        var spec = MeshPortHost.Echo("smtp", 9000);
        spec["port"] = 25;
        var asked = await host.PutExposureAsync("smtp", spec, Token);
        await Wait.UntilAsync(
            "port 25 is on the Service",
            Walkthrough.Within,
            async () => (await host.ConditionAsync(StoryHost.Exposure("smtp"), "PortOpen", Token)).Status == "True",
            Token
        );
        using var kubernetes = host.Kubernetes();
        Assert.Equal("60025", (await PortAsync(kubernetes, 25))?.TargetPort.Value);
        Assert.SkipWhen(host.Sandbox.Problems.Any(problem => problem.Endpoint.Port == 25), "This user may not listen on port 25.");

        await host.SucceedAsync(asked, Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync(Token), 25, Token));
    }

    [Fact]
    public async Task An_edited_port_of_MeshPort_is_restored_and_the_history_records_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("two", MeshPortHost.Echo("two", 9001), Token), Token);
        using var kubernetes = host.Kubernetes();
        var index = (await ServiceAsync(kubernetes)).Spec.Ports.Index().Single(port => port.Item.Port == 9000).Index;
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch($$"""[{"op":"replace","path":"/spec/ports/{{index}}/targetPort","value":9999}]""", V1Patch.PatchType.JsonPatch),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        var port = await PortAsync(kubernetes, 9000);
        Assert.Equal(("tcp-9000", "9000"), (port?.Name, port?.TargetPort.Value));
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("one"), "Ready", Token));
        Assert.Contains(await HistoryAsync(host, "one"), entry => entry.GetProperty("type").GetString() == "Repaired");
        Assert.DoesNotContain(await HistoryAsync(host, "two"), entry => entry.GetProperty("type").GetString() == "Repaired");
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync(Token), 9000, Token));
    }

    [Fact]
    public async Task A_port_that_others_replace_under_its_name_becomes_MeshPorts_again()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await ReplaceAsync(kubernetes, 9000, null);
        await ReplaceAsync(
            kubernetes,
            9000,
            new V1ServicePort
            {
                Name = "tcp-9000",
                Port = 9000,
                TargetPort = 9000,
            }
        );

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("one"), "PortOpen", Token));

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("one"), Token), Token);
        Assert.DoesNotContain("meshport", (await PortAsync(kubernetes, 9000))?.Name ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_that_the_add_on_keeps_removing_are_opened_again_and_the_advice_is_another_strategy()
    {
        await using var host = await MeshPortHost.StartAsync(
            new SandboxOptions { TimeScale = 60, AddOnReconcilerPeriod = TimeSpan.FromSeconds(100) },
            Token,
            ("MeshPort:Resync:ManagedService", "PT20S")
        );
        await host.PutClusterAsync(Token, StoryHost.ClusterSpec());
        await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token);

        await host.UntilConditionAsync(StoryHost.Exposure("one"), "PortOpen", "True", "PortReverted", Token);

        Assert.Contains(
            "companionService",
            await host.MessageAsync(StoryHost.Exposure("one"), "PortOpen", Token),
            StringComparison.Ordinal
        );
        Assert.True((await HistoryAsync(host, "one")).Count(entry => entry.GetProperty("type").GetString() == "PortReverted") >= 3);
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, "hello jose", Token);

        var companion = StoryHost.ClusterSpec();
        companion["strategy"] = "companionService";
        await host.PutClusterAsync(Token, companion);
        await Wait.UntilAsync(
            "the port has its own address",
            Walkthrough.Within,
            async () => await host.AddressAsync("one", Token) != await host.AddressAsync(Token),
            Token
        );
        await host.UntilConditionAsync(StoryHost.Exposure("one"), "PortOpen", "True", "AsDesired", Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("one", Token), 9000, Token));
    }

    /// <summary>Replaces the Service like kubectl replace.</summary>
    private static async Task ReplaceAsync(IKubernetes kubernetes, int number, V1ServicePort? by)
    {
        var service = await ServiceAsync(kubernetes);
        service.Spec.Ports =
        [
            .. service.Spec.Ports.Where(port => port.Port != number),
            .. by is null ? Array.Empty<V1ServicePort>() : [by],
        ];
        await kubernetes.CoreV1.ReplaceNamespacedServiceAsync(
            service,
            service.Name(),
            service.Namespace(),
            fieldManager: "kubectl-replace",
            cancellationToken: Token
        );
    }

    private static async Task<V1ServicePort?> PortAsync(IKubernetes kubernetes, int number) =>
        (await ServiceAsync(kubernetes)).Spec.Ports.SingleOrDefault(port => port.Port == number);

    private static Task<V1Service> ServiceAsync(IKubernetes kubernetes) =>
        kubernetes.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token);

    private static async Task<IReadOnlyList<JsonElement>> HistoryAsync(MeshPortHost host, string exposure) =>
        [.. (await host.StatusAsync(StoryHost.Exposure(exposure), Token)).GetProperty("history").EnumerateArray()];
}
