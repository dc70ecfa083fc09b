using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Planning;

/// <summary>Plans with dry runs of the server, which observes Azure and the clusters. Nothing is changed.</summary>
internal sealed class Planner(MeshPortApi api)
{
    private const int Concurrent = 8;

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
        foreach (var environment in environments)
        {
            clusters.Add(await PlanAsync(environment, prune, problems, cancellationToken));
        }

        return problems.Count == 0 ? new EnvironmentPlan(clusters) : throw new InvalidEnvironmentException(problems);
    }

    private async Task<ClusterPlan> PlanAsync(
        DesiredEnvironment environment,
        bool prune,
        List<InputProblem> problems,
        CancellationToken cancellationToken
    )
    {
        var known = await KnownAsync(environment, cancellationToken);
        var wanted = environment.Exposures.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var others = (known ?? []).Where(name => !wanted.Contains(name)).ToList();
        var removed = prune ? others : [];
        List<Func<Task<IReadOnlyList<ChangeView>>>> requests =
        [
            () =>
                TellAsync(
                    problems,
                    error => environment.Problem($"/cluster{error.Pointer}", error.Detail),
                    () => api.PlanPutAsync(environment.Path, environment.ClusterSpec, cancellationToken)
                ),
            .. (known is null ? [] : ExposureBatches.Of(environment, removed)).Select<ExposureBatch, Func<Task<IReadOnlyList<ChangeView>>>>(
                batch =>
                    () =>
                        TellAsync(
                            problems,
                            error => environment.Problem(batch.PointerOf(error.Pointer), error.Detail),
                            () => api.PlanExposuresAsync(environment.Cluster, batch.Body, cancellationToken)
                        )
            ),
        ];
        var told = new IReadOnlyList<ChangeView>[requests.Count];
        await Parallel.ForAsync(
            0,
            requests.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrent, CancellationToken = cancellationToken },
            async (index, _) => told[index] = await requests[index]()
        );
        var changes = told.SelectMany(changes => changes).Concat(known is null ? environment.Exposures.Select(Create) : []);
        return new ClusterPlan(environment.Cluster, Once(changes), removed, prune ? [] : others);

        // The server cannot plan the exposures of a cluster that it does not have.
        ChangeView Create(DesiredExposure exposure) =>
            new(
                "create",
                exposure.Path(environment.Cluster),
                "MeshPort does not have this resource yet.",
                [new DifferenceView("", null, JsonSerializer.SerializeToElement(exposure.Spec))]
            );
    }

    /// <summary>
    /// The names of the cluster's exposures, without those that are being deleted and those of Services. Null if there is no cluster.
    /// </summary>
    private async Task<IReadOnlyList<string>?> KnownAsync(DesiredEnvironment environment, CancellationToken cancellationToken)
    {
        try
        {
            var known = await api.ListExposuresAsync(environment.Cluster, cancellationToken);
            return
            [
                .. known
                    .Where(exposure => exposure.Metadata is { DeletedAt: null, Owner: null })
                    .Select(exposure => exposure.Metadata.Name),
            ];
        }
        catch (ApiException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    /// <param name="place">Finds the place of an error in the file.</param>
    private static async Task<IReadOnlyList<ChangeView>> TellAsync(
        List<InputProblem> problems,
        Func<ProblemErrorView, InputProblem> place,
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
                problems.AddRange((refusal.Errors is [] ? [new ProblemErrorView("", refusal.Message)] : refusal.Errors).Select(place));
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
