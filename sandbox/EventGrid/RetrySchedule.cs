using System.Net;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>Event Grid's retry schedule (Learn, delivery-and-retry).</summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan[] Steps =
    [
        TimeSpan.FromSeconds(10),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(3),
        TimeSpan.FromHours(6),
        TimeSpan.FromHours(12),
    ];

    public static bool IsSuccess(HttpStatusCode status) => (int)status is >= 200 and <= 204;

    /// <summary>Whether a web-hook's answer ends the delivery without a retry.</summary>
    public static bool IsFinal(int? status) => status is 400 or 401 or 403 or 413;

    /// <summary>The wait before the next attempt, without jitter.</summary>
    /// <param name="attempts">The number of failed attempts, at least one.</param>
    /// <param name="status">The last answer. Null when no answer arrived.</param>
    public static TimeSpan After(int attempts, int? status)
    {
        var step = Steps[Math.Min(attempts, Steps.Length) - 1];
        var least = status switch
        {
            404 => TimeSpan.FromMinutes(5),
            408 => TimeSpan.FromMinutes(2),
            503 => TimeSpan.FromSeconds(30),
            _ => TimeSpan.Zero,
        };
        return step > least ? step : least;
    }
}
