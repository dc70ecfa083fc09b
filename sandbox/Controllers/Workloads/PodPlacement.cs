using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission.Policies;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The scheduler's choice of a node (kubernetes/kubernetes, pkg/scheduler). Simulated: cordoned nodes, the node selector, the affinity of
/// DaemonSet pods, volume claims, requests of resources, and the taint of the system's nodes of AKS Automatic, where only pods in
/// namespaces of AKS run.
/// </summary>
internal static class PodPlacement
{
    /// <summary>The taint of nodes that are AKS's own.</summary>
    public const string ReservedTaint = "CriticalAddonsOnly";

    private const string NodeName = "metadata.name";

    /// <summary>The node affinity that a DaemonSet's pod has.</summary>
    public static JsonObject OnNode(string node) =>
        new()
        {
            ["nodeSelectorTerms"] = new JsonArray(
                new JsonObject
                {
                    ["matchFields"] = new JsonArray(
                        new JsonObject
                        {
                            ["key"] = NodeName,
                            ["operator"] = "In",
                            ["values"] = new JsonArray(node),
                        }
                    ),
                }
            ),
        };

    /// <summary>The node that a pod runs on, or is made for. Null when any node may take it.</summary>
    public static string? AssignedNode(JsonObject pod) =>
        pod.Text("spec", "nodeName")
        ?? pod.Items("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
            .SelectMany(term => term.Items("matchFields"))
            .FirstOrDefault(field => field.Text("key") == NodeName)
            .Items("values")
            .FirstOrDefault()
            ?.ToString();

    /// <param name="turn">Spreads pods over the nodes.</param>
    /// <param name="claim">Finds a claim of the pod's namespace by name.</param>
    /// <param name="room">The free resources of the nodes.</param>
    /// <returns>The node, or the reason why no node takes the pod.</returns>
    public static (string? Node, string Problem) Choose(
        JsonObject pod,
        IReadOnlyList<JsonObject> nodes,
        int turn,
        Func<string, JsonObject?> claim,
        NodeRoom room
    )
    {
        if (nodes.Count == 0)
        {
            return (null, "no nodes available to schedule pods");
        }

        if (Unbound(pod, claim) is { } volume)
        {
            return (null, Refusal(nodes.Count, [volume]));
        }

        if (AssignedNode(pod) is { } assigned)
        {
            return nodes.Any(node => node.Name() == assigned)
                ? (assigned, "")
                : (null, Refusal(nodes.Count, [$"{nodes.Count} node(s) didn't match Pod's node affinity/selector"]));
        }

        var selector = pod.Strings("spec", "nodeSelector");
        JsonObject[] matching = [.. nodes.Where(node => selector.Count == 0 || selector.Matches(node.Strings("metadata", "labels")))];
        JsonObject[] allowed = [.. matching.Where(node => ProtectedNamespaces.Contains(pod.Namespace()) || !IsReserved(node))];
        JsonObject[] open = [.. allowed.Where(node => node.Flag("spec", "unschedulable") != true)];
        var lacks = open.ToDictionary(node => node.Name(), node => room.Lack(pod, node.Name()));
        JsonObject[] roomy = [.. open.Where(node => lacks[node.Name()] is null)];
        if (roomy.Length > 0)
        {
            return (roomy[turn % roomy.Length].Name(), "");
        }

        (int Count, string Why)[] filtered =
        [
            (nodes.Count - matching.Length, "node(s) didn't match Pod's node affinity/selector"),
            (matching.Length - allowed.Length, $"node(s) had untolerated taint {{{ReservedTaint}: true}}"),
            (allowed.Length - open.Length, "node(s) were unschedulable"),
            .. lacks.Values.OfType<string>().GroupBy(lack => lack).Select(group => (group.Count(), group.Key)),
        ];
        return (
            null,
            Refusal(
                nodes.Count,
                filtered.Where(filter => filter.Count > 0).Select(filter => $"{filter.Count} {filter.Why}"),
                victims: open.Length
            )
        );
    }

    private static bool IsReserved(JsonObject node) => node.Items("spec", "taints").Any(taint => taint.Text("key") == ReservedTaint);

    private static string? Unbound(JsonObject pod, Func<string, JsonObject?> claim)
    {
        foreach (
            var name in pod.Items("spec", "volumes").Select(volume => volume.Text("persistentVolumeClaim", "claimName")).OfType<string>()
        )
        {
            if (claim(name) is not { } found)
            {
                return $"persistentvolumeclaim \"{name}\" not found";
            }

            if (found.Text("status", "phase") != "Bound")
            {
                return "pod has unbound immediate PersistentVolumeClaims";
            }
        }

        return null;
    }

    /// <param name="victims">The nodes on which the scheduler looks for pods to evict.</param>
    private static string Refusal(int nodes, IEnumerable<string> why, int victims = 0)
    {
        string[] preemption =
        [
            .. nodes > victims ? [$"{nodes - victims} Preemption is not helpful for scheduling"] : Array.Empty<string>(),
            .. victims > 0 ? [$"{victims} No preemption victims found for incoming pod"] : Array.Empty<string>(),
        ];
        return $"0/{nodes} nodes are available: {string.Join(", ", why)}. preemption: 0/{nodes} nodes are available: "
            + $"{string.Join(", ", preemption)}.";
    }
}
