using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal sealed partial class Health(DesiredClusters clusters, ILogger<Health> logger)
{
    [Function("HealthLive")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request) =>
        Results.Json(new { status = "live" }, Json.Options);

    [Function("HealthReady")]
    public async Task<IResult> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return Results.Json(new { status = "ready", clusters = (await clusters.ListIdsAsync(cancellationToken)).Count }, Json.Options);
        }
        catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotReady(logger, trouble); // whatever it is: the stores throw exceptions of their own
            return Problem.NotReady("The state cannot be read; look at the log, and at the storage that the settings name.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The state cannot be read")]
        public static partial void NotReady(ILogger logger, Exception trouble);
    }
}
