using k8s.Autorest;
using MeshPort.Clusters;
using MeshPort.Kubernetes;

namespace MeshPort.Exposures;

/// <summary>Carries a plan out, a few changes at a time.</summary>
internal static class ApplyChanges
{
    private const int Concurrency = 8;

    /// <returns>What was refused for good, by exposure. Trouble that may pass is thrown, and the station asks again.</returns>
    /// <exception cref="HttpOperationException">The API server is busy or failing.</exception>
    public static async Task<IReadOnlyDictionary<string, Verdict>> RunAsync(KubernetesApi api, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        var refused = new System.Collections.Concurrent.ConcurrentDictionary<string, Verdict>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(changes, options, async (change, token) =>
        {
            try
            {
                if (await ApplyAsync(api, change, token) is { } verdict && change.Exposure is { } exposure)
                {
                    refused[exposure] = verdict;
                }
            }
            catch (HttpOperationException trouble) when (change.Exposure is not null && KubernetesFaults.Refusal(trouble) is { } refusal)
            {
                refused[change.Exposure] = refusal;
            }
        });
        return refused;
    }

    private static async Task<Verdict?> ApplyAsync(KubernetesApi api, Change change, CancellationToken cancellationToken)
    {
        switch (change)
        {
            case { Action: ChangeAction.Delete }:
                await api.DeleteAsync(change.Target, change.Uid, cancellationToken);
                return null;
            case { Action: ChangeAction.Create } when await api.FindAsync(change.Target, cancellationToken) is not null:
                // It lacks our label, so it is somebody else's: an apply would make us a silent co-owner.
                return Verdict.False(Reasons.ObjectNotOurs, $"{change.Target} exists and is not MeshPort's; choose another name, or leave out the workload and use it as a backend.");
            case { Body: { } body }:
                await api.ApplyAsync(change.Target, body, isOurs: change.Action == ChangeAction.Update, cancellationToken);
                return null;
            default:
                throw new InvalidOperationException($"{change.Action} of {change.Target} has no body.");
        }
    }
}
