using System.Globalization;
using MeshPort.Host.Api;
using MeshPort.Host.Contexts;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>One run of a command: its output, its server, and the names that a person gives.</summary>
internal sealed class Session(Screen screen, string? contextName) : IDisposable
{
    private MeshPortApi? _api;
    private Server? _server;

    public Screen Screen => screen;

    /// <summary>The client of the selected server.</summary>
    /// <exception cref="UnreachableException">There is no server.</exception>
    public async Task<MeshPortApi> ConnectAsync(CancellationToken cancellationToken)
    {
        _server ??= await Server.SelectAsync(contextName, cancellationToken);
        return _api ??= new MeshPortApi(_server.Connection, screen.Trace);
    }

    public async Task<Server> ServerAsync(CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken);
        return _server!; // set by ConnectAsync
    }

    /// <param name="all">With -A: everything that the caller may see.</param>
    public async Task<Scope> ScopeAsync(bool all, CancellationToken cancellationToken) =>
        all ? Scope.All : (await ServerAsync(cancellationToken)).Defaults;

    /// <summary>Finds a cluster by [SUBSCRIPTION/][GROUP/]NAME or its path. Without a name, it must be the only one.</summary>
    /// <exception cref="UsageException">No cluster has the name, or several have it.</exception>
    public async Task<ClusterId> FindClusterAsync(string? name, CancellationToken cancellationToken)
    {
        var api = await ConnectAsync(cancellationToken);
        var defaults = (await ServerAsync(cancellationToken)).Defaults;
        var (subscription, group, cluster) = Parts(name, defaults);
        if (subscription is not null && group is not null && cluster is not null)
        {
            return Valid(new ClusterId(subscription, group, cluster));
        }

        var known = await api.ListClustersAsync(defaults, cancellationToken);
        var found = known
            .Select(resource => resource.Cluster)
            .Where(id => Matches(id.Name, cluster) && Matches(id.ResourceGroup, group))
            .ToList();
        return found switch
        {
            [var one] => one,
            [] when name is null => throw new UsageException("There is no cluster. Create one with 'meshport apply -f FILE'."),
            [] => throw new UsageException($"There is no cluster '{name}'. 'meshport get clusters -A' lists all."),
            _ when name is null => throw new UsageException($"Name one of the clusters: {Text(found)}."),
            _ => throw new UsageException($"Several clusters are named '{name}': {Text(found)}. Write one of these."),
        };
    }

    /// <summary>As <see cref="FindClusterAsync"/>, but also asks the server for a cluster that is named in full.</summary>
    /// <exception cref="UsageException">No cluster has the name, or several have it.</exception>
    public async Task<ClusterId> FindExistingClusterAsync(string name, CancellationToken cancellationToken)
    {
        var id = await FindClusterAsync(name, cancellationToken);
        return await (await ConnectAsync(cancellationToken)).FindAsync(id.Path, cancellationToken) is { Cluster: var found }
            ? found
            : throw new UsageException($"There is no cluster '{name}'. 'meshport get clusters -A' lists all.");
    }

    /// <summary>Finds an exposure by its name, or by its path.</summary>
    /// <param name="cluster">Null searches all clusters of the scope.</param>
    /// <exception cref="UsageException">No exposure has the name, or several have it.</exception>
    public async Task<ResourceView> FindExposureAsync(string name, string? cluster, CancellationToken cancellationToken)
    {
        var api = await ConnectAsync(cancellationToken);
        if (ResourcePath.IsPath(name))
        {
            var path = ResourcePath.Of(name);
            return path is { Exposure: { } exposure } && SpecRules.ExposureName(exposure) is null
                ? await api.GetAsync(ResourcePath.Exposure(Valid(path.Value.Cluster), exposure), cancellationToken)
                : throw new UsageException($"'{name}' is not the path of an exposure. 'meshport get exposures -A -o name' lists them.");
        }

        // The name becomes a part of a path, where '..' would name the cluster.
        if (SpecRules.ExposureName(name) is { } wrong)
        {
            throw new UsageException($"{wrong} 'meshport get exposures -A' lists all.");
        }

        if (cluster is not null)
        {
            var id = await FindClusterAsync(cluster, cancellationToken);
            return await api.GetAsync(ResourcePath.Exposure(id, name), cancellationToken);
        }

        var scope = await ScopeAsync(false, cancellationToken);
        var found = (await api.ListExposuresAsync(scope, ExposureFilter.None, cancellationToken))
            .Where(exposure => exposure.Metadata.Name == name)
            .ToList();
        return found switch
        {
            [var one] => await api.GetAsync(one.Metadata.Id, cancellationToken),
            [] => throw new UsageException($"There is no exposure '{name}'. 'meshport get exposures -A' lists all."),
            _ => throw new UsageException(
                $"Several clusters have an exposure '{name}': {Text(found.Select(one => one.Cluster))}. Add --cluster with one of these."
            ),
        };
    }

    /// <summary>The port that an argument names; null when it names an exposure, which begins with a letter.</summary>
    public static int? Port(string portOrName) =>
        int.TryParse(portOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    /// <summary>Finds an exposure by one of its ports, or by its name or path.</summary>
    /// <exception cref="UsageException">No exposure has the port or the name, or several have it.</exception>
    public async Task<ResourceView> FindByPortAsync(string portOrName, string? cluster, CancellationToken cancellationToken)
    {
        if (Port(portOrName) is not { } port)
        {
            return await FindExposureAsync(portOrName, cluster, cancellationToken);
        }

        var api = await ConnectAsync(cancellationToken);
        var id = cluster is null ? default : await FindClusterAsync(cluster, cancellationToken);
        var scope = cluster is null ? await ScopeAsync(false, cancellationToken) : new Scope(id.SubscriptionId, id.ResourceGroup);
        return (await api.ListExposuresAsync(scope, new ExposureFilter(Port: port, Cluster: id.Name), cancellationToken)) switch
        {
            [var one] => one,
            [] => throw new UsageException($"No exposure has port {port}. 'meshport get exposures -A' lists all."),
            var several => throw new UsageException(
                $"{several.Count} exposures have port {port}: {string.Join(", ", several.Select(one => one.Metadata.Id))}. Name one."
            ),
        };
    }

    public void Dispose() => _api?.Dispose();

    /// <exception cref="UsageException">A part of the id is not a valid name.</exception>
    private static ClusterId Valid(ClusterId id) =>
        ClusterId.TryCreate(id.SubscriptionId, id.ResourceGroup, id.Name, out var valid, out var errors)
            ? valid
            : throw new UsageException(string.Join(' ', errors.Select(error => error.Detail)));

    private static (string? Subscription, string? Group, string? Cluster) Parts(string? name, Scope defaults) =>
        name?.Trim('/').Split('/') switch
        {
            null => (null, null, null),
            ["api", ..] or ["subscriptions", ..] => ResourcePath.Of(name) is (var id, null)
                ? (id.SubscriptionId, id.ResourceGroup, id.Name)
                : throw new UsageException($"'{name}' is not the path of a cluster. 'meshport get clusters -A -o name' lists them."),
            [var subscription, var group, var cluster] => (subscription, group, cluster),
            [var group, var cluster] => (defaults.Subscription, group, cluster),
            [var cluster] => (defaults.Subscription, defaults.ResourceGroup, cluster),
            _ => throw new UsageException($"'{name}' is not the name of a cluster. Write NAME, GROUP/NAME or SUBSCRIPTION/GROUP/NAME."),
        };

    private static bool Matches(string value, string? wanted) =>
        wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    private static string Text(IEnumerable<ClusterId> clusters) =>
        string.Join(", ", clusters.Select(id => $"{id.SubscriptionId}/{id.ResourceGroup}/{id.Name}"));
}
