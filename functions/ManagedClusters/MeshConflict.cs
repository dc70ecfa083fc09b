using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Add-ons of AKS that exclude the Istio add-on, pure: the Gateway API of application routing, which brings an Istio without sidecars and
/// without classic gateways, and Open Service Mesh (AKS documentation, "Istio-based service mesh add-on", limitations). Azure refuses to
/// enable the mesh beside them.
/// </summary>
internal static class MeshConflict
{
    /// <returns>The add-on, and how to disable it; null when nothing excludes the mesh, or the mesh is enabled.</returns>
    public static string? Find(ClusterId cluster, JsonObject observed)
    {
        var (properties, place) = (observed["properties"], $"--resource-group {cluster.ResourceGroup} --name {cluster.Name}");
        return HasMesh(observed) ? null
            : Is(properties?["ingressProfile"]?["webAppRouting"]?["gatewayAPIImplementations"]?["appRoutingIstio"]?["mode"], "Enabled")
                ? "Application routing runs its own Istio on the cluster (Gateway API), and AKS does not allow the Istio add-on beside it. "
                    + $"Move its Gateways to another ingress, then disable it: az aks approuting gateway istio disable {place}. "
                    + "Or create another cluster."
            : properties?["addonProfiles"]?["openServiceMesh"]?["enabled"]?.GetValue<bool>() == true
                ? "Open Service Mesh is enabled on the cluster, and AKS does not allow the Istio add-on beside it. "
                    + $"Disable it: az aks disable-addons --addons open-service-mesh {place}. Or create another cluster."
            : null;
    }

    public static bool HasMesh(JsonObject observed) => Is(observed["properties"]?["serviceMeshProfile"]?["mode"], "Istio");

    private static bool Is(JsonNode? node, string value) =>
        string.Equals(node?.GetValue<string>(), value, StringComparison.OrdinalIgnoreCase);
}
