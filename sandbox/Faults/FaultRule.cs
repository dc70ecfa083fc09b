namespace MeshPort.Sandbox.Faults;

/// <summary>One scripted fault: what happens, to which requests, and how often. Durations are simulated seconds.</summary>
public sealed record FaultRule
{
    public required FaultKind Kind { get; init; }

    public required FaultLayer Layer { get; init; }

    /// <summary>
    /// Method and resource type, each with <c>*</c> for any characters: <c>PUT managedClusters</c>, <c>PATCH services</c>, <c>* *</c>. For long-running
    /// operations the method may also be what they do (<c>create managedClusters</c>), for watches <c>WATCH</c>, for the data plane <c>CONNECT</c> with the Service's name.
    /// </summary>
    public string Operation { get; init; } = "* *";

    /// <summary>Only requests that name this cluster, resource, namespace or object, with <c>*</c> for any characters.</summary>
    public string Target { get; init; } = "*";

    /// <summary>The share of matching requests that are struck, from 0 to 1; null for all.</summary>
    public double? Probability { get; init; }

    /// <summary>How many requests are struck at most.</summary>
    public int? Count { get; init; }

    /// <summary>Every how many matching requests one is struck.</summary>
    public int? Every { get; init; }

    /// <summary>How many matching requests pass first.</summary>
    public int After { get; init; }

    /// <summary>The seconds of <c>Retry-After</c>; null for the layer's usual.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>How long it takes: the delay of a slow request, the time until a watch is cut, what a hanging operation takes longer, how long a layer is down; null for the kind's usual.</summary>
    public double? Duration { get; init; }

    /// <summary>The error code instead of the layer's usual.</summary>
    public string? Code { get; init; }

    /// <summary>The message instead of the layer's usual.</summary>
    public string? Message { get; init; }

    internal TimeSpan? Lasts => Duration is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>A rule that is in force.</summary>
/// <param name="Id">A number, in the order of adding.</param>
/// <param name="Matched">How many requests it has looked at.</param>
/// <param name="Struck">How many of them it has struck.</param>
public sealed record Fault(string Id, FaultRule Rule, DateTimeOffset Added, long Matched = 0, long Struck = 0);
