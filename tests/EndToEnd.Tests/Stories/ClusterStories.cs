using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Changes of a cluster by others, and immutable fields.</summary>
public sealed class ClusterStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mesh_during_a_canary_upgrade_is_left_alone_and_continues_to_serve()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("before", MeshPortHost.Echo("before", 9000), Token), Token);
        var address = await host.AddressAsync(Token);
        var old = (await MeshAsync(host))["revisions"]?[0]?.GetValue<string>() ?? "";
        var next = $"asm-1-{int.Parse(old.Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture) + 1}";

        await host.ChangeManagedClusterAsync(properties => Mesh(properties)["revisions"] = new JsonArray(old, next), Token);
        var writes = host.Sandbox.Operations.Count(operation => operation.Kind.StartsWith("managedClusters/", StringComparison.Ordinal));
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(MeshPortHost.Cluster, "MeshReady", "True", "MeshUpgrading", Token);
        await host.SucceedAsync(await host.PutExposureAsync("during", MeshPortHost.Echo("during", 9001), Token), Token);
        await host.PutClusterAsync(Token, Internal()); // MeshPort does not add a gateway during an upgrade of the mesh
        await host.FailAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal(
            ("hello jose", "hello jose"),
            (await Dialing.AskAsync(address, 9000, Token), await Dialing.AskAsync(address, 9001, Token))
        );
        Assert.Equal([old, next], (await MeshAsync(host))["revisions"]?.AsArray().Select(revision => revision?.GetValue<string>()));
        Assert.Equal(
            writes,
            host.Sandbox.Operations.Count(operation => operation.Kind.StartsWith("managedClusters/", StringComparison.Ordinal))
        );

        await host.ChangeManagedClusterAsync(properties => Mesh(properties)["revisions"] = new JsonArray(next), Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(MeshPortHost.Cluster, "MeshReady", Token));
        Assert.Equal(
            ("hello jose", "hello jose"),
            (await Dialing.AskAsync(address, 9000, Token), await Dialing.AskAsync(address, 9001, Token))
        );
    }

    [Fact]
    public async Task A_pending_feature_is_reported_and_continues_after_its_approval()
    {
        await using var host = await StoryHost.StartAsync(Token);
        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.FeaturePending,
                Layer = FaultLayer.Arm,
                Target = "AzureServiceMeshPreview",
            }
        );

        await host.FailAsync(await host.PutClusterAsync(Token), Token);

        Assert.Equal(("False", "FeaturePendingApproval"), await host.ConditionAsync(MeshPortHost.Cluster, "FeaturesRegistered", Token));
        Assert.Contains(
            "support request",
            await host.MessageAsync(MeshPortHost.Cluster, "FeaturesRegistered", Token),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(host.Sandbox.Operations, operation => operation.Kind == "managedClusters/create");

        Assert.True(host.Sandbox.ApproveFeature(MeshPortHost.Id.SubscriptionId, "Microsoft.ContainerService/AzureServiceMeshPreview"));
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(MeshPortHost.Cluster, "Ready", Token));
    }

    private static JsonObject Internal()
    {
        var spec = StoryHost.ClusterSpec();
        spec["mesh"] = new JsonObject { ["gateways"] = new JsonArray("external", "internal") };
        return spec;
    }

    private static JsonObject Mesh(JsonNode? properties) => Assert.IsType<JsonObject>(properties?["serviceMeshProfile"]?["istio"]);

    private static async Task<JsonObject> MeshAsync(MeshPortHost host) =>
        Mesh((await host.FindAzureAsync(Walkthrough.Environment.ArmId, Token))?["properties"]);
}
