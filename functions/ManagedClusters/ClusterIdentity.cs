using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The identity with which a cluster calls Azure (<c>identity</c>), pure. AKS changes it at any time; for some hours, controllers still use
/// the former one ("Use a managed identity in AKS").
/// </summary>
internal static class ClusterIdentity
{
    private const string SystemAssigned = nameof(SystemAssigned);
    private const string UserAssigned = nameof(UserAssigned);

    /// <param name="named">The id of a user-assigned identity; null for the system-assigned one.</param>
    public static JsonObject Body(string? named) =>
        named is null
            ? new JsonObject { ["type"] = SystemAssigned }
            : new JsonObject
            {
                ["type"] = UserAssigned,
                ["userAssignedIdentities"] = new JsonObject { [named] = new JsonObject() },
            };

    /// <returns>Whether the cluster had another identity.</returns>
    public static bool Write(JsonObject body, ClusterSpec spec)
    {
        if (Fits(body, spec))
        {
            return false;
        }

        body["identity"] = Body(spec.UserAssignedIdentity);
        return true;
    }

    /// <param name="cluster">As Azure answers it.</param>
    public static bool Fits(JsonObject cluster, ClusterSpec spec) =>
        spec.Identity is null || Has(cluster["identity"], spec.UserAssignedIdentity);

    private static bool Has(JsonNode? identity, string? named) =>
        string.Equals(
            identity?["type"]?.GetValue<string>(),
            named is null ? SystemAssigned : UserAssigned,
            StringComparison.OrdinalIgnoreCase
        )
        && (
            named is null
            || (identity?["userAssignedIdentities"] as JsonObject ?? []).Any(assigned =>
                string.Equals(assigned.Key, named, StringComparison.OrdinalIgnoreCase)
            )
        );
}
