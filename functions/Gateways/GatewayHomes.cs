using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The namespaces that may have Gateways of the Gateway API with their parameters, pure. The cluster's status has a mark for each namespace
/// of the spec before its first Gateway is made, and until the last one is seen to be gone. So nothing stays where the namespace was
/// renamed, also where MeshPort may not list objects of all namespaces.
/// </summary>
internal static class GatewayHomes
{
    private const string Prefix = "gateways|";
    private static readonly ObjectKind[] Kinds = [ObjectKind.ListenerGateway, ObjectKind.ConfigMap];

    /// <returns>That of the spec first.</returns>
    public static IReadOnlyList<string> Of(ClusterSpec spec, ResourceStatus status) =>
        [.. Now(spec).Concat(Marked(status)).Distinct(StringComparer.Ordinal)];

    /// <summary>Marks a namespace of the spec before it has the first Gateway.</summary>
    public static ResourceStatus Add(ResourceStatus status, ClusterSpec spec) =>
        spec.GatewayNamespace is { } home ? status.Making(Prefix + home) : status;

    /// <summary>The namespaces, by the name of a Gateway, that still have it although the spec names another.</summary>
    public static ILookup<string, string> Former(ClusterSpec spec, ClusterObjects objects)
    {
        var now = Now(spec).ToHashSet(StringComparer.Ordinal);
        return (spec.Strategy == Strategy.GatewayApi ? objects.OursOf([ObjectKind.ListenerGateway]).Keys : Enumerable.Empty<ObjectRef>())
            .Where(gateway => !now.Contains(gateway.Namespace))
            .ToLookup(gateway => gateway.Name, gateway => gateway.Namespace, StringComparer.Ordinal);
    }

    /// <summary>Takes the marks of namespaces that the spec has left, and in which nothing is.</summary>
    /// <param name="objects">The objects before this pass.</param>
    public static ResourceStatus Remove(ResourceStatus status, ClusterSpec spec, ClusterObjects objects) =>
        objects.HasParameters
            ? Marked(status)
                .Except(Now(spec))
                .Where(home => !objects.Ours.Keys.Any(target => target.Namespace == home && Kinds.Contains(target.Kind)))
                .Aggregate(status, (next, home) => next.Unmaking(Prefix + home))
            : status;

    private static IEnumerable<string> Now(ClusterSpec spec) =>
        Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Home(spec, gateway)).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Marked(ResourceStatus status) =>
        status.Made.Where(mark => mark.StartsWith(Prefix, StringComparison.Ordinal)).Select(mark => mark[Prefix.Length..]);
}
