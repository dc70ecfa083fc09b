namespace MeshPort.Benchmarks.Scale;

/// <summary>The size of a simulated fleet, and how often MeshPort looks at it.</summary>
/// <param name="Subscriptions">The clusters are spread evenly over them.</param>
internal sealed record ScalePlan(int Clusters, int Subscriptions)
{
    /// <summary>The time from the end of a look to the next one.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Each look that finds no drift doubles the time to the next one, up to this. Null: always the same.</summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>A look reads Azure only when the last such look is this old, otherwise the cluster alone. Null: always.</summary>
    public TimeSpan? AzureResync { get; init; }

    /// <summary>
    /// The reads of Azure Resource Manager in a look. An idle cluster in a subnet of the spec costs four: subnet, cluster, role and
    /// security group. In the network of AKS it costs two: resource group and cluster.
    /// </summary>
    public int Reads { get; init; } = 4;

    /// <summary>How long MeshPort keeps a kubeconfig. A new one costs a POST, which AKS counts by subscription.</summary>
    public TimeSpan Kubeconfig { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often somebody changes a cluster, for each cluster.</summary>
    public double DriftsPerDay { get; init; } = 1;

    /// <summary>Begins with a new process, which has no kubeconfig.</summary>
    public bool IsRestart { get; init; }

    /// <summary>Simulated before the figures count.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan Measured { get; init; } = TimeSpan.FromHours(2);

    public int Seed { get; init; } = 1;
}
