namespace MeshPort.Model;

/// <summary>
/// The namespaces that may have Gateways of the Gateway API with their parameters, pure. The cluster's status has a mark for each of them
/// before its first Gateway is made, and until the last one is seen to be gone.
/// </summary>
internal static class GatewayNamespaces
{
    /// <summary>The namespace of the gateways of the AKS Istio add-on (AKS documentation, "Deploy ingress gateways").</summary>
    public const string OfAddOn = "aks-istio-ingress";

    private const string Prefix = "gateways|";

    /// <summary>Those of the spec: its own, or else those of the Services of gateways.</summary>
    public static IReadOnlyList<string> Of(ClusterSpec spec) => [.. ByGateway(spec).Distinct(StringComparer.Ordinal)];

    /// <summary>Those with a mark.</summary>
    public static IReadOnlyList<string> Marked(ResourceStatus status) =>
        [.. status.Made.Where(mark => mark.StartsWith(Prefix, StringComparison.Ordinal)).Select(mark => mark[Prefix.Length..])];

    public static ResourceStatus Mark(ResourceStatus status, ClusterSpec spec) =>
        spec.Strategy == Strategy.GatewayApi ? Of(spec).Aggregate(status, (next, home) => next.Making(Prefix + home)) : status;

    public static ResourceStatus Unmark(ResourceStatus status, string home) => status.Unmaking(Prefix + home);

    /// <summary>
    /// Why a cluster with exposures cannot change to the namespaces of another spec: MeshPort does not move Gateways from one namespace to
    /// another, and would forget those that a previous strategy has left. Null when it can.
    /// </summary>
    public static GatewayNamespaceRefusal? FindRefusal(ClusterSpec before, ClusterSpec after, ResourceStatus status)
    {
        if (after.Strategy != Strategy.GatewayApi)
        {
            return null;
        }

        var byServices = before.GatewayNamespace == after.GatewayNamespace;
        if (before.Strategy == Strategy.GatewayApi)
        {
            return ByGateway(before).SequenceEqual(ByGateway(after))
                ? null
                : new GatewayNamespaceRefusal(
                    $"The exposures have Gateways in namespace {Tell(Of(before))}, and MeshPort does not move these to another namespace. "
                        + $"{(byServices ? "Keep the namespaces of gatewayServices" : Keep(before.GatewayNamespace))}, or remove the "
                        + "exposures first, or make a new cluster."
                        + (
                            after.IsAutomatic
                                ? ""
                                : " Or change to another strategy, and to the new namespace when the old Gateways are gone."
                        ),
                    byServices
                );
        }

        var left = StrategyMarks.IsInUse(status, Strategy.GatewayApi) ? Marked(status).Except(Of(after)).ToList() : [];
        return left.Count == 0
            ? null
            : new GatewayNamespaceRefusal(
                $"Gateways that strategy gatewayApi had in namespace {Tell(left)} are not gone yet. Wait until they are gone, or put the "
                    + "cluster with the namespace that it had.",
                byServices && !Of(before).SequenceEqual(Of(after))
            );
    }

    /// <summary>The namespace of the Gateways of each gateway.</summary>
    private static IEnumerable<string> ByGateway(ClusterSpec spec) =>
        Enum.GetValues<GatewayKind>().Select(gateway => spec.GatewayNamespace ?? spec.GatewayServices.Find(gateway)?.Namespace ?? OfAddOn);

    private static string Keep(string? home) => home is null ? "Remove gatewayNamespace" : $"Write gatewayNamespace: {home}";

    private static string Tell(IReadOnlyList<string> homes) => string.Join(" and ", homes);
}

/// <param name="IsOfServices">Whether <c>gatewayServices</c> changes the namespace, and not <c>gatewayNamespace</c>.</param>
internal sealed record GatewayNamespaceRefusal(string Detail, bool IsOfServices);
