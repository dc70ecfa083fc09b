using System.Net;
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
                await ApplyAsync(api, change, token);
            }
            catch (HttpOperationException trouble) when (change is { Action: ChangeAction.Create, Exposure: not null } && trouble.Response.StatusCode == HttpStatusCode.Conflict)
            {
                // It lacks our label, so it is somebody else's.
                refused[change.Exposure] = Verdict.False(Reasons.ObjectNotOurs, $"{change.Target} exists and is not MeshPort's; choose another name, or leave out the workload and use it as a backend.");
            }
            catch (HttpOperationException trouble) when (change.Exposure is not null && KubernetesFaults.Refusal(trouble) is { } refusal)
            {
                refused[change.Exposure] = refusal;
            }
        });
        return refused;
    }

    private static Task ApplyAsync(KubernetesApi api, Change change, CancellationToken cancellationToken) => change switch
    {
        { Action: ChangeAction.Delete } => api.DeleteAsync(change.Target, change.Uid, cancellationToken),
        { Action: ChangeAction.Create, Body: { } body } => api.CreateAsync(change.Target, body, cancellationToken),
        { Action: ChangeAction.Update, Body: { } body } => api.ApplyAsync(change.Target, body, isOurs: true, cancellationToken),
        _ => throw new InvalidOperationException($"{change.Action} of {change.Target} has no body."),
    };
}
