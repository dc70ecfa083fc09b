using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Where Gateways of the Gateway API are and were, pure. A cluster that leaves strategy gatewayApi still has those of
/// <see cref="GatewayNamespaces"/> for a while, also where MeshPort may not list objects of all namespaces.
/// </summary>
internal static class GatewayHomes
{
    private static readonly ObjectKind[] Kinds = [ObjectKind.ListenerGateway, ObjectKind.ConfigMap];

    /// <returns>The namespaces to read, that of the spec first.</returns>
    public static IReadOnlyList<string> Of(ClusterSpec spec, ResourceStatus status) =>
        [.. GatewayNamespaces.Of(spec).Concat(GatewayNamespaces.Marked(status)).Distinct(StringComparer.Ordinal)];

    /// <summary>The other namespaces than those of the spec that still have Gateways.</summary>
    public static IReadOnlyList<string> Former(ClusterSpec spec, ClusterObjects objects) =>
        [
            .. objects
                .OursOf([ObjectKind.ListenerGateway])
                .Keys.Select(gateway => gateway.Namespace)
                .Except(GatewayNamespaces.Of(spec), StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Takes the marks of namespaces that the spec does not need, and in which nothing is.</summary>
    /// <param name="objects">The objects before this pass.</param>
    public static ResourceStatus Remove(ResourceStatus status, ClusterSpec spec, ClusterObjects objects) =>
        objects.HasParameters
            ? GatewayNamespaces
                .Marked(status)
                .Except(spec.Strategy == Strategy.GatewayApi ? GatewayNamespaces.Of(spec) : [])
                .Except(objects.Unlisted)
                .Where(home => !objects.Ours.Keys.Any(target => target.Namespace == home && Kinds.Contains(target.Kind)))
                .Aggregate(status, GatewayNamespaces.Unmark)
            : status;

    /// <summary>Why nothing is known of what a previous strategy gatewayApi has left; null when all is known.</summary>
    public static Observation? FindUnlisted(ClusterObjects objects) =>
        objects.Unlisted.Count == 0
            ? objects.HasParameters
                ? null
                : Observation.Unknown(
                    Reasons.AccessDenied,
                    "MeshPort may not list the ConfigMaps beside the Gateways of strategy gatewayApi. Give its identity the role "
                        + "meshport-parameters of samples/rbac there until they are gone."
                )
            : Observation.Unknown(
                Reasons.AccessDenied,
                $"MeshPort may not list the objects of namespace {objects.Unlisted[0]}, where Gateways of strategy gatewayApi may be left. "
                    + "Bind the roles of the gateways' namespace there (docs/security.md) until they are gone. If the namespace is gone, "
                    + "make it again for that time."
            );
}
