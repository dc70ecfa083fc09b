using System.Text.Json.Nodes;
using MeshPort.Kubernetes;

namespace MeshPort.Gateways;

/// <summary>
/// Host names in Istio's objects: an exact name, <c>*.example.com</c>, or <c>*</c>; a Gateway's hosts may begin with <c>namespace/</c>.
/// </summary>
internal static class IstioHosts
{
    public static bool Overlap(IEnumerable<string> ours, IEnumerable<string> theirs) =>
        ours.Any(host => theirs.Select(Name).Any(other => Covers(host, other) || Covers(other, host)));

    /// <summary>Whether no host of ours covers one of theirs. Where the two overlap, theirs are wildcards around ours.</summary>
    public static bool AreWider(IEnumerable<string> theirs, IEnumerable<string> ours) =>
        theirs.Select(Name).ToList() is var others && ours.All(host => others.TrueForAll(other => !Covers(host, other)));

    /// <summary>Whether a pattern covers a name, or a narrower pattern.</summary>
    public static bool Covers(string pattern, string name) =>
        pattern == "*"
        || pattern.Equals(name, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));

    /// <summary>The full name of a DestinationRule's host. A short name belongs to the rule's namespace.</summary>
    public static string OfRule(JsonObject rule) =>
        $"{rule["spec"]?["host"]}" is var host && (host == "*" || host.Contains('.', StringComparison.Ordinal))
            ? host
            : $"{host}.{rule.Namespace()}.svc.cluster.local";

    /// <summary>A host without the namespace before it.</summary>
    public static string Name(string host) => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
