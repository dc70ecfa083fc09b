using System.Reflection;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The roles of trusted access: trustedAccessRoles.json beside this file, as Azure answered in November 2025 (azure-powershell,
/// Get-AzAksTrustedAccessRole.Recording.json).
/// </summary>
internal static class TrustedAccessRoles
{
    public static IReadOnlyList<JsonObject> All { get; } = Read();

    /// <summary>The name in bindings: <c>Microsoft.MachineLearningServices/workspaces/mlworkload</c>.</summary>
    public static string QualifiedName(JsonObject role) => $"{role.Text("sourceResourceType")}/{role.Text("name")}";

    private static JsonObject[] Read()
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream($"{typeof(TrustedAccessRoles).Namespace}.trustedAccessRoles.json")
            ?? throw new InvalidOperationException("trustedAccessRoles.json is not embedded.");
        return [.. (JsonNode.Parse(stream) as JsonArray ?? []).OfType<JsonObject>()];
    }
}
