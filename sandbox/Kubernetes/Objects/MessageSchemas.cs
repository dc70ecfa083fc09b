using System.Collections.Concurrent;
using MeshPort.Sandbox.Kubernetes.Server.Protobuf;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// Schemas of the inner types of built-in kinds, from their published messages. The messages name fields and types. This file adds how
/// lists and objects merge (<c>+listType</c> and <c>+structType</c> in kubernetes/api); by default both are replaced as a whole.
/// </summary>
internal static class MessageSchemas
{
    private static readonly ConcurrentDictionary<string, Schema> Known = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, string[]> Keys = new()
    {
        ["admissionregistration.v1.MutatingWebhook.matchConditions"] = ["name"],
        ["admissionregistration.v1.MutatingWebhookConfiguration.webhooks"] = ["name"],
        ["admissionregistration.v1.ValidatingWebhook.matchConditions"] = ["name"],
        ["admissionregistration.v1.ValidatingWebhookConfiguration.webhooks"] = ["name"],
        ["core.v1.NodeStatus.addresses"] = ["type"],
        ["core.v1.PodStatus.podIPs"] = ["ip"],
        ["core.v1.ResourceRequirements.claims"] = ["name"],
    };

    private static readonly HashSet<string> Whole =
    [
        "autoscaling.v2.CrossVersionObjectReference",
        "core.v1.ConfigMapKeySelector",
        "core.v1.LocalObjectReference",
        "core.v1.NodeSelector",
        "core.v1.NodeSelectorTerm",
        "core.v1.ObjectFieldSelector",
        "core.v1.ObjectReference",
        "core.v1.ResourceFieldSelector",
        "core.v1.SecretKeySelector",
        "core.v1.ScopeSelector",
        "core.v1.TypedLocalObjectReference",
        "meta.v1.LabelSelector",
        "meta.v1.OwnerReference",
    ];

    // 64-bit fields; the messages do not tell.
    private static readonly HashSet<string> Long =
    [
        "runAsUser",
        "runAsGroup",
        "fsGroup",
        "supplementalGroups",
        "tolerationSeconds",
        "terminationGracePeriodSeconds",
        "gracePeriodSeconds",
        "observedGeneration",
        "expirationSeconds",
        "seconds",
        "sizeBytes",
        "activeDeadlineSeconds",
        "startingDeadlineSeconds",
        "revision",
    ];

    /// <param name="message">The name in messages.txt: <c>core.v1.Probe</c>.</param>
    public static Schema Of(string message) =>
        Known.GetOrAdd(
            message,
            static name => Schema.Struct([.. Fields(name)]) with { GoName = name.Split('.')[^1], Atomic = Whole.Contains(name) }
        );

    /// <summary>A kind that is served as its message is published.</summary>
    public static Schema Kind(string message) =>
        Schema.Struct([("apiVersion", Schema.Text), ("kind", Schema.Text), .. Fields(message).ToArray()]);

    private static IEnumerable<(string Name, Schema Schema)> Fields(string message) =>
        MessageTypes
            .Fields(message)
            .Values.SelectMany(field =>
                field.Name == "."
                    ? Fields(field.Type)
                    :
                    [
                        (
                            field.Name,
                            Long.Contains(field.Name) ? (field.Type == "i" ? Schema.Long : Schema.AtomicList(Schema.Long))
                            : field.Name == "conditions" ? Typed(field.Type, ["type"])
                            : Typed(field.Type, Keys.GetValueOrDefault($"{message}.{field.Name}") ?? [])
                        ),
                    ]
            );

    private static Schema Typed(string type, string[] keys) =>
        type switch
        {
            "i" => Schema.Integer,
            "s" or "y" or "Time" or "MicroTime" => Schema.Text,
            "d" => Schema.Real,
            "b" => Schema.Flag,
            "Quantity" => Schema.Quantity,
            "IntOrString" => Schema.IntOrString,
            "Texts" => Schema.Strings,
            "Raw" => Schema.Any,
            "meta.v1.ObjectMeta" => BuiltInSchemas.Metadata,
            "core.v1.PodTemplateSpec" => BuiltInSchemas.PodTemplate,
            "core.v1.PersistentVolumeClaim" => Kind(type), // in a template it names its kind
            _ when type.StartsWith("list:", StringComparison.Ordinal) && keys.Length > 0 => Schema.ListMap(Typed(type[5..], []), keys),
            _ when type.StartsWith("list:", StringComparison.Ordinal) => Schema.AtomicList(Typed(type[5..], [])),
            _ when type.StartsWith("map:", StringComparison.Ordinal) => Schema.Map(Typed(type[4..], [])),
            _ => Of(type),
        };
}
