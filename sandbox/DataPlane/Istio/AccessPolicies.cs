using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>
/// Connections that a gateway refuses: AuthorizationPolicies with action DENY, by address, port and server name (istio.io, "Authorization
/// Policy"). Other actions and fields are not simulated.
/// </summary>
internal sealed class AccessPolicies(ObjectStore store)
{
    /// <param name="target">The port on which the pod listens.</param>
    /// <param name="source">The peer address that the pod sees: the client, or a node that hides it.</param>
    public bool Refuses(JsonObject pod, long target, IPAddress source, string? serverName) =>
        store
            .List(ResourceCatalog.AuthorizationPolicy, pod.Namespace())
            .Where(policy =>
                policy.Text("spec", "action") == "DENY"
                && policy.Strings("spec", "selector", "matchLabels").Matches(pod.Strings("metadata", "labels"))
            )
            .SelectMany(policy => policy.Items("spec", "rules"))
            .Any(rule =>
                All(rule.Items("from"), from => Matches(from, source))
                && All(rule.Items("to"), to => HasPort(to, target))
                && rule.Items("when").All(condition => Holds(condition, serverName))
            );

    /// <summary>An absent list restricts nothing. In a present list, one entry must match.</summary>
    private static bool All(IEnumerable<JsonNode?> entries, Func<JsonNode?, bool> matches) =>
        entries.ToArray() is var all && (all.Length == 0 || all.Any(matches));

    private static bool Matches(JsonNode? from, IPAddress source) =>
        All(from.Items("source", "ipBlocks"), block => Holds(block, source))
        && !from.Items("source", "notIpBlocks").Any(block => Holds(block, source));

    private static bool Holds(JsonNode? block, IPAddress source) =>
        IPNetwork.TryParse(
            block?.ToString() is { } text && !text.Contains('/', StringComparison.Ordinal) ? $"{text}/32" : block?.ToString() ?? "",
            out var network
        ) && network.Contains(source);

    private static bool HasPort(JsonNode? to, long target) => All(to.Items("operation", "ports"), port => port?.ToString() == $"{target}");

    private static bool Holds(JsonNode? condition, string? serverName) =>
        condition.Text("key") == "connection.sni"
        && condition.Items("values").Any(value => HostNames.Covers(value?.ToString() ?? "", serverName ?? ""));
}
