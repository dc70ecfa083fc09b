using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Services can share an address, but not a port of it. The rules of the load balancer decide, not the specs of the Services: a port that
/// moves from one Service to another is free once the first one is synchronized (cloud-provider-azure, azure_loadbalancer.go,
/// checkLoadBalancerResourcesConflicts).
/// </summary>
internal static class PortConflicts
{
    /// <param name="notes">The ports that the load balancer has of the other Services.</param>
    /// <returns>Null without a conflict.</returns>
    public static string? Find(JsonObject notes, JsonObject service, IEnumerable<JsonObject> others, string address)
    {
        var wanted = LoadBalancerNotes.PortsOf(service).ToHashSet(StringComparer.Ordinal);
        return others
            .Where(other =>
                Ipv6Addresses.All(other).Contains(address) && FrontendRules.IsInternal(other) == FrontendRules.IsInternal(service)
            )
            .Select(other =>
                (LoadBalancerNotes.Of(notes, other) ?? LoadBalancerNotes.PortsOf(other)).FirstOrDefault(wanted.Contains) is { } port
                    ? $"checkLoadBalancerResourcesConflicts: service port {service.Namespace()}/{service.Name()} {port} is trying to "
                        + "consume the port which is being referenced by an existing loadBalancing rule of "
                        + $"{other.Namespace()}/{other.Name()} with the same frontend IP {address}"
                    : null
            )
            .FirstOrDefault(conflict => conflict is not null);
    }
}
