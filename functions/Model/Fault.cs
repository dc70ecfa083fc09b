namespace MeshPort.Model;

/// <summary>An error of a service that MeshPort calls, classified. It says nothing about the step that met it.</summary>
/// <param name="Observation">
/// Reason and message for a condition: Unknown when the fault may pass or prevented the observation, otherwise False.
/// </param>
/// <param name="MayPass">Whether the same call may succeed later.</param>
/// <param name="RetryAfter">How long the service asked to wait.</param>
internal sealed record Fault(Observation Observation, bool MayPass, TimeSpan? RetryAfter)
{
    public static Fault Passing(string reason, string message, TimeSpan? retryAfter = null) =>
        new(Observation.Unknown(reason, message), MayPass: true, retryAfter);

    /// <summary>The same fault of a request that reads: without access, nothing was observed.</summary>
    public Fault OfRead() =>
        Observation.Reason == Reasons.AccessDenied
            ? this with
            {
                Observation = Observation with { Status = ConditionStatus.Unknown },
            }
            : this;

    public static Fault Lasting(string reason, string message) => new(Observation.False(reason, message), MayPass: false, null);
}
