using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>An authorized request for a cluster or one of its exposures.</summary>
/// <param name="Allowed">The clusters, namespaces and ports that the caller's role may access.</param>
internal sealed record ApiRequest(HttpRequest Http, ResourceName Name, AllowList Allowed)
{
    public ClusterId Cluster => Name.Cluster;

    public bool IsDryRun => Query.Flag(Http, Query.DryRun);

    public Precondition Precondition => Preconditions.Of(Http);

    /// <summary>The caller, for the history of the resource.</summary>
    public Requester By => new(RequestTrigger.Http, Http.HttpContext.User.Identity?.Name, Correlation.Of(Http.HttpContext));
}

/// <summary>The names in the path of a request.</summary>
/// <param name="Exposure">Empty when the request is for the cluster.</param>
/// <param name="Errors">The names that are invalid.</param>
internal sealed record ResourceName(ClusterId Cluster, string Exposure, IReadOnlyList<FieldError> Errors)
{
    public static ResourceName Of(string subscriptionId, string resourceGroup, string cluster)
    {
        ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors);
        return new ResourceName(id, "", errors);
    }

    public static ResourceName Of(string subscriptionId, string resourceGroup, string cluster, string exposure)
    {
        var name = Of(subscriptionId, resourceGroup, cluster) with { Exposure = exposure };
        return ExposureValidator.Name.Problem(exposure) is { } problem
            ? name with
            {
                Errors = [.. name.Errors, new FieldError("/exposure", "InvalidValue", problem)],
            }
            : name;
    }
}
