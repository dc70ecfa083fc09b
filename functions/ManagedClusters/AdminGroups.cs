using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The Entra groups that administrate a cluster, pure. AKS changes them later (<c>az aks update --aad-admin-group-object-ids</c>), where
/// its Entra integration is on. Where it is off, <see cref="ImmutableFields"/> reports the groups of the spec.
/// </summary>
internal static class AdminGroups
{
    /// <summary>Of <c>aadProfile</c>: object ids.</summary>
    public const string Field = "adminGroupObjectIDs";

    /// <param name="properties">Of a cluster that exists.</param>
    /// <param name="isOurs">False keeps groups that the spec does not name: somebody may need them.</param>
    /// <returns>Whether the cluster had other groups.</returns>
    public static bool Write(JsonObject properties, AccessSpec access, bool isOurs)
    {
        if (access.AdminGroupObjectIds.Count == 0 || !HasEntra(properties))
        {
            return false;
        }

        var entra = ManagedClusterBody.Child(properties, "aadProfile");
        var found = (entra[Field] as JsonArray ?? []).Select(group => $"{group}").ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (isOurs ? found.SetEquals(access.AdminGroupObjectIds) : found.IsSupersetOf(access.AdminGroupObjectIds))
        {
            return false;
        }

        found.UnionWith(access.AdminGroupObjectIds);
        entra[Field] = TextArray.Of(isOurs ? access.AdminGroupObjectIds : found);
        return true;
    }

    /// <summary>Whether the Entra integration that AKS manages is on.</summary>
    public static bool HasEntra(JsonNode? properties) => properties?["aadProfile"]?["managed"]?.GetValue<bool>() == true;
}
