using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// DestinationRules that others have made for hosts to which exposures with an idle timeout route. Istio takes one rule a host, so a second one of MeshPort's would undo theirs or be undone:
/// theirs is left alone, and serves if it says the same.
/// </summary>
/// <param name="Hosts">For which MeshPort writes no rule.</param>
/// <param name="Conflicts">By exposure, what to do.</param>
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
                string[] homes = [backend.Namespace, gateway(exposure.Spec.Gateway).Namespace]; // where a gateway looks for the rule of a host
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
                            $"DestinationRule {Home(rule)}/{rule["metadata"]?["name"]} of somebody else is for {backend.Host} and has {(theirs is null ? "no idle timeout" : $"idle timeout {theirs}")}; write trafficPolicy.connectionPool.tcp.idleTimeout: {IstioRoutes.Seconds(exposure.Spec.IdleTimeout ?? default)} there, or leave idleTimeout out."
                        )
                    );
                }
            }
        }

        return new ForeignRules(hosts, conflicts);
    }

    private static string Home(JsonObject rule) => rule["metadata"]?["namespace"]?.GetValue<string>() ?? "";

    /// <summary>In full: a short name is of the rule's own namespace.</summary>
    private static string Host(JsonObject rule) =>
        rule["spec"]?["host"]?.GetValue<string>() is { } host && host.Contains('.', StringComparison.Ordinal)
            ? host
            : $"{rule["spec"]?["host"]}.{Home(rule)}.svc.cluster.local";
}
