using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// DestinationRules of others for the backends of exposures with an idle timeout, pure. A gateway takes the rule of a host from the first
/// of these namespaces that has one: its own, the backend's, the root namespace of the mesh (istio/istio,
/// pilot/pkg/model/push_context.go). Within a namespace, the exact host counts first, then the longest wildcard, then the oldest rule. A
/// rule of MeshPort would replace such a rule as a whole, with its limits and its TLS mode, or have no effect.
/// <code>
/// rule of others that the gateway uses for a backend | result                          | MeshPort's rule for the host
/// ---------------------------------------------------+---------------------------------+-----------------------------
/// none                                               | no conflict                     | written
/// has the idle timeout of the exposure               | no conflict                     | none
/// has another one, or none                           | False, DestinationRuleConflict  | none
/// </code>
/// </summary>
/// <param name="Hosts">The hosts for which MeshPort writes no rule.</param>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
internal sealed record ForeignRules(IReadOnlySet<string> Hosts, IReadOnlyDictionary<string, Observation> Conflicts)
{
    public static ForeignRules Of(RouteWork work)
    {
        var rules = work.Objects.OthersOf(ObjectKind.DestinationRule).Select(rule => rule.Value).ToList();
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in work.Wanted.Where(exposure => rules.Count > 0 && exposure.Spec.IdleTimeout is not null))
        {
            var pods = work.PodsOf(exposure.Spec);
            foreach (var backend in exposure.Spec.Backends)
            {
                if (Effective(rules, backend, pods) is not { } rule)
                {
                    continue;
                }

                hosts.Add(backend.Host);
                if (IdleTimeout(rule, backend.Port) is var theirs && IstioDuration.Parse(theirs) != exposure.Spec.IdleTimeout)
                {
                    conflicts.TryAdd(exposure.Name, Conflict(rule, backend, theirs, exposure.Spec.IdleTimeout ?? default));
                }
            }
        }

        return new ForeignRules(hosts, conflicts);
    }

    private static Observation Conflict(JsonObject rule, BackendSpec backend, string? theirs, TimeSpan ours) =>
        Observation.False(
            Reasons.DestinationRuleConflict,
            $"DestinationRule {rule.Namespace()}/{rule.Name()} belongs to others, applies to {backend.Host}"
                + $"{(IstioHosts.OfRule(rule) == backend.Host ? "" : $" (host {IstioHosts.OfRule(rule)})")} and has "
                + $"{(theirs is null ? "no idle timeout" : $"idle timeout {theirs}")}. "
                + $"Set trafficPolicy.connectionPool.tcp.idleTimeout to {IstioRoutes.Seconds(ours)} there, or leave out idleTimeout."
        );

    /// <returns>The rule that the gateway uses for a backend; null without one.</returns>
    private static JsonObject? Effective(List<JsonObject> rules, BackendSpec backend, GatewayPods pods)
    {
        var gateway = pods.Service.Namespace;
        return new[] { gateway, backend.Namespace }
            .Concat(AddOn.RootNamespaces(gateway))
            .Distinct()
            .Select(home =>
                rules
                    .Where(rule =>
                        rule.Namespace() == home && IstioHosts.Covers(IstioHosts.OfRule(rule), backend.Host) && Applies(rule, pods)
                    )
                    .OrderByDescending(rule => IstioHosts.OfRule(rule) == backend.Host)
                    .ThenByDescending(rule => IstioHosts.OfRule(rule).Length)
                    .ThenBy(rule => rule.CreationTimestamp(), StringComparer.Ordinal)
                    .ThenBy(rule => rule.Name(), StringComparer.Ordinal)
                    .FirstOrDefault()
            )
            .FirstOrDefault(rule => rule is not null);
    }

    /// <summary>
    /// Whether a rule is visible to the gateway. A rule of its own namespace always is, unless it selects other clients. A rule of another
    /// namespace needs a suitable <c>exportTo</c>, and selects no clients.
    /// </summary>
    private static bool Applies(JsonObject rule, GatewayPods pods)
    {
        var clients = rule["spec"]?["workloadSelector"]?["matchLabels"] as JsonObject ?? [];
        return rule.Namespace() == pods.Service.Namespace
            ? clients.Count == 0 || pods.IsSelectedBy(clients) != false
            : clients.Count == 0 && IstioExport.Reaches(rule["spec"].Texts("exportTo"), rule.Namespace(), pods.Service.Namespace);
    }

    /// <summary>The settings of a port replace those of the rule as a whole.</summary>
    private static string? IdleTimeout(JsonObject rule, int port)
    {
        var policy = rule["spec"]?["trafficPolicy"];
        var ofPort = (policy?["portLevelSettings"] as JsonArray ?? []).FirstOrDefault(settings =>
            $"{settings?["port"]?["number"]}" == $"{port}"
        );
        return (ofPort ?? policy)?["connectionPool"]?["tcp"]?["idleTimeout"]?.ToString();
    }
}
