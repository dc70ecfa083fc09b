using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>Applies the decisions of the steps of a pass. A convergence writes them; a dry run keeps them for its answer.</summary>
internal interface IPassWriter
{
    /// <summary>Whether an object that remains after its deletion blocks the later steps.</summary>
    bool WaitsForDeletion { get; }

    /// <summary>Writes marks to the cluster's status before the objects are made, so that a crash leaves no unknown object.</summary>
    Task MarkAsync(Func<ResourceStatus, ResourceStatus> mark, CancellationToken cancellationToken);

    /// <summary>Records in statuses of exposures what they take over, before it is taken over.</summary>
    Task RecordAsync(IReadOnlyList<(string Exposure, ResourceStatus Status)> statuses, CancellationToken cancellationToken);

    /// <summary>Releases the parts of objects of others that are due. A dry run keeps all of them.</summary>
    /// <returns>
    /// By object of others, the observation of a release that the API server refused; Unknown when it may accept it later.
    /// </returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server is busy or failing.</exception>
    Task<IReadOnlyDictionary<string, Observation>> ReleaseAsync(RouteReleases releases, CancellationToken cancellationToken);

    /// <returns>By exposure, the observation of a change that the API server refused; Unknown when it may accept it later.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server is busy or failing.</exception>
    Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        IReadOnlyList<Change> changes,
        ClusterObjects objects,
        CancellationToken cancellationToken
    );

    /// <returns>By exposure, the outcome.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server is busy or failing.</exception>
    Task<IReadOnlyDictionary<string, PortOutcome>> ApplyAsync(IReadOnlyList<PortObject> objects, CancellationToken cancellationToken);

    /// <summary>Closes the ports that the objects do not hold any more.</summary>
    /// <returns>The first refusal of the API server; null when it accepts all writes.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server is busy or failing.</exception>
    Task<Observation?> CloseAsync(IReadOnlyList<PortObject> objects, CancellationToken cancellationToken);

    /// <inheritdoc cref="FirewallWrites.ApplyAsync"/>
    Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        FirewallSnapshot firewall,
        FirewallPlan plan,
        CancellationToken cancellationToken
    );
}
