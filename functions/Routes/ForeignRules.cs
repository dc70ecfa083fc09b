using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// DestinationRules of others for the backends of exposures with an idle timeout. Istio applies only one rule to a host, so MeshPort adds
/// no second one. A rule of others with the same idle timeout is sufficient.
/// </summary>
/// <param name="Hosts">The hosts for which MeshPort writes no rule.</param>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
internal sealed record ForeignRules(IReadOnlySet<string> Hosts, IReadOnlyDictionary<string, Observation> Conflicts)
{
    public static ForeignRules Of(
        IReadOnlyList<JsonObject> rules,
        IReadOnlyList<NamedExposure> exposures,
        Func<GatewayKind, GatewayService> gateway
    )
    {
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in exposures.Where(exposure => exposure.Spec.IdleTimeout is not null))
        {
            foreach (var backend in exposure.Spec.Backends)
            {
                // A gateway looks for the rule of a host in these namespaces.
                string[] homes = [backend.Namespace, gateway(exposure.Spec.Gateway).Namespace];
                if (rules.FirstOrDefault(rule => homes.Contains(Home(rule)) && Host(rule) == backend.Host) is not { } rule)
                {
                    continue;
                }

                hosts.Add(backend.Host);
                if (
                    rule["spec"]?["trafficPolicy"]?["connectionPool"]?["tcp"]?["idleTimeout"]?.GetValue<string>() is var theirs
                    && theirs != IstioRoutes.Seconds(exposure.Spec.IdleTimeout ?? default)
                )
                {
                    conflicts.TryAdd(
                        exposure.Name,
                        Observation.False(
                            Reasons.DestinationRuleConflict,
                            $"DestinationRule {Home(rule)}/{rule["metadata"]?["name"]} belongs to others, applies to "
                                + $"{backend.Host} and has "
                                + $"{(theirs is null ? "no idle timeout" : $"idle timeout {theirs}")}. "
                                + "Set trafficPolicy.connectionPool.tcp.idleTimeout to "
                                + $"{IstioRoutes.Seconds(exposure.Spec.IdleTimeout ?? default)} there, or leave out idleTimeout."
                        )
                    );
                }
            }
        }

        return new ForeignRules(hosts, conflicts);
    }

    private static string Home(JsonObject rule) => rule["metadata"]?["namespace"]?.GetValue<string>() ?? "";

    /// <summary>The full name of the host. A short name belongs to the rule's namespace.</summary>
    private static string Host(JsonObject rule) =>
        rule["spec"]?["host"]?.GetValue<string>() is { } host && host.Contains('.', StringComparison.Ordinal)
            ? host
            : $"{rule["spec"]?["host"]}.{Home(rule)}.svc.cluster.local";
}
