using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The exposures that can share an address of the load balancer. Azure restricts sources by Service, not by port, so exposures with other
/// sources need another Service. So do those whose clients' addresses are preserved: the traffic policy applies to a Service, too.
/// </summary>
internal sealed record PortGroup(GatewayKind Gateway, string Sources, ClientAddress? ClientAddress = null)
{
    public static PortGroup Of(ExposureSpec spec) => new(spec.Gateway, string.Join(' ', spec.AllowedSources), spec.ClientAddress);

    public IReadOnlyList<string> AllowedSources => Sources.Length == 0 ? [] : Sources.Split(' ');

    /// <summary>The same members give the same name, and so the same address.</summary>
    public string Name => $"meshport-{(Gateway == GatewayKind.External ? "external" : "internal")}{Suffix}";

    /// <summary>Whether an object with this name may be that of a group.</summary>
    public static bool IsName(string name) =>
        name.StartsWith("meshport-external", StringComparison.Ordinal) || name.StartsWith("meshport-internal", StringComparison.Ordinal);

    private string Suffix => (ClientAddress is null ? "" : "-preserve") + (Sources.Length == 0 ? "" : $"-{ShortHash.Of(Sources, 8)}");

    /// <summary>The annotations for Azure's load balancer (cloud-provider-azure, loadbalancer.md).</summary>
    /// <param name="chosen">The address of the spec; null when AKS chooses it.</param>
    public IReadOnlyDictionary<string, string> Annotations(IEnumerable<NamedExposure> exposures, ChosenAddress? chosen)
    {
        var annotations = new Dictionary<string, string>(AddressAnnotations.Of(chosen), StringComparer.Ordinal);
        if (Gateway == GatewayKind.Internal)
        {
            annotations[LoadBalancer.Internal] = "true";
            if (Sources.Length > 0)
            {
                annotations[LoadBalancer.DenyOthers] = "true"; // Azure's rule 65000 lets the whole virtual network in
            }
        }

        if (LoadBalancer.IdleMinutes(exposures) is { } minutes)
        {
            annotations[LoadBalancer.IdleTimeout] = minutes;
        }

        return annotations;
    }
}
