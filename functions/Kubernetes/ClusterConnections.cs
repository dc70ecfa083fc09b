using System.Collections.Concurrent;
using Azure.Core;
using Azure.ResourceManager;
using k8s;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.Telemetry;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Kubernetes;

/// <summary>
/// Connections to the API servers of clusters. A kubeconfig comes from ARM, or from a file of the host if the spec names one. MeshPort
/// keeps it in memory only (<see cref="KubeconfigLifetime"/>), and reads it again earlier when the API server refuses it. A cluster without
/// local accounts has no credential in its kubeconfig; MeshPort uses its own Entra token there.
/// </summary>
internal sealed class ClusterConnections(ArmClient arm, TokenCredential credential, IConfiguration configuration, TimeProvider time)
    : IDisposable
{
    /// <summary>The section of the settings that names the files.</summary>
    public const string Kubeconfigs = "MeshPort:Kubeconfigs";

    /// <summary>The AKS Entra server application, the audience of every API server with Entra integration.</summary>
    private const string ServerApplicationScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
    private readonly ConcurrentDictionary<string, OpenConnection> _connections = new(StringComparer.Ordinal);

    /// <summary>The addresses from which the connections come.</summary>
    public EgressAddresses Egress { get; } = EgressAddresses.From(configuration);

    /// <exception cref="Azure.RequestFailedException">ARM did not give a kubeconfig.</exception>
    /// <exception cref="KubeconfigMissingException">The host has no kubeconfig of that name.</exception>
    public async Task<KubernetesApi> ConnectAsync(ClusterId cluster, Connection connection, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(cluster.Key, out var known) && known.Expires > time.GetUtcNow() && known.To == connection)
        {
            return known.Api;
        }

        // An unchanged kubeconfig keeps its client and the open connections.
        var text = connection.IsAks
            ? await ManagedClusterResource.Of(arm, cluster).GetClusterUserCredentialsAsync(cancellationToken)
            : null;
        var (api, hasCredential) =
            text is not null && text == known?.Kubeconfig ? (known.Api, known.HasCredential) : Open(connection, text);
        var now = time.GetUtcNow();
        var expires = now + KubeconfigLifetime.Of(hasCredential, Random.Shared.NextDouble());
        _connections[cluster.Key] = new OpenConnection(api, connection, text, hasCredential, now, expires);
        return api;
    }

    /// <summary>Drops a refused connection. The client is not disposed, since another activity may be using it.</summary>
    public void Forget(ClusterId cluster) => _connections.TryRemove(cluster.Key, out _);

    /// <summary>
    /// Drops a connection that got no answer, if its kubeconfig is not fresh: the API server may have another address. A server that is
    /// away does not cost a request for each look.
    /// </summary>
    public void Doubt(ClusterId cluster)
    {
        if (_connections.TryGetValue(cluster.Key, out var known) && time.GetUtcNow() - known.Read >= KubeconfigLifetime.Shortest)
        {
            Forget(cluster);
        }
    }

    /// <returns>Null when Azure does not tell.</returns>
    public async Task<ClusterLook?> FindClusterAsync(ClusterId cluster, CancellationToken cancellationToken)
    {
        ClusterLook? unknown = null;
        return await ArmErrors.ClassifyErrorsAsync<ClusterLook?>(
            async () => new ClusterLook(await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken)),
            _ => unknown,
            cancellationToken
        );
    }

    public void Dispose()
    {
        foreach (var open in _connections.Values)
        {
            open.Api.Dispose();
        }
    }

    /// <param name="kubeconfig">From ARM; null when the host has it in a file.</param>
    private (KubernetesApi Api, bool HasCredential) Open(Connection connection, string? kubeconfig)
    {
        var configuration = kubeconfig is null
            ? FromFile(connection)
            : KubeconfigText.Read(kubeconfig, () => new EntraTokens(credential, ServerApplicationScope));
        var hasCredential = kubeconfig is null || configuration.TokenProvider is null;
        return (new KubernetesApi(new k8s.Kubernetes(configuration, new KubernetesWrites()), connection, time), hasCredential);
    }

    private KubernetesClientConfiguration FromFile(Connection connection)
    {
        var name = connection.Kubeconfig ?? "";
        if (configuration[$"{Kubeconfigs}:{name}"] is not { Length: > 0 } path || !File.Exists(path))
        {
            throw new KubeconfigMissingException(name);
        }

        try
        {
            return KubeconfigText.ReadFile(path);
        }
        catch (InvalidKubeconfigException exception)
        {
            throw new KubeconfigMissingException(name, exception);
        }
    }

    /// <param name="Kubeconfig">The kubeconfig from ARM; null when it came from a file.</param>
    /// <param name="HasCredential">Whether the kubeconfig alone opens the API server.</param>
    private sealed record OpenConnection(
        KubernetesApi Api,
        Connection To,
        string? Kubeconfig,
        bool HasCredential,
        DateTimeOffset Read,
        DateTimeOffset Expires
    );
}

/// <summary>
/// The settings of the host have no kubeconfig of this name, its file is missing, or it is no kubeconfig. The message does not disclose
/// path and content.
/// </summary>
internal sealed class KubeconfigMissingException(string name, Exception? inner = null)
    : Exception(
        inner is null
            ? $"The host has no kubeconfig '{name}'. Set {ClusterConnections.Kubeconfigs}:{name} to a file that it can read."
            : $"The file of kubeconfig '{name}' cannot be used. {inner.Message} Set {ClusterConnections.Kubeconfigs}:{name} to a file that "
                + "MeshPort can read.",
        inner
    );
