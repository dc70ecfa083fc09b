using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>GET and DELETE of /instances: many at once, by filter (functions-api A7).</summary>
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
        CancellationToken cancellationToken,
        DateTimeOffset? createdTimeFrom,
        DateTimeOffset? createdTimeTo,
        string? runtimeStatus,
        string? instanceIdPrefix,
        int top = 100,
        bool showInput = true
    )
    {
        if (!TryParseStatuses(runtimeStatus, out var statuses) || !TryReadToken(http.Request, out var after))
        {
            return Results.Text(
                $"runtimeStatus is a list of statuses; {ContinuationToken} is that of the page before.",
                statusCode: StatusCodes.Status400BadRequest
            );
        }

        var query = new OrchestrationQuery(
            createdTimeFrom,
            createdTimeTo,
            statuses,
            null,
            instanceIdPrefix,
            Math.Clamp(top, 1, LargestPage),
            true,
            after
        );
        await foreach (var page in client.GetAllInstancesAsync(query).AsPages().WithCancellation(cancellationToken))
        {
            if (page.ContinuationToken is { } next)
            {
                http.Response.Headers[ContinuationToken] = Convert.ToBase64String(Encoding.UTF8.GetBytes(next)); // an id may hold what a header may not
            }

            return Results.Json(new JsonArray([.. page.Values.Select(instance => InstanceView.Of(instance, showInput))]));
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
                "createdTimeFrom is required; runtimeStatus is a list of statuses.",
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
}
