using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// The rules of load balancers that a node has: one for each port and address of every Service of the cluster, public and internal. Azure
/// limits them by network interface (domain facts, section 6). The cloud provider's own limit of 250 does not apply to the standard load
/// balancer, which all nodes share (azure_loadbalancer.go, getServiceLoadBalancer).
/// </summary>
internal static class RulesOfNode
{
    /// <summary>The error says 299, the documentation 300 (MicrosoftDocs/azure-docs#47423).</summary>
    public const int Most = 299;

    /// <summary>Why Azure refuses the ports of a Service. Null when it accepts them.</summary>
    /// <param name="notes">The ports that the load balancer has of the other Services.</param>
    /// <param name="most">The limit of the sandbox.</param>
    public static string? Problem(JsonObject notes, JsonObject service, IEnumerable<JsonObject> others, int most) =>
        Rules(service, LoadBalancerNotes.PortsOf(service)) + others.Sum(other => Rules(other, LoadBalancerNotes.Of(notes, other))) > most
            ? $"IpConfiguration ipConfig1 cannot have more than {most} NAT or load balancing rules combined."
            : null;

    private static int Rules(JsonObject service, IEnumerable<string>? ports) =>
        (ports ?? []).Count(port => !HealthProbes.HasNoRule(service, port.Split(' ')[^1])) * (Ipv6Addresses.IsDualStack(service) ? 2 : 1);
}
