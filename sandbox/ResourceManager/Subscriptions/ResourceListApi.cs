using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Network;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>Resource Manager's own list of a resource group or a subscription: names and tags, without provider properties.</summary>
internal sealed class ResourceListApi(ResourceStore resources, NodeGroupNetwork nodeGroups)
{
    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/resources", request => Page(request, group: null));
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/resourceGroups/{group}/resources",
            request => Page(request, resources.RequireGroup(request).Text("name"))
        );
    }

    private ArmAnswer Page(ArmRequest request, string? group)
    {
        var scope = $"/subscriptions/{request.Subscription}/resourceGroups/{group}";
        var stored = resources.Below(scope.TrimEnd('/')).Where(entry => entry.Id.Split('/').Length == 9).Select(entry => entry.Document);
        var made = new[] { NodeGroupNetwork.AddressType, NodeGroupNetwork.BalancerType }.SelectMany(type =>
            nodeGroups.List(type, request.Subscription, group)
        );
        return ArmAnswer.Page(request, stored.Concat(made).Select(Summary).Where(ListFilter.Parse(request.Query("$filter"))));
    }

    private static JsonObject Summary(JsonObject document)
    {
        var summary = new JsonObject
        {
            ["id"] = document.Text("id"),
            ["name"] = document.Text("name"),
            ["type"] = document.Text("type"),
            ["location"] = document.Text("location"),
        };
        foreach (var optional in (string[])["tags", "sku", "identity", "kind"])
        {
            if (document[optional] is { } value)
            {
                summary[optional] = value.DeepClone();
            }
        }

        return summary;
    }
}
