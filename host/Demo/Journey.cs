using MeshPort.Host.Api;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Demo;

/// <summary>Asks for an environment over the HTTP API, and follows the operations until the last one is over.</summary>
internal sealed class Journey(MeshPortApi api, DesiredEnvironment environment)
{
    /// <summary>Real time: the API is on this machine, and a person watches.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    /// <summary>The addresses of the operations that say how it goes; none for what needs no change.</summary>
    public async Task<IReadOnlyList<Uri>> AskAsync(CancellationToken cancellationToken)
    {
        var operations = new List<Uri?> { await api.PutAsync(environment.Path, environment.ClusterSpec, cancellationToken) };
        foreach (var exposure in environment.Exposures)
        {
            operations.Add(await api.PutAsync(PathOf(exposure), exposure.Spec, cancellationToken));
        }

        return [.. operations.OfType<Uri>()];
    }

    /// <param name="progress">Told all steps after each look.</param>
    public async Task<IReadOnlyList<JourneyStep>> TravelAsync(
        Action<IReadOnlyList<JourneyStep>> progress,
        CancellationToken cancellationToken
    )
    {
        var addresses = await AskAsync(cancellationToken);
        var operations = new OperationView?[addresses.Count];
        while (true)
        {
            for (var index = 0; index < operations.Length; index++)
            {
                if (operations[index] is not { IsOver: true })
                {
                    operations[index] = await api.GetOperationAsync(addresses[index], cancellationToken);
                }
            }

            var steps = JourneyStep.Merge(operations.OfType<OperationView>());
            progress(steps);
            if (operations.All(operation => operation is { IsOver: true }))
            {
                return steps;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Where it has led: the cluster and every exposure as they are now.</summary>
    public async Task<Destination> ArriveAsync(CancellationToken cancellationToken)
    {
        var cluster = await api.GetAsync(environment.Path, cancellationToken);
        var exposures = new List<(DesiredExposure, ResourceView)>();
        foreach (var exposure in environment.Exposures)
        {
            exposures.Add((exposure, await api.GetAsync(PathOf(exposure), cancellationToken)));
        }

        return new Destination(environment.Cluster, cluster, exposures);
    }

    private string PathOf(DesiredExposure exposure) => $"{environment.Path}/exposures/{exposure.Name}";
}
