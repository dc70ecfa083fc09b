using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>The condition <c>ReplicaFailure</c> of a Deployment: the API server refuses its pods.</summary>
internal static class ReplicaFailure
{
    /// <param name="status">The status of the Deployment; null when it is not known.</param>
    /// <returns>The message of the condition; null where pods can be made.</returns>
    public static string? Find(JsonNode? status) =>
        (status?["conditions"] as JsonArray ?? []).FirstOrDefault(condition =>
            condition?["type"]?.GetValue<string>() == "ReplicaFailure" && condition["status"]?.GetValue<string>() == "True"
        )
            is { } failure
            ? failure["message"]?.GetValue<string>() ?? "no message"
            : null;
}
