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
/// DENY, a rule matches every connection to the port              | False, TrafficDenied
/// ALLOW policies, and no rule of theirs can match the port       | False, TrafficDenied
/// any other policy that can match the port; any EnvoyFilter      | named where the probe fails
/// </code>
/// Exposures are TCP to the gateway, so fields of HTTP have no value there. Istio ignores such a field in a DENY rule, which then denies
/// more, and ignores an ALLOW rule that has one (pilot/pkg/security/authz/model). A rule that denies a path of a website denies every port
/// of the gateway. The clients of a gateway have no identity of the mesh, so no rule that needs one matches, and one that excludes
/// identities excludes nobody. Clients with a certificate (tls.mode mutual) may have one.
/// </summary>
/// <param name="Denials">By exposure, the policy that keeps all its clients out.</param>
/// <param name="Hints">By exposure, the objects that may keep clients out.</param>
internal sealed record ForeignPolicies(IReadOnlyDictionary<string, Observation> Denials, IReadOnlyDictionary<string, string> Hints)
{
    private static readonly string[] OfHttp =
    [
        "hosts",
        "notHosts",
        "methods",
        "notMethods",
        "paths",
        "notPaths",
        "requestPrincipals",
        "notRequestPrincipals",
    ];

    private static readonly string[] OfMesh = ["principals", "namespaces", "serviceAccounts"];

    private static readonly string[] NotOfMesh = ["notPrincipals", "notNamespaces", "notServiceAccounts"];

    private static readonly string[] MeshKeys = ["source.principal", "source.namespace"];

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
            var pods = work.PodsOf(exposure.Spec);
            string[] homes = [pods.Service.Namespace, .. AddOn.RootNamespaces(pods.Service.Namespace)];
            var here = all.Where(found => homes.Contains(found.Key.Namespace) && IsSelected(found.Value, pods, exposure.Spec) is not false)
                .ToList();
            if (PortResults.Find(exposure, part => Denial(part.Spec, here, pods)) is { } denial)
            {
                denials[exposure.Name] = denial;
            }
            else if (
                here.Where(found => exposure.Spec.AllPorts.Any(port => MayMatter(found, Target(pods, port), HaveIdentity(exposure.Spec))))
                    .Select(found => $"{found.Key}")
                    .ToList()
                is [_, ..] some
            )
            {
                var names = string.Join(", ", some);
                hints[exposure.Name] = $"These objects of others apply to the gateway and may keep clients out: {names}.";
            }
        }

        return new ForeignPolicies(denials, hints);
    }

    private static Observation? Denial(ExposureSpec exposure, List<KeyValuePair<ObjectRef, JsonObject>> here, GatewayPods pods) =>
        FindDenial(here, found => IsSelected(found, pods, exposure) is true, Target(pods, exposure.Port), HaveIdentity(exposure))
            is var (denial, policy)
            ? Observation.False(
                Reasons.TrafficDenied,
                $"{denial} belongs to others and denies all connections to port {exposure.Port} at the gateway. "
                    + (
                        Action(policy) == "ALLOW"
                            ? $"Ask its owner to add a rule that allows port {Target(pods, exposure.Port)} (operation.ports)."
                            : "Ask its owner to limit its rules to other ports (operation.ports)."
                    )
            )
            : null;

    /// <param name="isCertain">Whether a policy selects the pods for certain.</param>
    /// <param name="target">The port on which the pods listen.</param>
    /// <param name="haveIdentity">Whether clients may have an identity of the mesh.</param>
    private static (ObjectRef Target, JsonObject Policy)? FindDenial(
        List<KeyValuePair<ObjectRef, JsonObject>> here,
        Func<JsonObject, bool> isCertain,
        string target,
        bool haveIdentity
    )
    {
        var policies = here.Where(found => found.Key.Kind == ObjectKind.AuthorizationPolicy).ToLookup(found => Action(found.Value));
        var denies = policies["DENY"]
            .Where(found =>
                isCertain(found.Value) && Rules(found.Value).Any(rule => IsForEverybody(rule, haveIdentity) && HasPort(rule, target))
            );
        var allows = policies["ALLOW"]
            .SelectMany(found => Rules(found.Value))
            .All(rule => IsOfHttp(rule) || !MayMatch(rule, target, haveIdentity))
            ? policies["ALLOW"].Where(found => isCertain(found.Value))
            : [];
        return denies.Concat(allows).Select(found => ((ObjectRef, JsonObject)?)(found.Key, found.Value)).FirstOrDefault();
    }

    /// <summary>Whether an object may keep some clients of the port out. An ALLOW policy always may: it denies the rest.</summary>
    private static bool MayMatter(KeyValuePair<ObjectRef, JsonObject> found, string target, bool haveIdentity) =>
        found.Key.Kind == ObjectKind.EnvoyFilter
        || Action(found.Value) == "ALLOW"
        || (Action(found.Value) != "AUDIT" && Rules(found.Value).Any(rule => MayMatch(rule, target, haveIdentity)));

    private static bool HaveIdentity(ExposureSpec exposure) => exposure.Tls?.Mode == TlsMode.Mutual;

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

    /// <summary>Whether a rule is about a port of the pods, whatever it says of HTTP.</summary>
    private static bool HasPort(JsonObject rule, string target) =>
        Parts(rule, "to", "operation") is var operations
        && (
            operations.Count == 0
            || operations.Exists(operation => Lists(operation, "ports", target) != false && Lists(operation, "notPorts", target) != true)
        );

    /// <summary>Whether a rule can match some connection to a port, whatever it says of HTTP.</summary>
    private static bool MayMatch(JsonObject rule, string target, bool haveIdentity) =>
        HasPort(rule, target) && (haveIdentity || !NeedsIdentity(rule));

    /// <summary>Whether a rule matches only clients with an identity of the mesh.</summary>
    private static bool NeedsIdentity(JsonObject rule) =>
        Parts(rule, "from", "source") is { Count: > 0 } sources && sources.TrueForAll(source => OfMesh.Any(source.ContainsKey))
        || Conditions(rule).Any(condition => IsOfMesh(condition) && HasValues(condition));

    /// <summary>Whether the sources and conditions of a DENY rule exclude nobody.</summary>
    private static bool IsForEverybody(JsonObject rule, bool haveIdentity) =>
        Parts(rule, "from", "source") is var sources
        && (
            sources.Count == 0
            || sources.Exists(source => source.All(field => OfHttp.Contains(field.Key) || (!haveIdentity && NotOfMesh.Contains(field.Key))))
        )
        && Conditions(rule).All(condition => IsOfRequest(condition) || (!haveIdentity && IsOfMesh(condition) && !HasValues(condition)));

    /// <summary>Whether a rule has a field that only HTTP has.</summary>
    private static bool IsOfHttp(JsonObject rule) =>
        Parts(rule, "to", "operation").Concat(Parts(rule, "from", "source")).Any(part => OfHttp.Any(part.ContainsKey))
        || Conditions(rule).Any(IsOfRequest);

    private static bool IsOfRequest(JsonNode? condition) => $"{condition?["key"]}".StartsWith("request.", StringComparison.Ordinal);

    private static bool IsOfMesh(JsonNode? condition) => MeshKeys.Contains($"{condition?["key"]}");

    private static bool HasValues(JsonNode? condition) => condition?["values"] is JsonArray { Count: > 0 };

    private static JsonArray Conditions(JsonObject rule) => rule["when"] as JsonArray ?? [];

    private static List<JsonObject> Parts(JsonObject rule, string list, string part) =>
        [.. (rule[list] as JsonArray ?? []).Select(entry => entry?[part] as JsonObject ?? [])];

    /// <returns>Whether a list of the operation has the port; null where it has no such list.</returns>
    private static bool? Lists(JsonObject operation, string field, string target) =>
        operation[field] is JsonArray { Count: > 0 } ports ? ports.Any(port => $"{port}" == target) : null;

    private static IEnumerable<JsonObject> Rules(JsonObject policy) => policy["spec"].Items("rules");

    private static string Action(JsonObject policy) => policy["spec"]?["action"]?.ToString() ?? "ALLOW";

    private static string Target(GatewayPods pods, int port) => pods.Target(port).ToString(CultureInfo.InvariantCulture);
}
