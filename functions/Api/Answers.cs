using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Answers with resources, operations and pages.</summary>
internal static class Answers
{
    private const string PollSeconds = "2";

    public static IResult Resource<TSpec>(HttpRequest request, Resource<TSpec> resource, int status = StatusCodes.Status200OK)
    {
        request.HttpContext.Response.Headers.ETag = Preconditions.Quote(resource.Metadata.Etag);
        return Results.Json(resource, MeshPortJson.Options, statusCode: status);
    }

    public static IResult Resource<TSpec>(HttpRequest request, Resource<TSpec> resource, IReadOnlyList<HistoryEntry> history) =>
        Resource(request, resource with { Status = resource.Status with { History = history } });

    /// <summary>The answer to a PUT or a DELETE. <c>Location</c> names the operation of a change.</summary>
    public static IResult Change<TSpec>(ApiRequest call, PutResult<TSpec> result) =>
        result switch
        {
            { Outcome: PutOutcome.Created, Resource: { } made } => Accepted(call, made, result.OperationId, StatusCodes.Status201Created),
            { Outcome: PutOutcome.Updated, Resource: { } made } => Accepted(call, made, result.OperationId, StatusCodes.Status200OK),
            { Outcome: PutOutcome.Deleting, Resource: { } gone } => Accepted(call, gone, result.OperationId, StatusCodes.Status202Accepted),
            { Outcome: PutOutcome.Unchanged, Resource: { } same } => Resource(call.Http, same),
            { Outcome: PutOutcome.NotFound, Detail: { } detail } => Problem.NotFound(detail),
            { Outcome: PutOutcome.NotFound } => Problem.ClusterNotFound(call.Cluster),
            { Outcome: PutOutcome.ClusterNotFound } => Problem.NotFound($"Cluster {call.Cluster.Name} does not exist. PUT it first."),
            { Outcome: PutOutcome.BeingDeleted } => Problem.BeingDeleted(result.Detail ?? ClusterDecision.BeingDeleted(call.Cluster)),
            { Outcome: PutOutcome.NoRoom } => Problem.NoRoom(result.Pointer, result.Detail ?? ""),
            { Outcome: PutOutcome.OwnedByOther } => Problem.OwnedByService(result.Detail ?? ""),
            { Outcome: PutOutcome.NamespaceInUse } => Problem.NamespaceInUse(result.Pointer, result.Detail ?? ""),
            { Outcome: PutOutcome.Taken } => Problem.Taken(result.Pointer, result.Detail ?? ""),
            _ => Problem.PreconditionFailed(result.Detail ?? ""),
        };

    /// <summary>Wakes the cluster's keeper after a change, and answers the request.</summary>
    public static async Task<IResult> ChangeAsync<TSpec>(
        ApiRequest call,
        DurableTaskClient durable,
        PutResult<TSpec> result,
        CancellationToken cancellationToken
    )
    {
        if (result.OperationId is not null)
        {
            await Keeper.WakeAsync(durable, call.Cluster, cancellationToken);
        }

        return Change(call, result);
    }

    /// <summary>202 with the address of the operation in the body, too.</summary>
    public static IResult Accepted(ApiRequest call, string operation) =>
        Results.Json(new { operation = Follow(call, operation) }, MeshPortJson.Options, statusCode: StatusCodes.Status202Accepted);

    /// <summary>Sets <c>Location</c> to the address of an operation.</summary>
    /// <returns>The address.</returns>
    public static string Follow(ApiRequest call, string? operation)
    {
        var headers = call.Http.HttpContext.Response.Headers;
        var address = PublicAddress.Link(call.Http, $"{call.Cluster.Path}/operations/{operation}");
        headers.Location = address;
        headers.RetryAfter = PollSeconds;
        return address;
    }

    /// <summary>A page of a list, with the address of the next page.</summary>
    /// <param name="page">One item more than the page size when there is another page.</param>
    /// <param name="key">The value of <c>after</c> for the page behind an item.</param>
    public static IResult Page<T>(HttpRequest request, IReadOnlyList<T> page, Func<T, string> key)
    {
        var size = Query.PageSize(request);
        return Page(request, page.Take(size), page.Count > size ? key(page[size - 1]) : null);
    }

    /// <param name="last">The value of <c>after</c> for the next page; null on the last page.</param>
    public static IResult Page<T>(HttpRequest request, IEnumerable<T> value, string? last)
    {
        if (last is null)
        {
            return Results.Json(new PageBody<T>([.. value], null), MeshPortJson.Options);
        }

        var parameters = Query
            .Filters(request)
            .Append((Query.Top, $"{Query.PageSize(request)}"))
            .Append((Query.After, last))
            .Select(parameter => $"{parameter.Item1}={Uri.EscapeDataString(parameter.Item2)}");
        var next = PublicAddress.Link(request, $"{request.Path}?{string.Join('&', parameters)}");
        return Results.Json(new PageBody<T>([.. value], next), MeshPortJson.Options);
    }

    private static IResult Accepted<TSpec>(ApiRequest call, Resource<TSpec> resource, string? operation, int status)
    {
        Follow(call, operation);
        return Resource(call.Http, resource, status);
    }

    private sealed record PageBody<T>(IReadOnlyList<T> Value, string? NextLink);
}
