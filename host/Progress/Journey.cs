using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Model;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace MeshPort.Host.Progress;

/// <summary>Follows operations until all have ended, and reads the state of their environments.</summary>
internal sealed class Journey(MeshPortApi api, IReadOnlyList<DesiredEnvironment> environments)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    /// <summary>The etags of the specs that the command has put, by the paths of the resources.</summary>
    public IReadOnlyDictionary<string, string> Etags { get; init; } = new Dictionary<string, string>();

    /// <summary>Follows operations to the end, and until every resource is Ready or has a problem.</summary>
    public async Task<IReadOnlyList<JourneyStep>> FollowAsync(
        IReadOnlyList<Uri> addresses,
        Action<ProgressReport> progress,
        CancellationToken cancellationToken
    )
    {
        var operations = new OperationView?[addresses.Count];
        var ended = new Stopwatch();
        var report = ProgressReport.Empty;
        var patience = new Patience(Patience.Usual, lost => progress(report = report with { Lost = lost }));
        while (true)
        {
            var began = TimeProvider.System.GetTimestamp();
            report = await patience.ReadAsync(() => LookAsync(addresses, operations, cancellationToken), cancellationToken);
            progress(report);
            if (
                operations.All(operation => operation is { IsOver: true })
                && await patience.ReadAsync(() => IsSettledAsync(ended, report, cancellationToken), cancellationToken)
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
            var exposures = environment
                .Exposures.Select(desired =>
                    (
                        Desired: desired,
                        Found: known.GetValueOrDefault(desired.Name)
                            ?? throw new ApiException($"Exposure '{desired.Name}' was removed meanwhile. Apply the file again.")
                    )
                )
                .ToList();
            destinations.Add(
                new Destination(environment.Cluster.Name, cluster, exposures)
                {
                    Replaced =
                    [
                        .. exposures
                            .Where(one => IsReplaced(one.Desired.Path(environment.Cluster), one.Found))
                            .Select(one => $"exposure {one.Desired.Name}"),
                        .. IsReplaced(environment.Path, cluster) ? [$"cluster {environment.Cluster.Name}"] : Array.Empty<string>(),
                    ],
                }
            );
        }

        return destinations;
    }

    private bool IsReplaced(string path, ResourceView found) => Destination.IsReplacement(Etags.GetValueOrDefault(path), found);

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
            if ((await api.GetAsync(environment.Path, cancellationToken)).CurrentReady.Status == "Unknown")
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

        var known = operations.OfType<OperationView>().ToList();
        var labels = new ClusterLabels(
            environments.Select(environment => environment.Cluster).Concat(known.Select(operation => operation.Cluster).OfType<ClusterId>())
        );
        return new ProgressReport(JourneyStep.Merge(known, labels), await StatesAsync(labels, cancellationToken));
    }

    private async Task<IReadOnlyList<ExposureState>> StatesAsync(ClusterLabels labels, CancellationToken cancellationToken)
    {
        var states = new List<ExposureState>();
        foreach (var environment in environments.Where(environment => environment.Exposures.Count > 0))
        {
            var known = await api.ListExposuresAsync(environment.Cluster, cancellationToken);
            states.AddRange(
                from desired in environment.Exposures
                join found in known on desired.Name equals found.Metadata.Name
                let ready = found.CurrentReady
                let address = found.AddressOf(desired.Gateway)
                select new ExposureState(
                    labels.Of(environment.Cluster, desired.Name), // unique in a cluster only
                    ready.Status,
                    ready.Reason ?? "",
                    ready.Message ?? "",
                    address is null ? null : $"{address}:{desired.PortText}"
                )
            );
        }

        return states;
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
