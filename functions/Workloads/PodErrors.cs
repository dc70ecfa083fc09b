using System.Collections.Concurrent;
using MeshPort.Kubernetes;

namespace MeshPort.Workloads;

/// <summary>Reads why the pods of Deployments do not start.</summary>
internal static class PodErrors
{
    private const int Concurrency = 8;

    /// <returns>By Deployment; those without an error are absent.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyDictionary<ObjectRef, string>> ReadAsync(
        KubernetesApi api,
        IEnumerable<ObjectRef> deployments,
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
                if (await api.FindPodErrorAsync(target.Namespace, WorkloadObjects.PodSelector(target.Name), token) is { } error)
                {
                    errors[target] = error;
                }
            }
        );
        return errors;
    }
}
