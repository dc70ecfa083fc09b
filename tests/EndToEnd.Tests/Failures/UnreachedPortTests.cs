using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>
/// Failures behind ports that MeshPort cannot reach: of the internal gateway, or with <c>allowedSources</c> without MeshPort. Such a port
/// is Ready without a probe, so everything around it has to be right.
/// </summary>
public sealed class UnreachedPortTests
{
    private const string Ingress = "aks-istio-ingress";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.NoReadyGateway)]
    public async Task A_gateway_without_ready_pods_is_reported_until_it_has_some()
    {
        await using var room = await InsideAsync();
        using var cluster = room.Host.Kubernetes();
        var gateway = (await cluster.AppsV1.ListNamespacedDeploymentAsync(Ingress, cancellationToken: Token)).Items.Single();

        await ScaleAsync(cluster, gateway, 0);
        await room.SeesAsync(
            ConditionTypes.Reachable,
            ConditionStatus.False,
            Reasons.NoReadyGateway,
            "No pod of the gateway behind Service aks-istio-ingress/aks-istio-ingressgateway-internal is ready"
        );

        await ScaleAsync(cluster, gateway, 2);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    [Fact, FailureRow(Reasons.TrafficDenied)]
    public async Task A_policy_that_comes_later_is_reported_until_it_is_gone()
    {
        await using var room = await InsideAsync();
        using var cluster = room.Host.Kubernetes();
        const string Security = "security.istio.io/v1";

        await cluster.CreateForeignAsync("authorizationpolicies", Ingress, "nothing", "{}", Token, Security); // allows nothing
        await room.SeesAsync(ConditionTypes.RouteProgrammed, ConditionStatus.False, Reasons.TrafficDenied, $"{Ingress}/nothing");

        await cluster.DeleteForeignAsync("authorizationpolicies", Ingress, "nothing", Token, Security);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    [Fact, FailureRow(Reasons.NoReadyEndpoints)]
    public async Task Allowed_sources_do_not_hide_a_backend_without_pods()
    {
        var narrow = FailureRoom.Echo();
        narrow["allowedSources"] = new JsonArray("203.0.113.0/24");
        narrow["probe"] = new JsonObject { ["timeout"] = "PT1S" };
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.ClusterWith("strategy", "companionService"), narrow);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.Unknown, Reasons.NotReachableFromHere, "allowedSources");
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        narrow["backends"] = new JsonArray(new JsonObject { ["service"] = "theirs", ["port"] = 9000 });
        narrow.Remove("workload");

        await room.AskExposureAsync(narrow);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.NoReadyEndpoints, "Service default/theirs");

        await ForeignService.PodsAsync(cluster, Token);
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    /// <summary>A world with a ready exposure of the internal gateway.</summary>
    private static async Task<FailureRoom> InsideAsync()
    {
        var inside = FailureRoom.Echo();
        inside["gateway"] = "internal";
        return await FailureRoom.ReadyAsync(
            FailureRoom.ClusterWith("mesh", new JsonObject { ["gateways"] = new JsonArray("internal") }),
            inside
        );
    }

    private static Task ScaleAsync(IKubernetes cluster, V1Deployment deployment, int replicas) =>
        cluster.AppsV1.PatchNamespacedDeploymentScaleAsync(
            new V1Patch($$$"""{"spec":{"replicas":{{{replicas}}}}}""", V1Patch.PatchType.MergePatch),
            deployment.Name(),
            deployment.Namespace(),
            cancellationToken: Token
        );
}
