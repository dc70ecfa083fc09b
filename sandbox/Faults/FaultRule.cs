namespace MeshPort.Sandbox.Faults;

/// <summary>One scripted fault: its effect, the requests it applies to, and its frequency. Durations are simulated seconds.</summary>
public sealed record FaultRule
{
    public required FaultKind Kind { get; init; }

    public required FaultLayer Layer { get; init; }

    /// <summary>
    /// Method and resource type, with <c>*</c> for any characters: <c>PUT managedClusters</c>, <c>PATCH services</c>, <c>* *</c>.
    /// Long-running operations also match by their verb (<c>create managedClusters</c>), watches by <c>WATCH</c>, the data plane by
    /// <c>CONNECT</c> and the Service's name.
    /// </summary>
    public string Operation { get; init; } = "* *";

    /// <summary>Only requests that name this cluster, resource, namespace or object; <c>*</c> stands for any characters.</summary>
    public string Target { get; init; } = "*";

    /// <summary>The fraction of matching requests to strike, from 0 to 1. Null: all.</summary>
    public double? Probability { get; init; }

    /// <summary>The maximum number of struck requests.</summary>
    public int? Count { get; init; }

    /// <summary>Strikes one of every this many matching requests.</summary>
    public int? Every { get; init; }

    /// <summary>The number of matching requests that pass first.</summary>
    public int After { get; init; }

    /// <summary>The seconds of <c>Retry-After</c>. Null: the layer's default.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>
    /// The delay of a slow request, the time before a watch is cut, the extra time of a hanging operation, or the time a layer is down.
    /// Null: the kind's default.
    /// </summary>
    public double? Duration { get; init; }

    /// <summary>The error code. Null: the layer's default.</summary>
    public string? Code { get; init; }

    /// <summary>The message. Null: the layer's default.</summary>
    public string? Message { get; init; }

    internal TimeSpan? Lasts => Duration is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>An active rule.</summary>
/// <param name="Id">A number, in the order rules were added.</param>
/// <param name="Matched">The number of matched requests.</param>
/// <param name="Struck">The number of struck requests.</param>
public sealed record Fault(string Id, FaultRule Rule, DateTimeOffset Added, long Matched = 0, long Struck = 0);
