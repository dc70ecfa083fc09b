using Azure.Core;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Liveness and readiness.</summary>
internal sealed partial class Health(
    ApiEndpoint endpoint,
    ClusterStore clusters,
    TokenCredential credential,
    AzureOptions azure,
    ILogger<Health> logger
)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    [Function("HealthLive")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Results.Json(new { status = "live" }, MeshPortJson.Options);

    /// <summary>
    /// Reads the state store, queries the task hub and gets a token for Azure Resource Manager, each within ten seconds. A host whose
    /// clusters are all reached by kubeconfigs works without a token.
    /// </summary>
    [Function("HealthReady")]
    public Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) => endpoint.ServeAsync(request, () => CheckAsync(durable, cancellationToken), cancellationToken);

    private async Task<IResult> CheckAsync(DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var known = 0;
        var problems = await Task.WhenAll(
            CheckAsync(
                "The state store cannot be read; check the log and the storage settings",
                async token => known = (await clusters.ListIdsAsync(token)).Count,
                cancellationToken
            ),
            CheckAsync(
                "The task hub does not answer; check the log and AzureWebJobsStorage",
                token => durable.GetInstanceAsync("health", token),
                cancellationToken
            ),
            CheckTokenAsync(cancellationToken)
        );
        var found = problems.OfType<string>().ToList();
        return found.Count == 0
            ? Results.Json(new { status = "ready", clusters = known }, MeshPortJson.Options)
            : Problem.NotReady($"{string.Join(". ", found)}.");
    }

    private async Task<string?> CheckTokenAsync(CancellationToken cancellationToken)
    {
        var problem = await CheckAsync(
            "MeshPort cannot get a token for Azure Resource Manager; check the log and the identity that MeshPort runs as",
            token => credential.GetTokenAsync(new TokenRequestContext([AzureClients.Scope(azure)]), token).AsTask(),
            cancellationToken
        );
        return problem is null || await NeedsNoTokenAsync(cancellationToken) ? null : problem;
    }

    /// <summary>Whether there are clusters, and none of them is in Azure. False if the store cannot be read.</summary>
    private async Task<bool> NeedsNoTokenAsync(CancellationToken cancellationToken)
    {
        var (count, inAzure) = (0, false);
        var problem = await CheckAsync(
            "The connections of the clusters cannot be read",
            async token =>
            {
                foreach (var cluster in await clusters.ListIdsAsync(token))
                {
                    var found = await clusters.FindAsync(cluster, token);
                    count += found is null ? 0 : 1;
                    inAzure |= found?.Spec.Connection.IsAks == true;
                    if (inAzure)
                    {
                        return;
                    }
                }
            },
            cancellationToken
        );
        return problem is null && count > 0 && !inAzure;
    }

    /// <returns>
    /// The problem; null when the check passes. Stores and credentials throw exceptions of many types, so all types count.
    /// </returns>
    private async Task<string?> CheckAsync(string problem, Func<CancellationToken, Task> check, CancellationToken cancellationToken)
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
            Log.Failed(logger, problem, exception);
            return problem;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A readiness check failed: {Problem}")]
        public static partial void Failed(ILogger logger, string problem, Exception exception);
    }
}
