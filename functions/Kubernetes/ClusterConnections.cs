using System.Collections.Concurrent;
using Azure.Core;
using Azure.ResourceManager;
using k8s;
using k8s.KubeConfigModels;
using MeshPort.Arm;
using MeshPort.Clusters;

namespace MeshPort.Kubernetes;

/// <summary>
/// Connections to clusters' API servers. A kubeconfig comes from ARM, is held in memory only and is asked for again after ten minutes or when the API
/// server refuses it. On clusters without local accounts the kubeconfig has no credential, and MeshPort's own Entra token is used.
/// </summary>
internal sealed class ClusterConnections(ArmClient arm, TokenCredential credential, TimeProvider time) : IDisposable
{
    /// <summary>The AKS Entra server application, the audience of every API server with Entra integration.</summary>
    private const string ServerApplicationScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, Connection> _connections = new(StringComparer.Ordinal);

    /// <exception cref="Azure.RequestFailedException">ARM did not give a kubeconfig.</exception>
    public async Task<KubernetesApi> ConnectAsync(ClusterId cluster, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(cluster.Key, out var known) && known.Expires > time.GetUtcNow())
        {
            return known.Api;
        }

        var kubeconfig = await ManagedClusterResource.Of(arm, cluster).GetClusterUserCredentialsAsync(cancellationToken);
        var fresh = new Connection(new KubernetesApi(new k8s.Kubernetes(Configure(kubeconfig))), time.GetUtcNow() + Lifetime);
        _connections[cluster.Key] = fresh;
        return fresh.Api;
    }

    /// <summary>Drops a connection that was refused. The client is left to the collector, since another activity may be using it.</summary>
    public void Forget(ClusterId cluster) => _connections.TryRemove(cluster.Key, out _);

    public void Dispose()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Api.Dispose();
        }
    }

    private KubernetesClientConfiguration Configure(string kubeconfig)
    {
        var parsed = KubernetesYaml.Deserialize<K8SConfiguration>(kubeconfig);
        var needsToken = parsed.Users.Any(user => user.UserCredentials?.ExternalExecution is not null || user.UserCredentials?.AuthProvider is not null);
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

    private sealed record Connection(KubernetesApi Api, DateTimeOffset Expires);
}
