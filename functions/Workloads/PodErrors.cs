using System.Collections.Concurrent;
using k8s.Models;
using MeshPort.Kubernetes;

namespace MeshPort.Workloads;

/// <summary>Reads why the pods of Deployments do not start.</summary>
internal static class PodErrors
{
    private const int Concurrency = 8;

    /// <param name="makesNodes">Whether the cluster makes nodes for pods.</param>
    /// <returns>By Deployment, the reason with advice; those without an error are absent.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyDictionary<ObjectRef, string>> ReadAsync(
        KubernetesApi api,
        IEnumerable<ObjectRef> deployments,
        bool makesNodes,
        CancellationToken cancellationToken
    )
    {
        var errors = new ConcurrentDictionary<ObjectRef, string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            deployments,
            options,
            async (target, token) =>
            {
                if (await FindAsync(api, target, makesNodes, token) is { } error)
                {
                    errors[target] = error;
                }
            }
        );
        return errors;
    }

    private static async Task<string?> FindAsync(KubernetesApi api, ObjectRef target, bool makesNodes, CancellationToken cancellationToken)
    {
        var pods = await api.ListPodsAsync(target.Namespace, WorkloadObjects.PodSelector(target.Name), cancellationToken);
        var waiting = pods.Where(pod => !PodProblems.IsReady(pod)).ToList();
        var warnings = new Dictionary<string, string>(StringComparer.Ordinal);
        if (
            waiting.Find(PodProblems.NeedsEvents) is { } unclear
            && PodProblems.LastWarning(await api.ListEventsAsync(target.Namespace, unclear.Uid(), cancellationToken)) is { } warning
        )
        {
            warnings[unclear.Uid()] = warning;
        }

        return PodProblems.Of(waiting, warnings, makesNodes);
    }
}
