using Azure.Core;
using MeshPort.Access;
using MeshPort.Arm;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal sealed partial class Health(
    Gate gate,
    DesiredClusters clusters,
    TokenCredential credential,
    AzureOptions azure,
    ILogger<Health> logger
)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    [Function("HealthLive")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Results.Json(new { status = "live" }, Json.Options);

    /// <summary>Reads the state, asks the task hub, and has a token for Azure Resource Manager, each within ten seconds.</summary>
    [Function("HealthReady")]
    public Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) => gate.ServeAsync(request, () => CheckAsync(durable, cancellationToken), cancellationToken);

    private async Task<IResult> CheckAsync(DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var known = 0;
        var troubles = await Task.WhenAll(
            CheckAsync(
                "The state cannot be read; look at the log, and at the storage that the settings name",
                async token => known = (await clusters.ListIdsAsync(token)).Count,
                cancellationToken
            ),
            CheckAsync(
                "The task hub does not answer; look at the log, and at AzureWebJobsStorage",
                token => durable.GetInstanceAsync("health", token),
                cancellationToken
            ),
            CheckAsync(
                "No token for Azure Resource Manager can be had; look at the log, and at the identity that MeshPort runs as",
                token => credential.GetTokenAsync(new TokenRequestContext([AzureClients.Scope(azure)]), token).AsTask(),
                cancellationToken
            )
        );
        var found = troubles.OfType<string>().ToList();
        return found.Count == 0
            ? Results.Json(new { status = "ready", clusters = known }, Json.Options)
            : Problem.NotReady($"{string.Join(". ", found)}.");
    }

    /// <returns>The trouble; null when there is none. Whatever it is: each store and credential throws exceptions of its own.</returns>
    private async Task<string?> CheckAsync(string trouble, Func<CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Within);
        try
        {
            await check(deadline.Token);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotReady(logger, trouble, exception);
            return trouble;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Not ready: {Trouble}")]
        public static partial void NotReady(ILogger logger, string trouble, Exception exception);
    }
}
