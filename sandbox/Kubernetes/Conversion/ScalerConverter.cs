using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Conversion;

/// <summary>
/// Autoscalers in <c>autoscaling/v1</c>: one CPU target. Annotations keep the other fields of <c>v2</c>
/// (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#api-object).
/// </summary>
internal static class ScalerConverter
{
    public const string Version = "v1";
    private const string Target = "targetCPUUtilizationPercentage";
    private const string Current = "currentCPUUtilizationPercentage";

    /// <summary>The lists and the annotations that keep them.</summary>
    private static readonly (string Section, string Field, string Annotation)[] Kept =
    [
        ("spec", "metrics", "autoscaling.alpha.kubernetes.io/metrics"),
        ("spec", "behavior", "autoscaling.alpha.kubernetes.io/behavior"),
        ("status", "currentMetrics", "autoscaling.alpha.kubernetes.io/current-metrics"),
        ("status", "conditions", "autoscaling.alpha.kubernetes.io/conditions"),
    ];

    public static void FromStored(JsonObject body)
    {
        Take(body, "spec", "metrics", "target", Target);
        Take(body, "status", "currentMetrics", "current", Current);
        foreach (var (section, field, annotation) in Kept)
        {
            if (
                body[section] is JsonObject parent
                && parent.Remove(field, out var value)
                && value is JsonObject or JsonArray { Count: > 0 }
            )
            {
                body.Child("metadata").Child("annotations")[annotation] = value.ToJsonString();
            }
        }
    }

    public static void ToStored(JsonObject body)
    {
        foreach (var (section, field, annotation) in Kept)
        {
            if (body.Text("metadata", "annotations", annotation) is { } text)
            {
                body.Child("metadata").Child("annotations").Remove(annotation);
                body.Child(section)[field] = Read(annotation, text);
            }
        }

        Put(body, "spec", "metrics", "target", Target);
        Put(body, "status", "currentMetrics", "current", Current);
        if (body.At("metadata", "annotations") is JsonObject { Count: 0 })
        {
            body.Child("metadata").Remove("annotations");
        }
    }

    private static void Take(JsonObject body, string section, string list, string side, string field)
    {
        if (body.Items(section, list).FirstOrDefault(metric => IsCpu(metric, side)) is { } metric)
        {
            body.Child(section)[field] = metric.Number("resource", side, "averageUtilization");
            ((JsonArray?)metric.Parent)?.Remove(metric);
        }
    }

    private static void Put(JsonObject body, string section, string list, string side, string field)
    {
        if (body.Number(section, field) is not { } percentage)
        {
            return;
        }

        var usage = new JsonObject { ["averageUtilization"] = percentage };
        if (side == "target")
        {
            usage["type"] = "Utilization";
        }

        var parent = body.Child(section);
        parent.Remove(field);
        var metric = new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject { ["name"] = "cpu", [side] = usage },
        };
        parent[list] = new JsonArray([.. body.Items(section, list).Select(other => other.DeepClone()), metric]);
    }

    private static bool IsCpu(JsonNode metric, string side) =>
        metric.Text("type") == "Resource"
        && metric.Text("resource", "name") == "cpu"
        && metric.Number("resource", side, "averageUtilization") is not null;

    private static JsonNode? Read(string annotation, string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            throw KubeError.BadRequest($"metadata.annotations[{annotation}] is not JSON");
        }
    }
}
