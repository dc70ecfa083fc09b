using System.Collections.Concurrent;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// Applies a plan, a few changes at a time. A transient failure of one change does not block the others. While the server accepts
/// changes, the failed ones are retried at once. The server may fail at one object alone, such as a webhook that answers too late, or an
/// address range that is used up. Then only the exposure of that object waits.
/// </summary>
internal sealed class ApplyChanges
{
    private const int Concurrency = 8;
    private const int MostPasses = 8;
    private readonly KubernetesApi _api;
    private readonly ConcurrentDictionary<string, Observation> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(Change Change, Exception Exception)> _left = new();

    private ApplyChanges(KubernetesApi api) => _api = api;

    /// <returns>
    /// By exposure, the observation of a change that the API server refused: False, or Unknown when it failed at the object and may accept
    /// it later. Other transient failures are thrown after all other changes, and the step tries again.
    /// </returns>
    /// <exception cref="HttpOperationException">The API server is busy, or fails at all objects.</exception>
    /// <exception cref="HttpRequestException">The API server cannot be reached.</exception>
    public static async Task<IReadOnlyDictionary<string, Observation>> RunAsync(
        KubernetesApi api,
        IReadOnlyList<Change> changes,
        CancellationToken cancellationToken
    )
    {
        var work = new ApplyChanges(api);
        // Deletions come last, when the replacements exist.
        foreach (var kind in changes.ToLookup(change => change.Action == ChangeAction.Delete).OrderBy(kind => kind.Key))
        {
            // What an exposure still needs a replacement for stays.
            await work.TryAllAsync([.. kind.Where(change => !kind.Key || !work.Waits(change.Exposure))], cancellationToken);
        }

        return work._refused;
    }

    private async Task TryAllAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        for (var pass = 1; changes.Count > 0; pass++)
        {
            _left.Clear();
            await Parallel.ForEachAsync(changes, options, async (change, token) => await TryAsync(change, token));
            // Fewer changes may have shared one broken connection.
            var isDown = _left.Count == changes.Count && changes.Count > Concurrency;
            if (_left.TryPeek(out var first) && (isDown || pass == MostPasses))
            {
                if (isDown || !_left.All(left => KubernetesErrors.IsOfObject(left.Exception)))
                {
                    ExceptionDispatchInfo.Throw(first.Exception);
                }

                foreach (var (change, exception) in _left)
                {
                    foreach (var exposure in change.Exposures)
                    {
                        _refused.TryAdd(exposure, KubernetesErrors.OfObject(change.Target, exception, _api.Connection));
                    }
                }

                return;
            }

            changes = [.. _left.Select(left => left.Change)];
        }
    }

    private void Refuse(Change change, Observation refusal)
    {
        foreach (var exposure in change.Exposures)
        {
            _refused[exposure] = refusal;
        }
    }

    /// <summary>Whether a change of the exposure has failed and may succeed later.</summary>
    private bool Waits(string exposure) => _refused.GetValueOrDefault(exposure) is { Status: ConditionStatus.Unknown };

    private async Task TryAsync(Change change, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(change, cancellationToken);
        }
        catch (HttpOperationException exception) when (KubernetesErrors.Refusal(exception, _api.Connection) is { } refusal)
        {
            Refuse(change, refusal);
        }
        catch (Exception exception) when (KubernetesErrors.MayPass(exception))
        {
            _left.Enqueue((change, exception));
        }
    }

    private Task ApplyAsync(Change change, CancellationToken cancellationToken) =>
        change switch
        {
            { Action: ChangeAction.Delete } => _api.DeleteAsync(change.Target, change.Uid, change.ResourceVersion, cancellationToken),
            { Action: ChangeAction.Create, Body: { } body } => CreateAsync(change, body, cancellationToken),
            { Action: ChangeAction.Update, Body: { } body } => _api.RestoreAsync(
                change.Target,
                body,
                change.UnmanagedFields,
                isForced: true,
                cancellationToken
            ),
            { Action: ChangeAction.Update, UnmanagedFields: { } fields } => _api.RemoveAsync(change.Target, fields, cancellationToken),
            _ => throw new InvalidOperationException($"{change.Action} of {change.Target} has no body."),
        };

    /// <summary>
    /// Handles 409. The object is MeshPort's when the answer to an earlier request was lost, or when somebody has removed the label by
    /// which MeshPort lists it. Otherwise it belongs to others.
    /// </summary>
    private async Task CreateAsync(Change change, JsonObject body, CancellationToken cancellationToken)
    {
        var target = change.Target;
        try
        {
            await _api.CreateAsync(target, body, cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Conflict)
        {
            var found = await _api.FindAsync(target, cancellationToken);
            if (found is not null && !DesiredObjects.IsOurs(found))
            {
                Refuse(
                    change,
                    Observation.False(
                        Reasons.ObjectNotOurs,
                        $"{target} exists and does not belong to MeshPort. "
                            + (
                                IsOfVault(target) ? "Remove it."
                                : target.Kind == ObjectKind.Deployment || target.Kind == ObjectKind.Service
                                    ? "Choose another name, or leave out the workload and use it as a backend."
                                : "Remove it, or choose another name for the exposure."
                            )
                    )
                );
            }
            else if (
                found is not null
                && body.Label(DesiredObjects.InstallationLabel) is { } own
                && DesiredObjects.OtherInstallation(found, own) is { } other
            )
            {
                Refuse(
                    change,
                    Observation.False(
                        Reasons.OtherInstallation,
                        $"{target} belongs to {DesiredObjects.TellInstallation(other, own)}. "
                            + (
                                IsOfVault(target)
                                    ? $"Write its Secret instead of the key vault (tls.certificate.secret: {target.Name}). "
                                    : "Choose another name for the exposure. "
                            )
                            + $"If that owner no longer exists, remove the label {DesiredObjects.InstallationLabel} from the object."
                    )
                );
            }
            else if (found is null || Terminating.IsOne(found))
            {
                throw;
            }
            else if (DesiredObjects.Owner(found) is var owner && !change.Exposures.Contains(owner))
            {
                Refuse(
                    change,
                    Observation.False(
                        Reasons.ObjectNotOurs,
                        $"{target} exists and belongs to exposure {owner}, perhaps of another installation of MeshPort. "
                            + "Delete that exposure, or choose another name."
                    )
                );
            }
            else if (ObjectPlan.FirstDifference(target.Kind, body, found) is not null)
            {
                await _api.ApplyAsync(target, ObjectPlan.Guarded(body, found), isOurs: true, cancellationToken);
            }
        }
    }

    /// <summary>Whether an object brings a certificate of a key vault. Its name comes from the certificate.</summary>
    private static bool IsOfVault(ObjectRef target) => target.Name.StartsWith(KeyVaultCertificate.NamePrefix, StringComparison.Ordinal);
}
