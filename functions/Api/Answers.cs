using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>The answers that are success.</summary>
internal static class Answers
{
    private const string PollSeconds = "2";

    public static IResult Resource<TSpec>(HttpRequest request, Resource<TSpec> resource, int status = StatusCodes.Status200OK)
    {
        request.HttpContext.Response.Headers.ETag = Preconditions.Quote(resource.Metadata.Etag);
        return Results.Json(resource, MeshPortJson.Options, statusCode: status);
    }

    /// <summary>What became of a PUT or a DELETE. A change is followed at <c>Location</c>.</summary>
    public static IResult Change<TSpec>(HttpRequest request, ClusterId cluster, PutResult<TSpec> result) =>
        result switch
        {
            { Outcome: PutOutcome.Created, Resource: { } resource } => Accepted(
                request,
                cluster,
                resource,
                result.OperationId,
                StatusCodes.Status201Created
            ),
            { Outcome: PutOutcome.Updated, Resource: { } resource } => Accepted(
                request,
                cluster,
                resource,
                result.OperationId,
                StatusCodes.Status200OK
            ),
            { Outcome: PutOutcome.Unchanged, Resource: { } resource } => Resource(request, resource),
            { Outcome: PutOutcome.Deleting, Resource: { } resource } => Accepted(
                request,
                cluster,
                resource,
                result.OperationId,
                StatusCodes.Status202Accepted
            ),
            { Outcome: PutOutcome.NotFound } => Problem.NotFound(result.Detail ?? $"Cluster {cluster.Name} is not known to MeshPort."),
            { Outcome: PutOutcome.BeingDeleted } => Problem.BeingDeleted(
                result.Detail ?? $"Cluster {cluster.Name} is being removed; PUT it again when it is gone."
            ),
            { Outcome: PutOutcome.NoRoom } => Problem.NoRoom(result.Pointer, result.Detail ?? ""),
            { Outcome: PutOutcome.ClusterNotFound } => Problem.NotFound($"Cluster {cluster.Name} is not known to MeshPort; PUT it first."),
            { Outcome: PutOutcome.Taken } => Problem.Taken(result.Pointer, result.Detail ?? ""),
            _ => Problem.PreconditionFailed(result.Detail ?? ""),
        };

    /// <summary>Has the cluster's keeper see to a change, and says what became of it.</summary>
    public static async Task<IResult> ChangeAsync<TSpec>(
        HttpRequest request,
        DurableTaskClient durable,
        ClusterId cluster,
        PutResult<TSpec> result,
        CancellationToken cancellationToken
    )
    {
        if (result.OperationId is not null)
        {
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }

        return Change(request, cluster, result);
    }

    private static IResult Accepted<TSpec>(HttpRequest request, ClusterId cluster, Resource<TSpec> resource, string? operation, int status)
    {
        Follow(request, cluster, operation);
        return Resource(request, resource, status);
    }

    /// <summary>Says where an operation can be followed.</summary>
    /// <returns>Its address.</returns>
    public static string Follow(HttpRequest request, ClusterId cluster, string? operation)
    {
        var headers = request.HttpContext.Response.Headers;
        var address = PublicAddress.Link(request, $"{cluster.Path}/operations/{operation}");
        headers.Location = address;
        headers.RetryAfter = PollSeconds;
        return address;
    }

    /// <summary>A page of a list, with the address of the next one.</summary>
    /// <param name="page">One more than was asked for, when there is one more.</param>
    /// <param name="key">Where the next page begins behind.</param>
    public static IResult Page<T>(HttpRequest request, IReadOnlyList<T> page, Func<T, string> key)
    {
        var size = Query.PageSize(request);
        return Page(request, page.Take(size), page.Count > size ? key(page[size - 1]) : null);
    }

    /// <param name="last">Where the next page begins behind; null with the last page.</param>
    public static IResult Page<T>(HttpRequest request, IEnumerable<T> value, string? last)
    {
        var next = last is null
            ? null
            : PublicAddress.Link(
                request,
                $"{request.Path}?{Query.Top}={Query.PageSize(request)}&{Query.After}={Uri.EscapeDataString(last)}"
            );
        return Results.Json(new PageBody<T>([.. value], next), MeshPortJson.Options);
    }

    private sealed record PageBody<T>(IReadOnlyList<T> Value, string? NextLink);
}
