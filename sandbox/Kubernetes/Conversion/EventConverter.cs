using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Conversion;

/// <summary>
/// Events with the field names of <c>events.k8s.io/v1</c>
/// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
/// </summary>
internal static class EventConverter
{
    public const string Version = "events.k8s.io/v1";

    /// <summary>The field names there and in the core group.</summary>
    public static readonly IReadOnlyList<(string Name, string Core)> Names =
    [
        ("regarding", "involvedObject"),
        ("note", "message"),
        ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedCount", "count"),
    ];

    public static void ToStored(JsonObject body)
    {
        foreach (var (name, core) in Names)
        {
            VersionConverter.Move(body, name, body, core);
        }
    }

    public static void FromStored(JsonObject body)
    {
        foreach (var (name, core) in Names)
        {
            VersionConverter.Move(body, core, body, name);
        }
    }
}
