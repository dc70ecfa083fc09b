using MeshPort.Json;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>The exposures that a request lists. Null accepts every value.</summary>
/// <param name="Ready">Whether the condition Ready is True.</param>
internal sealed record ExposureFilter(bool? Ready, int? Port, GatewayKind? Gateway, string? ResourceGroup, string? Cluster)
{
    public static readonly IReadOnlyList<string> Parameters = [Query.Ready, Query.Port, Query.Gateway, Query.ResourceGroup, Query.Cluster];

    /// <param name="request">Has valid parameters (<see cref="Query.Refusal"/>).</param>
    public static ExposureFilter Of(HttpRequest request) =>
        new(
            Query.Text(request, Query.Ready) is null ? null : Query.Flag(request, Query.Ready),
            Query.Number(request, Query.Port),
            Query.Text(request, Query.Gateway) is { } gateway ? ChoiceNames<GatewayKind>.All[gateway] : null,
            Query.Text(request, Query.ResourceGroup),
            Query.Text(request, Query.Cluster)
        );

    public bool Includes(ClusterId cluster) => IsSame(ResourceGroup, cluster.ResourceGroup) && IsSame(Cluster, cluster.Name);

    public bool Matches(Resource<ExposureSpec> exposure) =>
        (Ready is null || Ready == exposure.Status.IsTrue(ConditionTypes.Ready))
        && (Port is not { } port || exposure.Spec.HasPort(port))
        && (Gateway is null || Gateway == exposure.Spec.Gateway);

    private static bool IsSame(string? wanted, string name) => wanted?.Equals(name, StringComparison.OrdinalIgnoreCase) != false;
}
