using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal sealed class Health(DesiredClusters clusters)
{
    [Function("HealthLive")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Results.Json(new { status = "live" }, Json.Options);

    [Function("HealthReady")]
    public async Task<IResult> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken cancellationToken) =>
        Results.Json(new { status = "ready", clusters = (await clusters.ListIdsAsync(cancellationToken)).Count }, Json.Options);
}
