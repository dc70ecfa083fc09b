using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Route tables and their routes. They are stored; packets of the sandbox need no routes.</summary>
internal sealed class RouteTableApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : NestedResourceApi(resources, operations, registrations, "routeTables", "routes")
{
    protected override bool KeepsChildren => false;

    protected override void CheckParent(
        string id,
        JsonObject properties,
        IReadOnlyList<JsonObject> wanted,
        IReadOnlyList<JsonObject> present
    ) => properties.Default("disableBgpRoutePropagation", false);

    protected override void CheckChild(
        string id,
        JsonObject document,
        JsonObject parentDocument,
        IReadOnlyList<JsonObject> others,
        JsonObject? before
    )
    {
        var prefix = document.Text("properties", "addressPrefix") ?? "";
        if (!IPNetwork.TryParse(prefix, out var range))
        {
            throw Refuse("InvalidRouteAddressPrefix", $"Address prefix {prefix} of route {document.Text("name")} is not a CIDR.");
        }

        AddressPrefixes.Parse(prefix, id);
        if (
            others.FirstOrDefault(other =>
                IPNetwork.TryParse(other.Text("properties", "addressPrefix"), out var known) && known.Equals(range)
            ) is
            { } same
        )
        {
            throw Refuse(
                "RouteConflict",
                $"Route {document.Text("name")} conflicts with route {same.Text("name")}. Routes cannot have the same AddressPrefix."
            );
        }

        var hop = document.Text("properties", "nextHopType");
        if ((hop == "VirtualAppliance") != IPAddress.TryParse(document.Text("properties", "nextHopIpAddress"), out _))
        {
            throw Refuse(
                "InvalidNextHopIpAddress",
                $"Route {document.Text("name")}: a next hop of type {hop} {(hop == "VirtualAppliance" ? "needs an" : "has no")} IP address."
            );
        }
    }

    protected override void RefuseToDelete(string id)
    {
        if (SubnetUsers.Of(Resources, id, "routeTable").FirstOrDefault() is { } subnet)
        {
            throw Refuse(
                "InUseRouteTableCannotBeDeleted",
                $"Route table {id} is in use and cannot be deleted. It is used by subnet {subnet}."
            );
        }
    }

    protected override void RefuseToDeleteChild(string id) { }

    protected override void Show(string id, JsonObject properties) => SubnetUsers.Show(Resources, id, "routeTable", properties);

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
