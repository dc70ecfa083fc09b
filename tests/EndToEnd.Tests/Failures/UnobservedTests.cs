using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Convergence;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>A condition never stays True when MeshPort could not observe what it states.</summary>
public sealed class UnobservedTests
{
    private static readonly string[] OfExposure =
    [
        ConditionTypes.WorkloadReady,
        ConditionTypes.RouteProgrammed,
        ConditionTypes.PortOpen,
        ConditionTypes.NetworkOpen,
        ConditionTypes.Reachable,
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultLayer.Kubernetes, FaultKind.Down, Reasons.ApiServerUnreachable)]
    [InlineData(FaultLayer.Kubernetes, FaultKind.Refused, Reasons.AccessDenied)]
    [InlineData(FaultLayer.Arm, FaultKind.Unavailable, Reasons.AzureUnavailable)]
    [InlineData(FaultLayer.Arm, FaultKind.Refused, Reasons.AccessDenied)]
    public async Task Nothing_is_ready_while_it_cannot_be_observed(FaultLayer layer, FaultKind kind, string reason)
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(layer, kind);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, reason, "");

        foreach (var condition in await ConditionsAsync(room, OfExposure))
        {
            Assert.Equal(("Unknown", reason), (Text(condition, "status"), Text(condition, "reason")));
            Assert.DoesNotContain("is Unknown:", Text(condition, "message"), StringComparison.Ordinal);
            Assert.DoesNotContain("while sending the request", Text(condition, "message"), StringComparison.Ordinal); // tells no cause
        }

        room.Mend();
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    [Theory]
    [InlineData(FaultKind.Down, Reasons.ApiServerUnreachable)]
    [InlineData(FaultKind.Refused, Reasons.AccessDenied)]
    public async Task A_lost_API_server_is_told_within_two_minutes_and_its_return_within_seconds(FaultKind kind, string reason)
    {
        await using var room = await FailureRoom.ReadyAsync(
            timeScale: 10, // a busy machine needs part of the two minutes
            settings: [($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "PT1M")] // as in production
        );

        var lost = room.Host.Sandbox.Clock.GetUtcNow();
        room.Break(FaultLayer.Kubernetes, kind);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, reason, "");
        Assert.InRange(await SinceAsync(room) - lost, TimeSpan.Zero, TimeSpan.FromMinutes(2));

        var back = room.Host.Sandbox.Clock.GetUtcNow();
        room.Mend();
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
        Assert.InRange(await SinceAsync(room) - back, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Nothing_is_ready_while_somebody_deletes_the_cluster()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var hang = TimeSpan.FromHours(1);
        room.Host.Sandbox.Hang("DELETE managedClusters", hang);

        var deletion = room.Azure.DeleteAsync(OtherAzureUser.Cluster);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, Reasons.Waiting, "The cluster is Deleting");

        Assert.False(deletion.IsCompleted);
        foreach (var condition in await ConditionsAsync(room, OfExposure))
        {
            Assert.Equal(("Unknown", Reasons.Waiting), (Text(condition, "status"), Text(condition, "reason")));
        }

        Assert.Equal(("Unknown", Reasons.ClusterUpdating), await room.Host.ConditionAsync(MeshPortHost.Cluster, "Ready", Token));
        room.Host.Sandbox.Clock.Advance(hang);
        await deletion;
        await room.HealsAsync(ConditionTypes.ClusterReady); // MeshPort makes the cluster again
    }

    [Fact]
    public async Task A_refused_removal_is_tried_again_soon_although_all_else_is_as_desired()
    {
        await using var room = await FailureRoom.ReadyAsync(
            timeScale: 60,
            settings: [($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "PT12H")] // twelve minutes of the test
        );
        var refusal = room.Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.Refused,
                Operation = "DELETE virtualservices",
            }
        );

        await room.Host.FailAsync(await room.Host.DeleteAsync(FailureRoom.ExposurePath, Token), Token);
        var tried = Tries();
        await Wait.UntilAsync("the removal is tried again twice", Walkthrough.Within, () => Tries() >= tried + 2, Token);

        room.Mend();
        await room.ForgetsAsync(FailureRoom.ExposurePath);

        long Tries() => room.Host.Sandbox.World.Faults.All.Single(fault => fault.Id == refusal.Id).Matched;
    }

    /// <summary>The registration's own deadline is twelve hours, so the condition is recorded while the registration continues.</summary>
    [Fact]
    public async Task A_feature_that_Azure_does_not_answer_is_unknown_long_before_its_deadline()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Unavailable, "GET features");

        await room.AskClusterAsync(
            FailureRoom.ClusterWith(
                "features",
                new JsonArray(new JsonObject { ["name"] = "AzureServiceMeshPreview", ["deadline"] = "PT12H" })
            )
        );
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.Unknown, Reasons.AzureUnavailable, "tries again");
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.AzureUnavailable, "tries again");

        room.Mend();
        await room.HealsAsync(ConditionTypes.FeaturesRegistered, Reasons.Registered);
    }

    [Fact]
    public async Task A_fault_that_passes_soon_changes_no_condition()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var before = await room.HistoryAsync(ConditionTypes.Ready);

        room.Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.Unavailable,
                Operation = "* *",
                Count = 2,
            }
        );
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);

        Assert.Equal(before, await room.HistoryAsync(ConditionTypes.Ready));
    }

    [Theory]
    [InlineData(FaultLayer.Arm, FaultKind.Unavailable, "GET managedClusters", Reasons.AzureUnavailable)]
    [InlineData(FaultLayer.Arm, FaultKind.InternalError, "DELETE managedClusters", Reasons.AzureUnavailable)]
    public async Task A_removal_tells_the_fault_that_holds_it_up_and_goes_on_when_it_has_passed(
        FaultLayer layer,
        FaultKind kind,
        string operation,
        string reason
    )
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(layer, kind, operation);
        var removal = await room.Host.DeleteAsync(MeshPortHost.Cluster, Token);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, reason, "tries again");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, reason, "");

        room.Mend();
        await room.Host.SucceedAsync(removal, Token);
    }

    [Theory]
    [InlineData(FaultLayer.Arm, FaultKind.Unavailable, "* *", Reasons.AzureUnavailable)]
    [InlineData(FaultLayer.Kubernetes, FaultKind.Refused, "* *", Reasons.AccessDenied)]
    [InlineData(FaultLayer.Kubernetes, FaultKind.Unavailable, "GET virtualservices", Reasons.ApiServerUnreachable)]
    public async Task Nothing_of_an_exposure_that_is_being_removed_stays_True_while_it_cannot_be_observed(
        FaultLayer layer,
        FaultKind kind,
        string operation,
        string reason
    )
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(layer, kind, operation);
        await room.Host.DeleteAsync(FailureRoom.ExposurePath, Token);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.False, Reasons.Removed, "");

        foreach (var condition in await ConditionsAsync(room, OfExposure))
        {
            Assert.Equal(("Unknown", reason), (Text(condition, "status"), Text(condition, "reason")));
        }

        room.Mend();
        await room.ForgetsAsync(FailureRoom.ExposurePath);
    }

    [Theory]
    [InlineData(false, FaultLayer.Arm)]
    [InlineData(true, FaultLayer.Kubernetes)]
    public async Task A_removal_without_access_leaves_no_condition_of_the_cluster_True_that_depends_on_it(bool stays, FaultLayer layer)
    {
        await using var room = await FailureRoom.ReadyAsync();
        if (stays)
        {
            var cluster = await room.Azure.GetAsync(Walkthrough.Environment.ArmId);
            cluster["tags"] = new JsonObject();
            await room.Host.PutAzureAsync(Walkthrough.Environment.ArmId, cluster, Token);
        }

        room.Break(layer, FaultKind.Refused);
        await room.Host.DeleteAsync(MeshPortHost.Cluster, Token);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.AccessDenied, "role");
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.Unknown, Reasons.AccessDenied, "role");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, Reasons.AccessDenied, "role");

        room.Mend();
        await room.ForgetsAsync(MeshPortHost.Cluster);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_subscription_that_Azure_does_not_find_is_not_taken_for_a_deleted_cluster()
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(FaultLayer.Arm, FaultKind.Refused, "* *", "SubscriptionNotFound");
        await room.Host.DeleteAsync(MeshPortHost.Cluster, Token);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.AccessDenied, "another tenant");

        room.Mend();
        await room.ForgetsAsync(MeshPortHost.Cluster);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_network_that_MeshPort_may_not_read_stops_no_port()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded());

        room.Break(FaultLayer.Arm, FaultKind.Refused, "GET virtualNetworks/subnets");
        await room.SeesAsync(ConditionTypes.NetworkReady, ConditionStatus.Unknown, Reasons.AccessDenied, "Give it the role");
        await room.AskExposureAsync(MeshPortHost.Echo("echo", 9001));
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
        Assert.Equal(
            ("Unknown", Reasons.AccessDenied),
            await room.Host.ConditionAsync(MeshPortHost.Cluster, ConditionTypes.NetworkReady, Token)
        );

        room.Mend();
        await room.HealsAsync(ConditionTypes.NetworkReady);
    }

    [Fact]
    public async Task A_request_ends_with_no_step_that_a_fault_kept_MeshPort_from_observing_as_succeeded()
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Break(FaultLayer.Kubernetes, FaultKind.Unavailable, "GET virtualservices");
        var end = await room.Host.Client.EndAsync(await room.Host.ReconcileAsync(Token), Walkthrough.Within, Token);

        var step = end.GetProperty("steps").EnumerateArray().Single(one => Text(one, "name") == "DeployWorkloads");
        Assert.Equal("Failed", Text(step, "status"));
    }

    [Fact]
    public async Task Nothing_is_ready_while_its_cluster_is_being_deleted()
    {
        await using var room = await FailureRoom.ReadyAsync();

        room.Host.Sandbox.Clock.Hold(); // keeps the deletion running
        var removal = await room.Host.DeleteAsync(MeshPortHost.Cluster, Token);
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.ClusterDeleting, "being deleted");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, Reasons.Waiting, "being deleted");
        room.Host.Sandbox.Clock.Resume();

        await room.Host.SucceedAsync(removal, Token);
    }

    private static async Task<DateTimeOffset> SinceAsync(FailureRoom room) =>
        Assert.Single(await ConditionsAsync(room, [ConditionTypes.Ready])).GetProperty("since").GetDateTimeOffset();

    private static async Task<IEnumerable<JsonElement>> ConditionsAsync(FailureRoom room, string[] types) =>
        (await room.Host.StatusAsync(FailureRoom.ExposurePath, Token))
            .GetProperty("conditions")
            .EnumerateArray()
            .Where(one => types.Contains(Text(one, "type")))
            .ToList();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
