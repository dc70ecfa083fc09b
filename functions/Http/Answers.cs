using MeshPort.Clusters;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>The answers that are success.</summary>
internal static class Answers
{
    private const string PollSeconds = "2";

    public static IResult Resource<TSpec>(HttpRequest request, Resource<TSpec> resource, int status = StatusCodes.Status200OK)
    {
        request.HttpContext.Response.Headers.ETag = Preconditions.Quote(resource.Metadata.Etag);
        return Results.Json(resource, Json.Options, statusCode: status);
    }

    /// <summary>What became of a PUT. A change is followed at <c>Location</c>.</summary>
    public static IResult Put<TSpec>(HttpRequest request, ClusterId cluster, PutResult<TSpec> result) => result switch
    {
        { Outcome: PutOutcome.Created, Resource: { } resource } => Accepted(request, cluster, resource, result.OperationId, StatusCodes.Status201Created),
        { Outcome: PutOutcome.Updated, Resource: { } resource } => Accepted(request, cluster, resource, result.OperationId, StatusCodes.Status200OK),
        { Outcome: PutOutcome.Unchanged, Resource: { } resource } => Resource(request, resource),
        { Outcome: PutOutcome.ClusterNotFound } => Problem.NotFound($"Cluster {cluster.Name} is not known to MeshPort; PUT it first."),
        { Outcome: PutOutcome.Taken } => Problem.Taken(result.Pointer, result.Detail ?? ""),
        _ => Problem.PreconditionFailed(result.Detail ?? ""),
    };

    private static IResult Accepted<TSpec>(HttpRequest request, ClusterId cluster, Resource<TSpec> resource, string? operation, int status)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.Location = $"{request.Scheme}://{request.Host}{cluster.Path}/operations/{operation}";
        headers.RetryAfter = PollSeconds;
        return Resource(request, resource, status);
    }
}
