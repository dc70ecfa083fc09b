namespace MeshPort.Benchmarks.Scale;

/// <summary>The figures of a simulation.</summary>
/// <param name="Cluster">The age of the observation of a cluster's objects.</param>
/// <param name="Azure">The age of the observation of Azure.</param>
/// <param name="Requests">Requests to Azure that were answered, in each second and subscription.</param>
/// <param name="Refused">The share of all requests that Azure refused with 429.</param>
/// <param name="Unknown">The share of the time in which a look waits for longer than MeshPort calls an old observation the truth.</param>
/// <param name="AllSeen">When the last cluster was observed for the first time. Null: not in time.</param>
internal sealed record ScaleResult(
    AgeDistribution Cluster,
    AgeDistribution Azure,
    double Requests,
    double Refused,
    double Unknown,
    TimeSpan? AllSeen
);
