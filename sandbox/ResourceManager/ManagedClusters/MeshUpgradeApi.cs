using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The revisions to which a cluster's mesh can be upgraded.</summary>
internal sealed class MeshUpgradeApi(ResourceStore resources)
{
    private const string Path = ManagedClusterApi.Path + "/{name}/meshUpgradeProfiles";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ArmAnswer.Page(Find(request) is { } profile ? [profile] : []));
        routes.Map(
            "GET",
            Path + "/{child}",
            request =>
                string.Equals(request.Child, "istio", StringComparison.OrdinalIgnoreCase) && Find(request) is { } profile
                    ? ArmAnswer.Ok(profile)
                    : throw new ArmException(404, "NotFound", $"There is no mesh '{request.Child}' in managed cluster {request.Name}.")
                    {
                        ByProvider = true,
                    }
        );
    }

    /// <summary>
    /// During a canary upgrade, the profile is that of the older revision, without upgrades until the canary upgrade ends.
    /// </summary>
    private JsonObject? Find(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        var revisions =
            cluster.Text("properties", "serviceMeshProfile", "mode") == "Istio"
                ? cluster.Texts("properties", "serviceMeshProfile", "istio", "revisions")
                : [];
        if (revisions.Count == 0)
        {
            return null;
        }

        var properties = MeshRevisionCatalog.DescribeOne(revisions[0]);
        if (revisions.Count > 1)
        {
            properties["upgrades"] = new JsonArray();
        }

        return new JsonObject
        {
            ["id"] = $"{id}/meshUpgradeProfiles/istio",
            ["name"] = "istio",
            ["type"] = ManagedClusterApi.Type + "/meshUpgradeProfiles",
            ["properties"] = properties,
        };
    }
}
