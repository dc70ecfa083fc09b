using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>
/// Connections that a gateway refuses: AuthorizationPolicies of its namespace and of the root namespace, with action DENY or ALLOW, by
/// address, port and server name (istio.io, "Authorization Policy"). If ALLOW policies apply, one of them must match. Fields of HTTP have
/// no value in TCP: a DENY rule is read without them, and an ALLOW rule with one is ignored (pilot/pkg/security/authz/model). Clients have
/// no identity of the mesh. Other actions and fields are not simulated.
/// </summary>
internal sealed class AccessPolicies(ObjectStore store)
{
    private const string RootNamespace = "aks-istio-system";

    /// <summary>Fields of an operation that exist only in HTTP. A rule with them never allows a TCP connection.</summary>
    private static readonly string[] Http = ["hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"];

    private static readonly string[] HttpSource = ["requestPrincipals", "notRequestPrincipals"];
    private static readonly string[] Identities = ["principals", "namespaces", "serviceAccounts"];

    /// <param name="target">The port on which the pod listens.</param>
    /// <param name="source">The peer address that the pod sees: the client, or a node that hides it.</param>
    public bool Refuses(JsonObject pod, long target, IPAddress source, string? serverName)
    {
        var policies = new[] { pod.Namespace(), RootNamespace }
            .Distinct()
            .SelectMany(home => store.List(ResourceCatalog.AuthorizationPolicy, home))
            .Where(policy =>
                policy.Strings("spec", "selector", "matchLabels") is var selector
                && (selector.Count == 0 || selector.Matches(pod.Strings("metadata", "labels")))
                && !policy.Items("spec", "targetRefs").Any()
                && policy.At("spec", "targetRef") is null
            )
            .ToLookup(policy => policy.Text("spec", "action") ?? "ALLOW");
        return policies["DENY"].Any(policy => policy.Items("spec", "rules").Any(rule => Holds(rule, target, source, serverName)))
            || (
                policies["ALLOW"].Any()
                && !policies["ALLOW"]
                    .Any(policy => policy.Items("spec", "rules").Any(rule => !IsHttp(rule) && Holds(rule, target, source, serverName)))
            );
    }

    private static bool IsHttp(JsonNode? rule) =>
        rule.Items("to").Any(to => Http.Any(field => to.Items("operation", field).Any()))
        || rule.Items("from").Any(from => HttpSource.Any(field => from.Items("source", field).Any()))
        || rule.Items("when").Any(IsOfRequest);

    private static bool Holds(JsonNode? rule, long target, IPAddress source, string? serverName) =>
        All(rule.Items("from"), from => Matches(from, source))
        && All(rule.Items("to"), to => HasPort(to, target))
        && rule.Items("when").All(condition => IsOfRequest(condition) || Holds(condition, serverName));

    private static bool IsOfRequest(JsonNode? condition) => condition.Text("key")?.StartsWith("request.", StringComparison.Ordinal) == true;

    /// <summary>An absent list restricts nothing. In a present list, one entry must match.</summary>
    private static bool All(IEnumerable<JsonNode?> entries, Func<JsonNode?, bool> matches) =>
        entries.ToArray() is var all && (all.Length == 0 || all.Any(matches));

    private static bool Matches(JsonNode? from, IPAddress source) =>
        All(from.Items("source", "ipBlocks"), block => Holds(block, source))
        && !from.Items("source", "notIpBlocks").Any(block => Holds(block, source))
        && !Identities.Any(field => from.Items("source", field).Any());

    private static bool Holds(JsonNode? block, IPAddress source) =>
        IPNetwork.TryParse(
            block?.ToString() is { } text && !text.Contains('/', StringComparison.Ordinal) ? $"{text}/32" : block?.ToString() ?? "",
            out var network
        ) && network.Contains(source);

    private static bool HasPort(JsonNode? to, long target) =>
        All(to.Items("operation", "ports"), port => port?.ToString() == $"{target}")
        && to.Items("operation", "notPorts").All(port => port?.ToString() != $"{target}");

    private static bool Holds(JsonNode? condition, string? serverName) =>
        condition.Text("key") == "connection.sni"
        && condition.Items("values").Any(value => HostNames.Covers(value?.ToString() ?? "", serverName ?? ""))
        && !condition.Items("notValues").Any(value => HostNames.Covers(value?.ToString() ?? "", serverName ?? ""));
}
