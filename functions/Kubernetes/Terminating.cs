using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>
/// An object whose deletion was asked for stays, and works, until the last of its finalizers is taken out; every Service that is a load balancer has one of Azure's. Whatever is written to
/// it goes with it, so one that is wanted again is waited for and then made anew.
/// </summary>
internal static class Terminating
{
    public static bool IsOne(JsonObject found) => found["metadata"]?["deletionTimestamp"] is not null;

    /// <summary>Whether a deletion does not take it away at once.</summary>
    public static bool IsKept(JsonObject found) => found["metadata"]?["finalizers"] is JsonArray { Count: > 0 };

    /// <summary>For people.</summary>
    public static string Tell(ObjectRef target, JsonObject found) =>
        $"{target} is being deleted and waits for {string.Join(", ", (found["metadata"]?["finalizers"] as JsonArray ?? []).Select(finalizer => finalizer?.ToString()))}, which somebody else has to take out.";
}
