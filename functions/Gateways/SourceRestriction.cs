using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Whether the clients of one port of a shared Service can be restricted, pure. Azure's and Kubernetes' source ranges apply to a whole
/// Service. For one port, the security group of the nodes' subnet works, or an AuthorizationPolicy at the gateway. The policy works only
/// while the Service keeps the clients' addresses (externalTrafficPolicy Local).
/// <code>
/// allowedSources | security group in the spec           | gateway's Service            | result
/// ---------------+--------------------------------------+------------------------------+------------------------------
/// none           | -                                    | -                            | not refused
/// some           | yes                                  | -                            | not refused
/// some           | yes, and another exposure shares the | -                            | False, SourcesNotRestrictable
///                | port with other allowedSources       |                              |
/// some           | no                                   | keeps the clients' addresses | not refused
/// some, and      | no                                   | any                          | not refused
/// clientAddress  |                                      |                              |
/// some           | no                                   | does not keep them           | False, SourcesNotRestrictable
/// some           | no                                   | missing                      | not refused; its port is not opened
/// </code>
/// </summary>
internal static class SourceRestriction
{
    /// <summary>Whether the spec names the security group of the nodes' subnet.</summary>
    public static bool HasNetworkSecurityGroup(ClusterSpec spec) => spec.Network?.NetworkSecurityGroup is not null;

    /// <param name="service">The gateway's Service; null where it is missing.</param>
    /// <returns>The reason why the sources cannot be restricted; null when they can.</returns>
    public static Observation? Refusal(NamedExposure exposure, IReadOnlyList<NamedExposure> all, JsonObject? service, ClusterSpec spec)
    {
        if (!HasNetworkSecurityGroup(spec))
        {
            // With clientAddress, the write that opens the port also sets the policy.
            return service is null || TrafficPolicy.IsLocal(service) || exposure.Spec.ClientAddress is not null
                ? null
                : Observation.False(
                    Reasons.SourcesNotRestrictable,
                    "Sources of a single port cannot be restricted here, so it is closed. "
                        + "Set clientAddress to preserve, use your own subnet "
                        + "with network.networkSecurityGroup, or use strategy companionService."
                );
        }

        // A packet shows address and port, not the server name.
        var other = all.FirstOrDefault(other =>
            other.Spec.Gateway == exposure.Spec.Gateway
            && other.Spec.Port == exposure.Spec.Port
            && !other.Spec.AllowedSources.SequenceEqual(exposure.Spec.AllowedSources)
        );
        return other is null
            ? null
            : Observation.False(
                Reasons.SourcesNotRestrictable,
                $"Exposure {other.Name} shares port {exposure.Spec.Port} with other allowedSources. "
                    + $"A security group cannot tell them apart, so {exposure.Name} is closed. "
                    + "Give both the same allowedSources, or use strategy companionService."
            );
    }

    /// <returns>The exposures whose sources cannot be restricted, with the reason and the remedy.</returns>
    public static Dictionary<string, Observation> FindRefusals(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ClusterObjects objects
    )
    {
        var refused = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in exposures.Where(exposure => exposure.Spec.AllowedSources.Count > 0))
        {
            var gateway = AddOn.Gateway(spec, exposure.Spec.Gateway);
            var service = objects.Services.GetValueOrDefault(new ObjectRef(ObjectKind.Service, gateway.Namespace, gateway.Service));
            if (Refusal(exposure, exposures, service, spec) is { } refusal)
            {
                refused[exposure.Name] = refusal;
            }
        }

        return refused;
    }
}
