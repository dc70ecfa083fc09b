using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// DestinationRules of others for the backends of exposures with an idle timeout or a PROXY protocol, pure. A gateway takes the rule of a
/// host from the first of these namespaces that has one: its own, the backend's, the root namespace of the mesh (istio/istio,
/// pilot/pkg/model/push_context.go). Within a namespace, the exact host counts first, then the longest wildcard, then the oldest rule. A
/// rule of MeshPort would replace such a rule as a whole, with its limits and its TLS mode, or have no effect.
/// <code>
/// rule of others that the gateway uses for a backend | result                          | MeshPort's rule for the host
/// ---------------------------------------------------+---------------------------------+-----------------------------
/// none                                               | no conflict                     | written
/// has the settings of the exposure                   | no conflict                     | none
/// lacks one of them, or has another value            | False, DestinationRuleConflict  | none
/// </code>
/// </summary>
/// <param name="Hosts">The hosts for which MeshPort writes no rule.</param>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
internal sealed record ForeignRules(IReadOnlySet<string> Hosts, IReadOnlyDictionary<string, Observation> Conflicts)
{
    public static ForeignRules Of(RouteWork work)
    {
        var rules = work.DestinationRules;
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in work.Wanted.Where(exposure => rules.Count > 0 && IstioRoutes.NeedsRule(exposure)))
        {
            var pods = work.PodsOf(exposure.Spec);
            foreach (var (index, backend) in exposure.Spec.Backends.Index())
            {
                if (Effective(rules, backend, pods) is not { } rule)
                {
                    continue;
                }

                hosts.Add(backend.Host);
                if (PortResults.Find(exposure, part => Conflict(rule, part.Spec.Backends[index], exposure.Spec)) is { } conflict)
                {
                    conflicts.TryAdd(exposure.Name, conflict);
                }
            }
        }

        return new ForeignRules(hosts, conflicts);
    }

    /// <returns>The DestinationRule that a gateway uses for a backend now: that of others, or else MeshPort's; null without one.</returns>
    public static JsonObject? Current(ExposureSpec exposure, BackendSpec backend, RouteWork work) =>
        Effective(work.DestinationRules, backend, work.PodsOf(exposure))
        ?? work.Objects.Ours.GetValueOrDefault(IstioRoutes.RuleOf(backend));

    /// <summary>The setting in which the rule differs, with the remedy; null without one.</summary>
    private static string? Difference(JsonObject rule, BackendSpec backend, ExposureSpec spec)
    {
        if (spec.IdleTimeout is { } ours && IdleTimeout(rule, backend.Port) is var theirs && IstioDuration.Parse(theirs) != ours)
        {
            return $"{(theirs is null ? "no idle timeout" : $"idle timeout {theirs}")}. "
                + $"Set trafficPolicy.connectionPool.tcp.idleTimeout to {IstioRoutes.Seconds(ours)} there, or leave out idleTimeout.";
        }

        return spec.ProxyProtocol is { } version && ProxyProtocols.Version(rule) is var set && set != version
            ? $"{ProxyProtocols.Tell(set)}. Set trafficPolicy.proxyProtocol.version to {version} there, or leave out proxyProtocol."
            : null;
    }

    /// <returns>Null when the rule has the settings of the exposure.</returns>
    private static Observation? Conflict(JsonObject rule, BackendSpec backend, ExposureSpec spec) =>
        Difference(rule, backend, spec) is { } difference
            ? Observation.False(
                Reasons.DestinationRuleConflict,
                $"DestinationRule {rule.Namespace()}/{rule.Name()} belongs to others, applies to {backend.Host}"
                    + $"{(IstioHosts.OfRule(rule) == backend.Host ? "" : $" (host {IstioHosts.OfRule(rule)})")} and has {difference}"
            )
            : null;

    /// <returns>The rule that the gateway uses for a backend; null without one.</returns>
    private static JsonObject? Effective(IReadOnlyList<JsonObject> rules, BackendSpec backend, GatewayPods pods)
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
