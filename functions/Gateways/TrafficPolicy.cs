using System.Text.Json.Nodes;
using MeshPort.Kubernetes;

namespace MeshPort.Gateways;

/// <summary>
/// The external traffic policy of a Service. With <c>Local</c>, a node gives connections only to its own pods and keeps the client's
/// address, and the load balancer asks kube-proxy at <c>healthCheckNodePort</c> which nodes have a pod (Kubernetes, "Source IP for
/// Services with Type=LoadBalancer"). With the default <c>Cluster</c>, pods see the address of a node. The mesh add-on leaves the field of
/// its own Services to others (AKS release 2025-03-16).
/// </summary>
internal static class TrafficPolicy
{
    public const string Field = "externalTrafficPolicy";
    public const string Local = "Local";
    public const string Default = "Cluster";

    public static bool IsLocal(JsonObject service) => service["spec"]?[Field]?.ToString() == Local;

    /// <summary>Whether MeshPort has applied the field.</summary>
    public static bool IsOurs(JsonObject service) => service.ManagedFields().Any(entry => ObjectMetadata.IsApplied(entry) && Has(entry));

    /// <summary>Whether other field managers have set the field.</summary>
    public static bool IsOfOthers(JsonObject service) =>
        service.ManagedFields().Any(entry => !ObjectMetadata.IsApplied(entry) && Has(entry));

    /// <summary>For people, the nodes that take connections; empty where MeshPort does not know them.</summary>
    public static string TellNodes(int? nodes) =>
        nodes switch
        {
            null => "",
            1 => " Only the one node with a ready pod of the gateway takes connections.",
            _ => $" Only the {nodes} nodes with a ready pod of the gateway take connections.",
        };

    private static bool Has(JsonObject entry) => entry["fieldsV1"]?["f:spec"]?[$"f:{Field}"] is not null;
}
