using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using static MeshPort.EndToEnd.Tests.Stories.AskingServices;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Services that MeshPort cannot read or answer.</summary>
public sealed class DiscoveryFaultStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_right_to_answer_the_cluster_tells_it_and_the_port_opens()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "9000:7000"));
        host.Sandbox.Refuse(FaultLayer.Kubernetes, "PATCH services", "web");
        await host.ReconcileAsync(Token);

        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "False", "AccessDenied", Token);
        Assert.Contains(
            "Service shop/web gets no answer.",
            await host.MessageAsync(MeshPortHost.Cluster, "ServicesDiscovered", Token),
            StringComparison.Ordinal
        );
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, "hello jose", Token);

        host.Sandbox.World.Faults.Clear();
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");
        await host.UntilConditionAsync(MeshPortHost.Cluster, "Ready", "True", "AsDesired", Token);
    }

    [Fact]
    public async Task A_spec_without_discovery_tells_which_answer_stays_until_it_is_removed()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await ServeAsync(host, kubernetes);
        host.Sandbox.Refuse(FaultLayer.Kubernetes, "PATCH services", "web");

        await host.PutClusterAsync(Token, StoryHost.ClusterSpec());

        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "False", "AccessDenied", Token);
        await UntilGoneAsync(host);
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "False", "AccessDenied", Token);
        Assert.Contains(
            "Service shop/web keeps an answer",
            await host.MessageAsync(MeshPortHost.Cluster, "ServicesDiscovered", Token),
            StringComparison.Ordinal
        );

        host.Sandbox.World.Faults.Clear();
        await host.ReconcileAsync(Token);
        await Wait.UntilAsync("the answer is removed", Walkthrough.Within, async () => await AnswerAsync(kubernetes, "web") is null, Token);
        await UntilConditionGoneAsync(host);
    }

    [Theory]
    [InlineData("services")]
    [InlineData("namespaces")]
    public async Task What_cannot_be_read_removes_nothing(string lost)
    {
        await using var host = await StartAsync(
            new JsonObject
            {
                ["namespaceSelector"] = new JsonObject { ["kubernetes.io/metadata.name"] = Home },
                ["ports"] = new JsonArray("9000"),
            }
        );
        using var kubernetes = host.Kubernetes();
        await ServeAsync(host, kubernetes);

        host.Sandbox.Refuse(FaultLayer.Kubernetes, $"GET {lost}");
        await AnnotateAsync(kubernetes, "web", (Expose, null));
        await host.ReconcileAsync(Token);

        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "Unknown", "AccessDenied", Token);
        Assert.Null((await OneAsync(host))["metadata"]?["deletedAt"]);
        await StoryHost.UntilDialledAsync(await host.AddressAsync(Token), 9000, "hello jose", Token);

        host.Sandbox.World.Faults.Clear();
        await host.ReconcileAsync(Token);
        await UntilGoneAsync(host);
    }
}
