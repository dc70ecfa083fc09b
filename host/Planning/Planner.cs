using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Planning;

/// <summary>Plans with dry runs of the server, which observes Azure and the clusters. Nothing is changed.</summary>
internal sealed class Planner(MeshPortApi api)
{
    private const int Concurrent = 8;
    private const int MostDryRuns = 100;

    /// <param name="prune">Whether exposures that the file does not have are removed.</param>
    /// <exception cref="InvalidEnvironmentException">The server refuses parts of the files; with all its errors.</exception>
    public async Task<EnvironmentPlan> PlanAsync(
        IReadOnlyList<DesiredEnvironment> environments,
        bool prune,
        CancellationToken cancellationToken
    )
    {
        var problems = new List<InputProblem>();
        var clusters = new List<ClusterPlan>();
        var isLong = environments.Sum(environment => environment.Exposures.Count) > MostDryRuns;
        foreach (var environment in environments)
        {
            clusters.Add(await PlanAsync(environment, prune, isLong, problems, cancellationToken));
        }

        return problems.Count == 0 ? new EnvironmentPlan(clusters) : throw new InvalidEnvironmentException(problems);
    }

    private async Task<ClusterPlan> PlanAsync(
        DesiredEnvironment environment,
        bool prune,
        bool isLong,
        List<InputProblem> problems,
        CancellationToken cancellationToken
    )
    {
        var known = await KnownAsync(environment, cancellationToken);
        var wanted = environment.Exposures.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var others = (known?.Keys ?? []).Where(name => !wanted.Contains(name)).ToList();
        var removed = prune ? others : [];
        var requests = new List<Func<Task<IReadOnlyList<ChangeView>>>>
        {
            () =>
                TellAsync(
                    environment,
                    "/cluster",
                    problems,
                    () => api.PlanPutAsync(environment.Path, environment.ClusterSpec, cancellationToken)
                ),
        };
        var local = new List<ChangeView>();
        if (known is null || isLong)
        {
            var stored = new StoredExposures(environment, known);
            local.AddRange(environment.Exposures.Select(stored.Put));
            local.AddRange(removed.Select(stored.Delete));
        }
        else
        {
            requests.AddRange(
                environment.Exposures.Select<DesiredExposure, Func<Task<IReadOnlyList<ChangeView>>>>(exposure =>
                    () =>
                        TellAsync(
                            environment,
                            exposure.Pointer,
                            problems,
                            () => api.PlanPutAsync(exposure.Path(environment.Cluster), exposure.Spec, cancellationToken)
                        )
                )
            );
            requests.AddRange(
                removed.Select<string, Func<Task<IReadOnlyList<ChangeView>>>>(name =>
                    () =>
                        TellAsync(
                            environment,
                            "/exposures",
                            problems,
                            () => api.PlanDeleteAsync(ResourcePath.Exposure(environment.Cluster, name), false, cancellationToken)
                        )
                )
            );
        }

        var told = new IReadOnlyList<ChangeView>[requests.Count];
        await Parallel.ForAsync(
            0,
            requests.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrent, CancellationToken = cancellationToken },
            async (index, _) => told[index] = await requests[index]()
        );
        return new ClusterPlan(environment.Cluster, Once(told.SelectMany(changes => changes).Concat(local)), removed, prune ? [] : others);
    }

    /// <summary>The cluster's exposures by name, without those that are being deleted. Null if there is no cluster.</summary>
    private async Task<IReadOnlyDictionary<string, ResourceView>?> KnownAsync(
        DesiredEnvironment environment,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var known = await api.ListExposuresAsync(environment.Cluster, cancellationToken);
            return known.Where(exposure => exposure.Metadata.DeletedAt is null).ToDictionary(exposure => exposure.Metadata.Name);
        }
        catch (ApiException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<ChangeView>> TellAsync(
        DesiredEnvironment environment,
        string pointer,
        List<InputProblem> problems,
        Func<Task<PlanView>> plan
    )
    {
        try
        {
            return (await plan()).Changes;
        }
        catch (ApiException refusal) when (refusal.Status is 403 or 409 or 413 or 422)
        {
            lock (problems)
            {
                problems.AddRange(
                    refusal.Errors.Count == 0
                        ? [environment.Problem(pointer, refusal.Message)]
                        : refusal.Errors.Select(error => environment.Problem($"{pointer}{error.Pointer}", error.Detail))
                );
            }

            return [];
        }
    }

    /// <summary>The plans of a cluster and of its exposures overlap. A target that changes is not also listed as unchanged.</summary>
    private static IReadOnlyList<ChangeView> Once(IEnumerable<ChangeView> changes)
    {
        var all = changes.DistinctBy(change => (change.Action, change.Target, JsonSerializer.Serialize(change.Diff))).ToList();
        var changed = all.Where(change => change.Action != "none").Select(change => change.Target).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(change => change.Action != "none" || !changed.Contains(change.Target))];
    }
}
