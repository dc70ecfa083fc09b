using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// AuthorizationPolicies and EnvoyFilters of others at a gateway, pure (istio.io, "Authorization Policy"). They apply in the gateway's
/// namespace, and from the root namespace of the mesh.
/// <code>
/// theirs                                                         | result
/// ---------------------------------------------------------------+----------------------------------
/// selects other pods                                             | none
/// DENY, a rule matches the port and nothing but the port         | False, TrafficDenied
/// ALLOW policies, and no rule of theirs can match the port       | False, TrafficDenied
/// any other policy that can match the port; any EnvoyFilter      | named where the probe fails
/// </code>
/// </summary>
/// <param name="Denials">By exposure, the policy that keeps all its clients out.</param>
/// <param name="Hints">By exposure, the objects that may keep clients out.</param>
internal sealed record ForeignPolicies(IReadOnlyDictionary<string, Observation> Denials, IReadOnlyDictionary<string, string> Hints)
{
    public static readonly ForeignPolicies None = new(new Dictionary<string, Observation>(), new Dictionary<string, string>());

    public static readonly ObjectKind[] Kinds = [ObjectKind.AuthorizationPolicy, ObjectKind.EnvoyFilter];

    public static ForeignPolicies Of(RouteWork work)
    {
        var denials = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var hints = new Dictionary<string, string>(StringComparer.Ordinal);
        var others = work
            .Objects.Others.Where(found => Kinds.Contains(found.Key.Kind))
            .OrderBy(found => $"{found.Key}", StringComparer.Ordinal);
        var all = others.ToList();
        foreach (var exposure in all.Count == 0 ? [] : work.Wanted)
        {
            var pods = GatewayPods.Of(exposure.Spec, work.Spec, work.Objects);
            string[] homes = [pods.Service.Namespace, .. AddOn.RootNamespaces(pods.Service.Namespace)];
            var here = all.Where(found => homes.Contains(found.Key.Namespace) && IsSelected(found.Value, pods, exposure.Spec) is not false)
                .ToList();
            if (FindDenial(here, found => IsSelected(found, pods, exposure.Spec) is true, exposure.Spec.Port) is { } denial)
            {
                denials[exposure.Name] = Observation.False(
                    Reasons.TrafficDenied,
                    $"{denial} belongs to others and denies all connections to port {exposure.Spec.Port} at the gateway. "
                        + "Exclude the port there, or remove the policy."
                );
            }
            else if (here.Where(found => MayMatter(found, exposure.Spec.Port)).Select(found => $"{found.Key}").ToList() is [_, ..] some)
            {
                var names = string.Join(", ", some);
                hints[exposure.Name] = $"These objects of others apply to the gateway and may keep clients out: {names}.";
            }
        }

        return new ForeignPolicies(denials, hints);
    }

    /// <param name="isCertain">Whether a policy selects the pods for certain.</param>
    private static ObjectRef? FindDenial(List<KeyValuePair<ObjectRef, JsonObject>> here, Func<JsonObject, bool> isCertain, int port)
    {
        var policies = here.Where(found => found.Key.Kind == ObjectKind.AuthorizationPolicy).ToLookup(found => Action(found.Value));
        var target = Target(port);
        var denies = policies["DENY"]
            .Where(found =>
                isCertain(found.Value) && Rules(found.Value).Any(rule => IsForEverybody(rule) && Matches(rule, target) is true)
            );
        var allows = policies["ALLOW"].SelectMany(found => Rules(found.Value)).All(rule => Matches(rule, target) is false)
            ? policies["ALLOW"].Where(found => isCertain(found.Value))
            : [];
        return denies.Concat(allows).Select(found => found.Key).FirstOrDefault();
    }

    /// <summary>Whether an object may keep some clients of the port out. An ALLOW policy always may: it denies the rest.</summary>
    private static bool MayMatter(KeyValuePair<ObjectRef, JsonObject> found, int port) =>
        found.Key.Kind == ObjectKind.EnvoyFilter
        || Action(found.Value) == "ALLOW"
        || (Action(found.Value) != "AUDIT" && Rules(found.Value).Any(rule => Matches(rule, Target(port)) is not false));

    /// <returns>Null where only the labels of the pods can tell.</returns>
    private static bool? IsSelected(JsonObject found, GatewayPods pods, ExposureSpec exposure)
    {
        var spec = found["spec"];
        var references = (spec?["targetRefs"] as JsonArray ?? []).Append(spec?["targetRef"]).OfType<JsonObject>().ToList();
        return references.Count > 0
            ? pods.Service.Name == $"{PortGroup.Of(exposure).Name}-istio"
                && references.Exists(reference => $"{reference["name"]}" == PortGroup.Of(exposure).Name)
            : pods.IsSelectedBy((spec?["selector"]?["matchLabels"] ?? spec?["workloadSelector"]?["labels"]) as JsonObject);
    }

    /// <returns>Whether a rule matches connections to a port of the pods; null where fields of HTTP decide.</returns>
    private static bool? Matches(JsonObject rule, string target)
    {
        var operations = (rule["to"] as JsonArray ?? []).Select(to => to?["operation"] as JsonObject ?? []).ToList();
        var matching = operations
            .Where(operation => operation["ports"] is not JsonArray ports || ports.Any(port => $"{port}" == target))
            .ToList();
        return operations.Count == 0 ? true
            : matching.Count == 0 ? false
            : matching.Exists(operation => operation.All(field => field.Key == "ports")) ? true
            : null;
    }

    private static bool IsForEverybody(JsonObject rule) =>
        rule["from"] is not JsonArray { Count: > 0 } && rule["when"] is not JsonArray { Count: > 0 };

    private static IEnumerable<JsonObject> Rules(JsonObject policy) => (policy["spec"]?["rules"] as JsonArray ?? []).OfType<JsonObject>();

    private static string Action(JsonObject policy) => policy["spec"]?["action"]?.ToString() ?? "ALLOW";

    private static string Target(int port) => GatewayPort.Target(port).ToString(CultureInfo.InvariantCulture);
}
