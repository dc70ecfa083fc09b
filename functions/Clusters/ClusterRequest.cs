using MeshPort.Http;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Clusters;

/// <summary>What every request about a cluster begins with.</summary>
internal static class ClusterRequest
{
    /// <summary>Checks the cluster's name and the query.</summary>
    /// <param name="id">Of the cluster; without meaning when the request is refused.</param>
    /// <param name="parameters">The query parameters that mean something here.</param>
    /// <returns>The answer that refuses the request; null when it can go on.</returns>
    public static IResult? Refusal(HttpRequest request, string subscriptionId, string resourceGroup, string cluster, out ClusterId id, params string[] parameters) =>
        ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out id, out var errors) ? Query.Refusal(request, parameters) : Problem.Invalid(errors);
}
