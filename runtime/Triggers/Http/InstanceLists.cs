using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>GET and DELETE of /instances: lists and purges instances by filter (functions-api A7).</summary>
internal static class InstanceLists
{
    private const string ContinuationToken = "x-ms-continuation-token";
    private const int LargestPage = 1000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/instances", ListAsync);
        endpoints.MapDelete("/instances", PurgeAsync);
    }

    public static IResult Purged(int count) =>
        count == 0 ? Results.NotFound() : Results.Json(new JsonObject { ["instancesDeleted"] = count });

    private static async Task<IResult> ListAsync(
        HttpContext http,
        DurableTaskClient client,
        [AsParameters] InstanceFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (!TryParseStatuses(filter.RuntimeStatus, out var statuses) || !TryReadToken(http.Request, out var after))
        {
            return Results.Text(
                $"runtimeStatus must be a list of statuses; {ContinuationToken} must come from the previous page.",
                statusCode: StatusCodes.Status400BadRequest
            );
        }

        var query = new OrchestrationQuery(
            filter.CreatedTimeFrom,
            filter.CreatedTimeTo,
            statuses,
            null,
            filter.InstanceIdPrefix,
            Math.Clamp(filter.Top, 1, LargestPage),
            true,
            after
        );
        await foreach (var page in client.GetAllInstancesAsync(query).AsPages().WithCancellation(cancellationToken))
        {
            if (page.ContinuationToken is { } next)
            {
                // Encoded, because an id may contain characters that a header may not.
                http.Response.Headers[ContinuationToken] = Convert.ToBase64String(Encoding.UTF8.GetBytes(next));
            }

            return Results.Json(new JsonArray([.. page.Values.Select(instance => InstanceView.Of(instance, filter.ShowInput))]));
        }

        return Results.Json(new JsonArray());
    }

    private static async Task<IResult> PurgeAsync(
        DurableTaskClient client,
        CancellationToken cancellationToken,
        DateTimeOffset? createdTimeFrom,
        DateTimeOffset? createdTimeTo,
        string? runtimeStatus
    )
    {
        if (createdTimeFrom is null || !TryParseStatuses(runtimeStatus, out var statuses))
        {
            return Results.Text(
                "createdTimeFrom is required; runtimeStatus must be a list of statuses.",
                statusCode: StatusCodes.Status400BadRequest
            );
        }

        return Purged(
            (
                await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(createdTimeFrom, createdTimeTo, statuses), cancellationToken)
            ).PurgedInstanceCount
        );
    }

    private static bool TryReadToken(HttpRequest request, out string? after)
    {
        var token = request.Headers[ContinuationToken].ToString();
        var bytes = new byte[token.Length];
        var valid = Convert.TryFromBase64String(token, bytes, out var length);
        after = valid && length > 0 ? Encoding.UTF8.GetString(bytes, 0, length) : null;
        return valid;
    }

    private static bool TryParseStatuses(string? text, out List<OrchestrationRuntimeStatus>? statuses)
    {
        statuses = null;
        foreach (var name in text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status) || !Enum.IsDefined(status))
            {
                return false;
            }

            (statuses ??= []).Add(status);
        }

        return true;
    }

    /// <summary>The query parameters of a list request, with their defaults.</summary>
    internal sealed record InstanceFilter(
        DateTimeOffset? CreatedTimeFrom,
        DateTimeOffset? CreatedTimeTo,
        string? RuntimeStatus,
        string? InstanceIdPrefix,
        int Top = 100,
        bool ShowInput = true
    );
}
