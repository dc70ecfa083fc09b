using System.Collections.Concurrent;
using Azure.Core;
using Azure.ResourceManager;
using k8s;
using k8s.KubeConfigModels;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.Telemetry;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Kubernetes;

/// <summary>
/// Connections to clusters' API servers. A kubeconfig comes from ARM, or from a file of the host where the spec names one, is held in memory only and is asked for again after ten minutes or when the API
/// server refuses it. On clusters without local accounts the kubeconfig has no credential, and MeshPort's own Entra token is used.
/// </summary>
internal sealed class ClusterConnections(ArmClient arm, TokenCredential credential, IConfiguration configuration, TimeProvider time)
    : IDisposable
{
    /// <summary>Below it, a file by name.</summary>
    public const string Kubeconfigs = "MeshPort:Kubeconfigs";

    /// <summary>The AKS Entra server application, the audience of every API server with Entra integration.</summary>
    private const string ServerApplicationScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, OpenConnection> _connections = new(StringComparer.Ordinal);

    /// <exception cref="Azure.RequestFailedException">ARM did not give a kubeconfig.</exception>
    /// <exception cref="KubeconfigMissingException">The host has none of the name.</exception>
    public async Task<KubernetesApi> ConnectAsync(ClusterId cluster, Connection connection, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(cluster.Key, out var known) && known.Expires > time.GetUtcNow() && known.To == connection)
        {
            return known.Api;
        }

        // A kubeconfig that is the same again needs no new client, whose connections would all have to be made anew.
        var text = connection.IsAks
            ? await ManagedClusterResource.Of(arm, cluster).GetClusterUserCredentialsAsync(cancellationToken)
            : null;
        var api =
            text is not null && text == known?.Kubeconfig
                ? known.Api
                : new KubernetesApi(new k8s.Kubernetes(text is null ? FromFile(connection) : Configure(text), new KubernetesWrites()));
        var fresh = new OpenConnection(api, connection, text, time.GetUtcNow() + Lifetime);
        _connections[cluster.Key] = fresh;
        return fresh.Api;
    }

    /// <summary>Drops a connection that was refused. The client is left to the collector, since another activity may be using it.</summary>
    public void Forget(ClusterId cluster) => _connections.TryRemove(cluster.Key, out _);

    public void Dispose()
    {
        foreach (var open in _connections.Values)
        {
            open.Api.Dispose();
        }
    }

    private KubernetesClientConfiguration FromFile(Connection connection)
    {
        var name = connection.Kubeconfig ?? "";
        return configuration[$"{Kubeconfigs}:{name}"] is { Length: > 0 } path && File.Exists(path)
            ? KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(path))
            : throw new KubeconfigMissingException(name);
    }

    private KubernetesClientConfiguration Configure(string kubeconfig)
    {
        var parsed = KubernetesYaml.Deserialize<K8SConfiguration>(kubeconfig);
        var needsToken = parsed.Users.Any(user =>
            user.UserCredentials?.ExternalExecution is not null || user.UserCredentials?.AuthProvider is not null
        );
        if (needsToken)
        {
            // Never run the plug-in that a kubeconfig names.
            parsed.Users = [];
            foreach (var context in parsed.Contexts)
            {
                context.ContextDetails.User = null;
            }
        }

        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(parsed);
        if (needsToken)
        {
            configuration.TokenProvider = new EntraTokens(credential, ServerApplicationScope);
        }

        return configuration;
    }

    /// <param name="Kubeconfig">That the client was made of; null when it came from a file.</param>
    private sealed record OpenConnection(KubernetesApi Api, Connection To, string? Kubeconfig, DateTimeOffset Expires);
}

/// <summary>The host's configuration has no kubeconfig of the name that a cluster's spec has, or the file is not there. Its path is nobody's business but the host's.</summary>
internal sealed class KubeconfigMissingException(string name)
    : Exception($"The host has no kubeconfig '{name}': set {ClusterConnections.Kubeconfigs}:{name} to a file that it can read.");
