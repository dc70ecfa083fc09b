using System.Collections.Concurrent;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// Carries a plan out, a few changes at a time. A change that meets passing exception holds up no other: while the server takes any, those that are left are tried again at once.
/// </summary>
internal sealed class ApplyChanges
{
    private const int Concurrency = 8;
    private const int MostRounds = 8;
    private readonly KubernetesApi _api;
    private readonly ConcurrentDictionary<string, Observation> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(Change Change, Exception Trouble)> _left = new();

    private ApplyChanges(KubernetesApi api) => _api = api;

    /// <returns>What was refused for good, by exposure. Trouble that may pass is thrown when all else is done, and the station asks again.</returns>
    /// <exception cref="HttpOperationException">The API server is busy or failing.</exception>
    /// <exception cref="HttpRequestException">The API server cannot be reached.</exception>
    public static async Task<IReadOnlyDictionary<string, Observation>> RunAsync(
        KubernetesApi api,
        IReadOnlyList<Change> changes,
        CancellationToken cancellationToken
    )
    {
        var work = new ApplyChanges(api);
        foreach (var kind in changes.ToLookup(change => change.Action == ChangeAction.Delete).OrderBy(kind => kind.Key)) // what is not wanted any more goes when what takes its place is there
        {
            await work.TryAllAsync([.. kind], cancellationToken);
        }

        return work._refused;
    }

    private async Task TryAllAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        for (var round = 1; changes.Count > 0; round++)
        {
            _left.Clear();
            await Parallel.ForEachAsync(changes, options, async (change, token) => await TryAsync(change, token));
            var isDown = _left.Count == changes.Count && changes.Count > Concurrency; // fewer may only have shared one connection that broke
            if (_left.TryPeek(out var first) && (isDown || round == MostRounds))
            {
                ExceptionDispatchInfo.Throw(first.Trouble);
            }

            changes = [.. _left.Select(left => left.Change)];
        }
    }

    private async Task TryAsync(Change change, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(change, cancellationToken);
        }
        catch (HttpOperationException exception) when (change.Exposure is not null && KubernetesErrors.Refusal(exception) is { } refusal)
        {
            _refused[change.Exposure] = refusal;
        }
        catch (Exception exception) when (KubernetesErrors.MayPass(exception))
        {
            _left.Enqueue((change, exception));
        }
    }

    private Task ApplyAsync(Change change, CancellationToken cancellationToken) =>
        change switch
        {
            { Action: ChangeAction.Delete } => _api.DeleteAsync(change.Target, change.Uid, cancellationToken),
            { Action: ChangeAction.Create, Body: { } body, Exposure: { } exposure } => CreateAsync(
                change.Target,
                body,
                exposure,
                cancellationToken
            ),
            { Action: ChangeAction.Update, Body: { } body } => _api.RestoreAsync(
                change.Target,
                body,
                change.UnmanagedFields,
                cancellationToken
            ),
            _ => throw new InvalidOperationException($"{change.Action} of {change.Target} has no body."),
        };

    /// <summary>Refused because there is such an object: it is as desired when an answer was lost, and somebody else's when it lacks our label.</summary>
    private async Task CreateAsync(ObjectRef target, JsonObject body, string exposure, CancellationToken cancellationToken)
    {
        try
        {
            await _api.CreateAsync(target, body, cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Conflict)
        {
            var found = await _api.FindAsync(target, cancellationToken);
            if (found is not null && !DesiredObjects.IsOurs(found))
            {
                _refused[exposure] = Observation.False(
                    Reasons.ObjectNotOurs,
                    $"{target} exists and is not MeshPort's; choose another name, or leave out the workload and use it as a backend."
                );
            }
            else if (found is null || ObjectPlan.FirstDifference(target.Kind, body, found) is not null)
            {
                throw;
            }
        }
    }
}
