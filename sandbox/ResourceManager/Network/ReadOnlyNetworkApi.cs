using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Load balancers, read-only: only clusters create them here.</summary>
internal sealed class ReadOnlyNetworkApi(ResourceStore resources, NodeGroupNetwork network)
{
    public void Map(ArmRoutes routes)
    {
        Map(routes, NodeGroupNetwork.BalancerType);
    }

    private void Map(ArmRoutes routes, string type)
    {
        var collection = $"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{type}";
        routes.Map(
            "GET",
            $"/subscriptions/{{subscription}}/providers/{type}",
            request => ArmAnswer.Page(request, network.List(type, request.Subscription, group: null))
        );
        routes.Map("GET", collection, request => ArmAnswer.Page(request, InGroup(request, type)));
        routes.Map(
            "GET",
            collection + "/{name}",
            request =>
                ArmAnswer.Ok(
                    InGroup(request, type)
                        .FirstOrDefault(item => string.Equals(item.Text("name"), request.Name, StringComparison.OrdinalIgnoreCase))
                        ?? throw ArmErrors.ResourceNotFound(type, request.Name, request.Group)
                )
        );
    }

    private IEnumerable<JsonObject> InGroup(ArmRequest request, string type)
    {
        resources.RequireGroup(request);
        return network.List(type, request.Subscription, request.Group);
    }
}
