using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The groups of exposures that cannot have the internal address of the spec, pure. The annotation
/// <see cref="LoadBalancer.DenyOthers"/> of a group with sources adds a rule to the nodes' security group that denies every port of the
/// address. An internal Service without sources has no rule that allows its clients (cloud-provider-azure, accesscontrol.go). At an
/// external address, the rule that allows the Internet comes first.
/// <code>
/// groups without sources   groups with sources     cannot have it
/// -----------------------+-----------------------+------------------------
/// any                    | none                  | -
/// none                   | any                   | -
/// have the address       | do not have it        | those with sources
/// any other              | any                   | those without sources
/// </code>
/// </summary>
internal static class InternalSharing
{
    /// <param name="groups">The groups with active exposures or a Service.</param>
    /// <param name="service">The Service of a group; null when it does not exist.</param>
    public static IReadOnlySet<PortGroup> Refused(PortWork work, IEnumerable<PortGroup> groups, Func<PortGroup, JsonObject?> service)
    {
        var inner = groups.Where(group => group.Gateway == GatewayKind.Internal).ToLookup(IsNarrow);
        return !work.IsAtOneAddress(GatewayKind.Internal) || !inner[true].Any() || !inner[false].Any()
            ? new HashSet<PortGroup>()
            : inner[inner[false].Any(HasAddress) && !inner[true].Any(HasAddress)].ToHashSet();

        bool HasAddress(PortGroup group) =>
            service(group) is { } found && AddressAnnotations.Observed(found).ContainsKey(AddressAnnotations.Ipv4);
    }

    public static PortOutcome NoAddress(PortGroup group, NamedExposure exposure) =>
        PortOutcome.Refused(
            Reasons.AddressConflict,
            IsNarrow(group)
                ? "Exposures without allowedSources have the internal address of the spec, and the allowedSources of exposure "
                    + $"{exposure.Name} would make Azure drop their clients. Remove them, or give allowedSources to all exposures of the "
                    + "gateway."
                : "Exposures with allowedSources have the internal address of the spec, and Azure drops all other clients of that address. "
                    + $"Give exposure {exposure.Name} allowedSources too, or remove them from the other exposures of the gateway."
        );

    private static bool IsNarrow(PortGroup group) => group.Sources.Length > 0;
}
