using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>
/// Sends the requests of an apply one after another. If one of them fails, or Ctrl+C stops them, the error says which ones the server has
/// accepted and how to continue.
/// </summary>
/// <param name="plan">The exposures to remove, and the clusters that differ from their unchanged specs.</param>
internal sealed class ApplyRequests(MeshPortApi api, IReadOnlyList<DesiredEnvironment> environments, EnvironmentPlan? plan = null)
{
    private const int MostNames = 5;
    private readonly List<AcceptedRequest> _accepted = [];

    /// <exception cref="ApiException">The server refused a request.</exception>
    /// <exception cref="UnreachableException">The server did not answer.</exception>
    /// <exception cref="LeftException">Ctrl+C stopped the requests.</exception>
    public async Task<IReadOnlyList<AcceptedRequest>> SendAsync(CancellationToken cancellationToken)
    {
        var requests = environments.SelectMany(RequestsOf).ToList();
        var sent = 0;
        try
        {
            for (; sent < requests.Count; sent++)
            {
                _accepted.Add(await requests[sent].SendAsync(cancellationToken));
            }

            return _accepted;
        }
        catch (ApiException refusal)
        {
            throw new ApiException(
                $"{refusal.Message} {Tell(requests, sent, "Refused", "After that, run")}",
                refusal.Status,
                refusal.Errors
            );
        }
        catch (UnreachableException away)
        {
            throw new UnreachableException($"{away.Message} {Tell(requests, sent, "Perhaps accepted", "Run")}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new LeftException($"Ctrl+C stopped the requests. {Tell(requests, sent, "Perhaps accepted", "Run")}");
        }
    }

    private IEnumerable<Request> RequestsOf(DesiredEnvironment environment)
    {
        var cluster = environment.Cluster;
        var changes = plan?.Of(cluster);
        yield return new Request(
            $"cluster {cluster.Name}",
            async token =>
            {
                var answer = await api.PutAsync(environment.Path, environment.ClusterSpec, token);
                return new AcceptedRequest(cluster, answer.Operation, answer.Operation is null ? [] : [environment.Path])
                {
                    Etags = [(environment.Path, answer.Etag)],
                };
            }
        );
        foreach (var batch in ExposureBatches.Of(environment, changes?.Removed ?? []))
        {
            yield return new Request(
                $"{Names(batch)} of cluster {cluster.Name}",
                async token =>
                {
                    var answer = await api.PostExposuresAsync(cluster, batch.Body, token);
                    return new AcceptedRequest(
                        cluster,
                        answer.Operation,
                        [.. answer.Changed.Select(name => ResourcePath.Exposure(cluster, name))]
                    )
                    {
                        Etags = [.. answer.Results.Select(item => (ResourcePath.Exposure(cluster, item.Name ?? ""), item.Metadata?.Etag))],
                    };
                }
            );
        }

        // Drift is repaired by a convergence, which an unchanged spec does not request.
        if (changes is { HasChanges: true })
        {
            yield return new Request(
                $"repair of cluster {cluster.Name}",
                async token =>
                    _accepted.Exists(request => request.Cluster == cluster && request.Operation is not null)
                        ? AcceptedRequest.Unchanged(cluster)
                        : new AcceptedRequest(cluster, await api.ReconcileAsync(cluster, token), [environment.Path]),
                IsRepair: true
            );
        }
    }

    private static string Names(ExposureBatch batch)
    {
        var names = batch.Removed.Concat(batch.Put.Select(exposure => exposure.Name)).ToList();
        return (names.Count == 1 ? "exposure " : "exposures ")
            + string.Join(", ", names.Take(MostNames))
            + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
    }

    /// <param name="failed">The state of the request that failed.</param>
    /// <param name="run">The beginning of the sentence about the next run.</param>
    private string Tell(List<Request> requests, int sent, string failed, string run)
    {
        var accepted = requests.Take(sent).Where(request => !request.IsRepair).Select(request => request.Name).ToList();
        var left = requests.Skip(sent + 1).Where(request => !request.IsRepair).Select(request => request.Name).ToList();
        return string.Join(
            ' ',
            new[]
            {
                accepted.Count > 0 ? $"Accepted: {string.Join("; ", accepted)}." : "Nothing was accepted before.",
                $"{failed}: {requests[sent].Name}.",
                left.Count > 0 ? $"Not sent: {string.Join("; ", left)}." : null,
                $"{run} the same command again; accepted requests then change nothing.",
                accepted.Count > 0
                    ? $"The server works on the accepted ones. To watch it, run: {Follower.Watch(_accepted.Select(one => one.Cluster))}"
                    : null,
            }.OfType<string>()
        );
    }

    /// <param name="IsRepair">Whether it is sent only when the others of its cluster change nothing.</param>
    private sealed record Request(string Name, Func<CancellationToken, Task<AcceptedRequest>> SendAsync, bool IsRepair = false);
}

/// <summary>A request that the server has accepted.</summary>
/// <param name="Operation">The URL of the operation. Null when nothing had to change.</param>
/// <param name="Resources">The paths of the resources that the operation changes.</param>
internal sealed record AcceptedRequest(ClusterId Cluster, Uri? Operation, IReadOnlyList<string> Resources)
{
    /// <summary>The etags of the specs that the request has put, also of unchanged ones, by the paths of the resources.</summary>
    public IReadOnlyList<(string Path, string? Etag)> Etags { get; init; } = [];

    public static AcceptedRequest Unchanged(ClusterId cluster) => new(cluster, null, []);
}
