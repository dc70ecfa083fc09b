using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// NetworkPolicies between a gateway pod and the pod of a workload (kubernetes.io, "Network Policies"). A cluster without a network policy
/// engine ignores them.
/// </summary>
internal sealed class NetworkPolicies(ObjectStore store, Func<ClusterShape> shape)
{
    private static readonly ResourceType? Kind = ResourceCatalog.All.FirstOrDefault(type =>
        type is { Group: "networking.k8s.io", Plural: "networkpolicies" }
    );

    /// <summary>Whether packets from one pod to a port of another are dropped.</summary>
    /// <param name="port">The port on which the pod listens.</param>
    public bool Drop(JsonObject from, JsonObject to, long port) =>
        Kind is not null
        && shape().EnforcesNetworkPolicies
        && (
            IsClosed(Kind, "Ingress", "ingress", "from", to, from, to, port) || IsClosed(Kind, "Egress", "egress", "to", from, to, to, port)
        );

    /// <summary>Pods that no policy selects are open. Otherwise a rule of any of the selecting policies must allow the peer.</summary>
    private bool IsClosed(
        ResourceType kind,
        string direction,
        string rules,
        string peers,
        JsonObject selected,
        JsonObject peer,
        JsonObject listening,
        long port
    )
    {
        var policies = store
            .List(kind, selected.Namespace())
            .Where(policy =>
                Directions(policy).Contains(direction) && Selects(policy.At("spec", "podSelector"), selected.Strings("metadata", "labels"))
            )
            .ToArray();
        return policies.Length > 0
            && !policies.Any(policy =>
                policy
                    .Items("spec", rules)
                    .Any(rule =>
                        All(rule.Items("ports"), allowed => HasPort(allowed, listening, port))
                        && All(rule.Items(peers), allowed => IsPeer(allowed, policy.Namespace(), peer))
                    )
            );
    }

    private static IEnumerable<string> Directions(JsonObject policy) =>
        policy.Items("spec", "policyTypes").Select(type => type.ToString()).ToArray() is { Length: > 0 } named ? named
        : policy.At("spec", "egress") is null ? ["Ingress"]
        : ["Ingress", "Egress"];

    /// <summary>An absent or empty list restricts nothing. In another one, one entry must match.</summary>
    private static bool All(IEnumerable<JsonNode> entries, Func<JsonNode, bool> matches) =>
        entries.ToArray() is var all && (all.Length == 0 || all.Any(matches));

    private static bool HasPort(JsonNode allowed, JsonObject pod, long port)
    {
        if (allowed.Text("protocol") is not (null or "TCP"))
        {
            return false;
        }

        var first = allowed.Text("port") is { } name ? Named(pod, name) : allowed.Number("port");
        return allowed.At("port") is null || (first <= port && port <= (allowed.Number("endPort") ?? first));
    }

    private static long? Named(JsonObject pod, string name) =>
        pod.Items("spec", "containers")
            .SelectMany(container => container.Items("ports"))
            .FirstOrDefault(port => port.Text("name") == name)
            .Number("containerPort");

    private bool IsPeer(JsonNode allowed, string home, JsonObject peer)
    {
        if (allowed.At("ipBlock") is { } block)
        {
            return IPAddress.TryParse(peer.Text("status", "podIP"), out var address)
                && Contains(block.Text("cidr"), address)
                && !block.Items("except").Any(except => Contains(except.ToString(), address));
        }

        var isInNamespace = allowed.At("namespaceSelector") is { } namespaces
            ? Selects(namespaces, store.Get(ResourceCatalog.Namespace, "", peer.Namespace()).Strings("metadata", "labels"))
            : peer.Namespace() == home;
        return isInNamespace && (allowed.At("podSelector") is not { } pods || Selects(pods, peer.Strings("metadata", "labels")));
    }

    private static bool Contains(string? range, IPAddress address) =>
        IPNetwork.TryParse(range, out var network) && network.Contains(address);

    /// <summary>A label selector. An empty one selects everything.</summary>
    private static bool Selects(JsonNode? selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Strings("matchLabels").Matches(labels)
        && selector
            .Items("matchExpressions")
            .All(expression =>
            {
                var value = labels.GetValueOrDefault(expression.Text("key") ?? "");
                var isListed = value is not null && expression.Items("values").Any(listed => listed.ToString() == value);
                return expression.Text("operator") switch
                {
                    "In" => isListed,
                    "NotIn" => !isListed,
                    "Exists" => value is not null,
                    _ => value is null,
                };
            });
}
