using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The mesh revisions that a location offers.</summary>
internal sealed class MeshRevisionApi(ProviderRegistrations registrations)
{
    private const string Collection =
        "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}/meshRevisionProfiles";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Collection, request => ArmAnswer.Page([Describe(request)]));
        routes.Map(
            "GET",
            Collection + "/{name}",
            request =>
                string.Equals(request.Name, "istio", StringComparison.OrdinalIgnoreCase)
                    ? ArmAnswer.Ok(Describe(request))
                    : throw new ArmException(404, "NotFound", $"There is no mesh '{request.Name}'.") { ByProvider = true }
        );
    }

    private JsonObject Describe(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.ContainerService);
        var location = ResourceTypes.RequireLocation(request, "locations/meshRevisionProfiles");
        return new JsonObject
        {
            ["id"] =
                $"/subscriptions/{request.Subscription}/providers/Microsoft.ContainerService/locations/{location}/"
                + "meshRevisionProfiles/istio",
            ["name"] = "istio",
            ["type"] = "Microsoft.ContainerService/locations/meshRevisionProfiles",
            ["properties"] = new JsonObject { ["meshRevisions"] = MeshRevisionCatalog.Describe() },
        };
    }
}
