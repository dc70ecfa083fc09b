using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The Services that hold the ports of exposures, and why the cluster cannot make their load balancers. MeshPort reads the events only of
/// those Services for which an exposure waits:
/// <code>
/// Service        an exposure that is not Ready   events
/// no address     any                             read
/// has an address has a port of the Service       read
/// has an address any other                       not read
/// </code>
/// </summary>
internal static class PortServices
{
    private const int Concurrency = 8;

    /// <returns>By Service, the message of the last failed attempt.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyDictionary<ObjectRef, string>> ReadFailuresAsync(
        KubernetesApi api,
        ClusterSpec spec,
        IReadOnlyList<NamedExposure> wanted,
        ClusterObjects objects,
        CancellationToken cancellationToken
    )
    {
        var failures = new ConcurrentDictionary<ObjectRef, string>();
        await Parallel.ForEachAsync(
            Waiting(spec, wanted, objects),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (target, token) =>
            {
                var events = await api.ListEventsAsync(target.Namespace, objects.Services[target].Uid(), token);
                if (LoadBalancerFailure.Of(events) is { } failure)
                {
                    failures[target] = failure;
                }
            }
        );
        return failures;
    }

    /// <summary>The Services whose events MeshPort reads.</summary>
    public static IReadOnlyList<ObjectRef> Waiting(ClusterSpec spec, IReadOnlyList<NamedExposure> wanted, ClusterObjects objects)
    {
        var ports = wanted
            .Where(exposure => !exposure.WasTrue(ConditionTypes.Ready))
            .SelectMany(exposure => exposure.Spec.AllPorts)
            .ToHashSet();
        return ports.Count == 0
            ? []
            :
            [
                .. objects
                    .Services.Where(service =>
                        service.Value["spec"]?["type"]?.GetValue<string>() == "LoadBalancer"
                        && Holds(spec, service.Key, service.Value)
                        && (LoadBalancer.Address(service.Value) is null || service.Value.ServicePorts().Any(port => HasOne(port, ports)))
                    )
                    .Select(service => service.Key),
            ];
    }

    /// <summary>The Service that Istio makes for a Gateway of the Gateway API.</summary>
    public static ObjectRef? OfGateway(ClusterObjects objects, ObjectRef gateway) =>
        objects
            .Services.Where(service =>
                service.Key.Namespace == gateway.Namespace && service.Value.Label(GatewayPods.GatewayName) == gateway.Name
            )
            .Select(service => service.Key)
            .OrderByDescending(service => service.Name == GatewayPods.ServiceName(gateway.Name)) // somebody else's may have the label
            .ThenBy(service => service.Name, StringComparer.Ordinal)
            .FirstOrDefault();

    private static bool Holds(ClusterSpec spec, ObjectRef target, JsonObject service) =>
        DesiredObjects.IsOurs(service)
        || service.Label(GatewayPods.GatewayName) is not null
        || Enum.GetValues<GatewayKind>()
            .Select(gateway => AddOn.Gateway(spec, gateway))
            .Any(gateway => gateway.Namespace == target.Namespace && gateway.Service == target.Name);

    private static bool HasOne(JsonObject port, HashSet<int> ports) => ports.Contains(port.PortNumber());
}
