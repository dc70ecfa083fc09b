using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Workloads;

/// <summary>
/// What AKS Automatic demands of a workload, pure (AKS documentation, "Use Deployment Safeguards"). AKS refuses containers without probes,
/// and changes amounts of resources. MeshPort writes what AKS would make of them, so that the two do not undo each other's changes.
/// <code>
/// field of the workload            | written
/// ---------------------------------+------------------------------------------------------
/// readiness or liveness probe none | whether the container accepts connections to its port
/// startup and liveness probe none  | the same, for 5 minutes: a slow start is no reason for a restart
/// cpu or memory below the least    | 100m, 100Mi
/// cpu, request or limit alone      | both
/// memory, request or limit alone   | as it is
/// request above its limit          | the limit
/// no resources                     | none; AKS sets cpu 500m and memory 2Gi
/// </code>
/// AKS refuses images without a version, also those with the tag latest.
/// </summary>
internal static class DeploymentSafeguards
{
    private static readonly (string Name, string Least)[] Least = [("cpu", "100m"), ("memory", "100Mi")];

    /// <summary>The attempts of a startup probe, with Kubernetes' period of 10 seconds.</summary>
    private const int Starts = 30;

    /// <returns>The workload as it is on a cluster that has no safeguards of its own.</returns>
    public static WorkloadSpec Apply(WorkloadSpec workload, ClusterSpec cluster)
    {
        if (!cluster.IsAutomatic)
        {
            return workload;
        }

        var accepts = new ContainerProbe { TcpSocket = new TcpCheck(workload.ContainerPort) };
        return workload with
        {
            StartupProbe = workload.StartupProbe ?? (workload.LivenessProbe is null ? accepts with { FailureThreshold = Starts } : null),
            ReadinessProbe = workload.ReadinessProbe ?? accepts,
            LivenessProbe = workload.LivenessProbe ?? accepts,
            Resources = workload.Resources is { } resources ? Raised(resources) : null,
        };
    }

    private static ResourceRequirements Raised(ResourceRequirements resources)
    {
        var requests = new Dictionary<string, string>(resources.Requests, StringComparer.Ordinal);
        var limits = new Dictionary<string, string>(resources.Limits, StringComparer.Ordinal);
        foreach (var (name, least) in Least)
        {
            var (request, limit) = (requests.GetValueOrDefault(name), limits.GetValueOrDefault(name));
            if (name == "cpu")
            {
                (request, limit) = (request ?? limit, limit ?? request);
            }

            Put(requests, name, Lower(Higher(request, least), Higher(limit, least)));
            Put(limits, name, Higher(limit, least));
        }

        return new ResourceRequirements(requests, limits);
    }

    private static void Put(Dictionary<string, string> amounts, string name, string? amount)
    {
        if (amount is not null)
        {
            amounts[name] = amount;
        }
    }

    private static string? Higher(string? amount, string least) =>
        amount is not null && ResourceAmounts.Number(amount) < ResourceAmounts.Number(least) ? least : amount;

    private static string? Lower(string? amount, string? most) =>
        amount is not null && most is not null && ResourceAmounts.Number(amount) > ResourceAmounts.Number(most) ? most : amount;
}
