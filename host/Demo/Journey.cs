using MeshPort.Host.Api;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Demo;

/// <summary>Requests an environment over the HTTP API, and follows its operations until all have ended.</summary>
internal sealed class Journey(MeshPortApi api, DesiredEnvironment environment)
{
    /// <summary>Real time: the API is on this machine, and a person watches.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    /// <summary>Requests the environment. Returns the URLs of the operations, without one for a resource that needs no change.</summary>
    public async Task<IReadOnlyList<Uri>> AskAsync(CancellationToken cancellationToken)
    {
        var operations = new List<Uri?> { await api.PutAsync(environment.Path, environment.ClusterSpec, cancellationToken) };
        foreach (var exposure in environment.Exposures)
        {
            operations.Add(await api.PutAsync(PathOf(exposure), exposure.Spec, cancellationToken));
        }

        return [.. operations.OfType<Uri>()];
    }

    /// <summary>Requests the environment and follows its operations to their end.</summary>
    /// <param name="progress">Receives all steps after each poll.</param>
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

    /// <summary>Reads the current state of the cluster and of every exposure.</summary>
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
