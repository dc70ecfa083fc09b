using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// The deployment safeguards of AKS Automatic at the level Enforce, and the baseline of Pod Security, for what clients write (AKS
/// documentation, "Use Deployment Safeguards"). The sandbox checks workloads and pods alike; on which of them Azure's policies act is not
/// measured, nor are the names of the constraints. Not simulated: excluded namespaces, storage classes, unique selectors of Services,
/// allowed images.
/// </summary>
internal static class DeploymentSafeguards
{
    private const string Webhook = "validation.gatekeeper.sh";
    private const string Reserved = "kubernetes.azure.com";
    private const string Hostname = "kubernetes.io/hostname";
    private static readonly string[] Probes = ["readinessProbe", "livenessProbe"];
    private static readonly (string Name, string Default, string Least)[] Amounts = [("cpu", "500m", "100m"), ("memory", "2Gi", "100Mi")];

    /// <summary>What AKS changes in a workload: amounts of resources, and the spread of its pods over nodes.</summary>
    public static void Mutate(ObjectStore store, ResourceType type, JsonObject body, WriteOptions options)
    {
        if (Concerns(store, type, body, options) && Template(type, body) is { } pod)
        {
            foreach (var container in pod.Items("spec", "containers").OfType<JsonObject>())
            {
                Raise(container);
            }

            if (type == ResourceCatalog.Deployment || type == ResourceCatalog.StatefulSet)
            {
                Spread(body.Name(), pod);
            }
        }
    }

    /// <exception cref="KubeError">403 of Gatekeeper, or of an admission policy.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject body, WriteOptions options)
    {
        if (!Concerns(store, type, body, options))
        {
            return;
        }

        if ((body.At("metadata", "labels") as JsonObject ?? []).Any(label => label.Key.StartsWith(Reserved, StringComparison.Ordinal)))
        {
            throw Denied("restrictedlabels", $"Label {Reserved} is reserved for AKS use only");
        }

        if (Template(type, body) is not { } pod)
        {
            return;
        }

        foreach (var container in pod.Items("spec", "containers").OfType<JsonObject>())
        {
            Check(body.Name(), container);
        }

        if (pod["spec"] is { } spec && PodSecurityChecks.Of(spec, restricted: false).ToArray() is { Length: > 0 } problems)
        {
            const string Baseline = "aks-managed-baseline";
            throw KubeError.Forbidden(
                type,
                body.Name(),
                $"ValidatingAdmissionPolicy '{Baseline}' with binding '{Baseline}-binding' denied request: {string.Join(", ", problems)}"
            );
        }
    }

    /// <summary>The objects that controllers and AKS itself make are not asked about here.</summary>
    private static bool Concerns(ObjectStore store, ResourceType type, JsonObject body, WriteOptions options) =>
        store.IsAutomatic
        && options is { Caller: { } caller, Subresource: "" }
        && !caller.Groups.Contains("system:serviceaccounts:kube-system")
        && type.Namespaced
        && !ProtectedNamespaces.Contains(body.Namespace());

    private static JsonObject? Template(ResourceType type, JsonObject body) =>
        type == ResourceCatalog.Pod ? body
        : type == ResourceCatalog.CronJob ? body.At("spec", "jobTemplate", "spec", "template") as JsonObject
        : body.At("spec", "template") is JsonObject template && template["spec"] is JsonObject ? template
        : null;

    private static void Check(string pod, JsonObject container)
    {
        var name = container.Text("name");
        var missing = Probes.Where(probe => container[probe] is null).ToArray();
        if (missing.Length > 0)
        {
            throw Denied(
                "containerenforceprob",
                $"Container <{name}> in your Pod <{pod}> has no <{missing[0]}>. Required probes: {string.Join(", ", Probes)}"
            );
        }

        var image = container.Text("image") ?? "";
        var tag = image[(image.LastIndexOf('/') + 1)..].Split('@')[0].Split(':');
        if (!image.Contains('@', StringComparison.Ordinal) && tag is not [_, not ("" or "latest")])
        {
            throw Denied(
                "containernolatestimage",
                $"Please specify an explicit, versioned image tag such as '1.0' for container {name}. Using explicit version tags is a "
                    + "best practice to ensure reproducibility, prevent unintended updates, and facilitate easier debugging and rollbacks. "
                    + "Avoid using the 'latest' tag because it can change over time without notice."
            );
        }
    }

    private static KubeError Denied(string policy, string problem) =>
        new(
            403,
            "Forbidden",
            $"admission webhook \"{Webhook}\" denied the request: [azurepolicy-k8sazurev1{policy}-ceffa082711831ebffd1] {problem}"
        );

    private static void Raise(JsonObject container)
    {
        foreach (var (name, usual, least) in Amounts)
        {
            var (request, limit) = (container.At("resources", "requests", name), container.At("resources", "limits", name));
            var isCpu = name == "cpu";
            var wanted =
                request is null && limit is null ? (usual, usual)
                : isCpu ? ($"{request ?? limit}", $"{limit ?? request}")
                : (request?.ToString(), limit?.ToString());
            var (asked, most) = (Higher(wanted.Item1, least), Higher(wanted.Item2, least));
            asked = asked is not null && most is not null && Number(asked) > Number(most) ? most : asked;
            Set(container, "requests", name, asked);
            Set(container, "limits", name, most);
        }
    }

    private static void Set(JsonObject container, string list, string name, string? amount)
    {
        if (amount is not null)
        {
            container.Child("resources").Child(list)[name] = amount;
        }
    }

    private static string? Higher(string? amount, string least) => amount is not null && Number(amount) < Number(least) ? least : amount;

    private static decimal Number(string amount) => Quantity.Parse(JsonValue.Create(amount)) ?? 0;

    /// <summary>Pods with the same label prefer other nodes. A workload with rules of its own keeps them.</summary>
    private static void Spread(string workload, JsonObject pod)
    {
        var spec = pod.Child("spec");
        if (spec["topologySpreadConstraints"] is not null || spec.At("affinity", "podAntiAffinity") is not null)
        {
            return;
        }

        var labels = pod.Child("metadata").Child("labels");
        var key =
            labels.ContainsKey("app") ? "app"
            : labels.ContainsKey("app.kubernetes.io/name") ? "app.kubernetes.io/name"
            : null;
        if (key is null)
        {
            key = "default-antiaffinity-applabel";
            labels[key] = workload;
        }

        JsonObject Selector() => new() { ["matchLabels"] = new JsonObject { [key] = labels[key]?.DeepClone() } };
        spec.Child("affinity")["podAntiAffinity"] = new JsonObject
        {
            ["preferredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(
                new JsonObject
                {
                    ["weight"] = 100,
                    ["podAffinityTerm"] = new JsonObject { ["labelSelector"] = Selector(), ["topologyKey"] = Hostname },
                }
            ),
        };
        spec["topologySpreadConstraints"] = new JsonArray(
            new JsonObject
            {
                ["maxSkew"] = 1,
                ["topologyKey"] = Hostname,
                ["whenUnsatisfiable"] = "ScheduleAnyway",
                ["labelSelector"] = Selector(),
            }
        );
    }
}
