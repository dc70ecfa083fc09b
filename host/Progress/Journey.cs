using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Planning;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace MeshPort.Host.Progress;

/// <summary>Requests environments over the HTTP API, and follows operations until all have ended.</summary>
internal sealed class Journey(MeshPortApi api, IReadOnlyList<DesiredEnvironment> environments)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    /// <summary>A restart of the server may take so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Requests the environments. Returns the URLs of the operations, without one for a request that changes nothing.</summary>
    /// <param name="plan">The exposures to remove, and the clusters that differ from their unchanged specs.</param>
    public async Task<IReadOnlyList<Uri>> AskAsync(CancellationToken cancellationToken, EnvironmentPlan? plan = null)
    {
        var operations = new List<Uri>();
        foreach (var environment in environments)
        {
            var changes = plan?.Of(environment.Cluster);
            var requested = await AskAsync(environment, changes?.Removed ?? [], cancellationToken);
            operations.AddRange(requested);
            // Drift is repaired by a convergence, which an unchanged spec does not request.
            if (
                requested.Count == 0
                && changes is { HasChanges: true }
                && await api.ReconcileAsync(environment.Cluster, cancellationToken) is { } repair
            )
            {
                operations.Add(repair);
            }
        }

        return operations;
    }

    private async Task<IReadOnlyList<Uri>> AskAsync(
        DesiredEnvironment environment,
        IReadOnlyList<string> removed,
        CancellationToken cancellationToken
    )
    {
        var operations = new List<Uri?> { await api.PutAsync(environment.Path, environment.ClusterSpec, cancellationToken) };
        foreach (var batch in ExposureBatches.Of(environment, removed))
        {
            operations.Add(await api.PostExposuresAsync(environment.Cluster, batch, cancellationToken));
        }

        return [.. operations.OfType<Uri>()];
    }

    /// <summary>Requests the environments and follows their operations to the end.</summary>
    /// <param name="progress">Receives the progress after each poll.</param>
    public async Task<IReadOnlyList<JourneyStep>> TravelAsync(Action<ProgressReport> progress, CancellationToken cancellationToken) =>
        await FollowAsync(await AskAsync(cancellationToken), progress, cancellationToken);

    /// <summary>Follows operations to the end, and until every resource is Ready or has a problem.</summary>
    public async Task<IReadOnlyList<JourneyStep>> FollowAsync(
        IReadOnlyList<Uri> addresses,
        Action<ProgressReport> progress,
        CancellationToken cancellationToken
    )
    {
        var operations = new OperationView?[addresses.Count];
        var ended = new Stopwatch();
        while (true)
        {
            var began = TimeProvider.System.GetTimestamp();
            var report = await WithPatienceAsync(() => LookAsync(addresses, operations, cancellationToken), cancellationToken);
            progress(report);
            if (
                operations.All(operation => operation is { IsOver: true })
                && await WithPatienceAsync(() => IsSettledAsync(ended, report, cancellationToken), cancellationToken)
            )
            {
                return report.Steps;
            }

            var pause = PollPause.After(TimeProvider.System.GetElapsedTime(began), api.Address);
            await PauseAsync(pause, () => progress(report), cancellationToken);
        }
    }

    /// <summary>Reads the current state of the clusters and of every exposure.</summary>
    public async Task<IReadOnlyList<Destination>> ArriveAsync(CancellationToken cancellationToken)
    {
        var destinations = new List<Destination>();
        foreach (var environment in environments)
        {
            var cluster = await api.GetAsync(environment.Path, cancellationToken);
            var known = (await api.ListExposuresAsync(environment.Cluster, cancellationToken)).ToDictionary(found => found.Metadata.Name);
            destinations.Add(
                new Destination(
                    environment.Cluster.Name,
                    cluster,
                    [
                        .. environment.Exposures.Select(desired =>
                            (
                                desired,
                                known.GetValueOrDefault(desired.Name)
                                    ?? throw new ApiException($"Exposure '{desired.Name}' was removed meanwhile. Apply the file again.")
                            )
                        ),
                    ]
                )
            );
        }

        return destinations;
    }

    /// <summary>
    /// An operation that ends at a deadline leaves resources whose Ready is Unknown, and the server tries again by itself. After the end of
    /// the operations, such resources are waited for as long as <see cref="Settling"/>.
    /// </summary>
    private async Task<bool> IsSettledAsync(Stopwatch ended, ProgressReport report, CancellationToken cancellationToken)
    {
        ended.Start();
        if (ended.Elapsed > Settling)
        {
            return true;
        }

        if (report.Exposures.Any(exposure => exposure.Status == "Unknown"))
        {
            return false;
        }

        foreach (var environment in environments)
        {
            if ((await api.GetAsync(environment.Path, cancellationToken)).Ready.Status == "Unknown")
            {
                return false;
            }
        }

        return true;
    }

    private async Task<ProgressReport> LookAsync(
        IReadOnlyList<Uri> addresses,
        OperationView?[] operations,
        CancellationToken cancellationToken
    )
    {
        for (var index = 0; index < operations.Length; index++)
        {
            if (operations[index] is not { IsOver: true })
            {
                operations[index] = await api.GetOperationAsync(addresses[index], cancellationToken);
            }
        }

        var steps = JourneyStep.Merge(operations.OfType<OperationView>());
        return new ProgressReport(steps, await StatesAsync(cancellationToken));
    }

    private async Task<IReadOnlyList<ExposureState>> StatesAsync(CancellationToken cancellationToken)
    {
        var states = new List<ExposureState>();
        foreach (var environment in environments.Where(environment => environment.Exposures.Count > 0))
        {
            var known = await api.ListExposuresAsync(environment.Cluster, cancellationToken);
            states.AddRange(
                from desired in environment.Exposures
                join found in known on desired.Name equals found.Metadata.Name
                let ready = found.Ready
                let address = found.AddressOf(desired.Gateway)
                select new ExposureState(
                    environments.Count > 1 ? $"{environment.Cluster.Name}/{desired.Name}" : desired.Name, // unique in a cluster only
                    ready.Status,
                    ready.Reason ?? "",
                    ready.Message ?? "",
                    address is null ? null : $"{address}:{desired.Port}"
                )
            );
        }

        return states;
    }

    private async Task<T> WithPatienceAsync<T>(Func<Task<T>> look, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await look();
            }
            catch (UnreachableException) when (TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(PollPause.Remote, TimeProvider.System, cancellationToken);
            }
        }
    }

    private static async Task PauseAsync(TimeSpan pause, Action redraw, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        do
        {
            await Task.Delay(Redraw, TimeProvider.System, cancellationToken);
            redraw();
        } while (TimeProvider.System.GetElapsedTime(began) < pause);
    }
}
