using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Virtual networks and their subnets. A subnet is a document of its own and is shown in its network as well.</summary>
internal sealed class VirtualNetworkApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
{
    private const string Type = "Microsoft.Network/virtualNetworks";
    private const string SubnetType = Type + "/subnets";
    private const string Collection = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;
    private const string SubnetCollection = Collection + "/{name}/subnets";
    private readonly NetworkWrites _writes = new(resources, operations, registrations);

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/providers/" + Type, request => ArmAnswer.Page(resources.OfType(request.Subscription, Type).Select(entry => View(entry.Document))));
        routes.Map("GET", Collection, List);
        routes.Map("GET", Collection + "/{name}", request => ArmAnswer.Ok(View(Require(request))));
        routes.Map("PUT", Collection + "/{name}", Put);
        routes.Map("DELETE", Collection + "/{name}", Delete);
        routes.Map("GET", SubnetCollection, request => ArmAnswer.Page(Subnets(Require(request)).Select(ResourceStore.View)));
        routes.Map("GET", SubnetCollection + "/{child}", GetSubnet);
        routes.Map("PUT", SubnetCollection + "/{child}", PutSubnet);
        routes.Map("DELETE", SubnetCollection + "/{child}", DeleteSubnet);
        _writes.EndOperationsOf("virtualNetworks");
        _writes.EndOperationsOf("subnets");
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(resources.Children($"{request.GroupId}/providers/{Type}").Select(entry => View(entry.Document)));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        var existing = resources.Get(id);
        if (existing is not null)
        {
            ResourceStore.RequireSameLocation(existing, location, request.Name, request.Group, Type);
        }

        var properties = (JsonObject)request.Body.Properties().DeepClone();
        var prefixes = properties.Texts("addressSpace", "addressPrefixes");
        if (prefixes.Count == 0)
        {
            throw new ArmException(400, "InvalidRequestFormat", "Cannot parse the request: addressSpace.addressPrefixes must name at least one prefix.") { ByProvider = true };
        }

        var space = prefixes.Select(prefix => AddressPrefixes.Parse(prefix, id)).ToList();
        var subnets = properties.Array("subnets") is null ? null : properties.Objects("subnets");
        var resulting = subnets ?? [.. resources.Children(id + "/subnets").Select(entry => entry.Document)];
        CheckSubnets(request.Name, space, [.. resulting.Select(subnet => (subnet.Text("name") ?? "", Prefix(subnet)))]);
        if (subnets is not null)
        {
            ReplaceSubnets(request.Subscription, id, subnets);
        }

        properties.Remove("subnets");
        properties.Default("virtualNetworkPeerings", new JsonArray());
        var document = new JsonObject
        {
            ["name"] = existing?.Text("name") ?? request.Name,
            ["id"] = existing?.Text("id") ?? id,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone(),
            ["properties"] = properties,
        };
        return _writes.Save(request, "virtualNetworks", id, location, document, View);
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        foreach (var (subnetId, _) in resources.Children(id + "/subnets"))
        {
            RefuseIfInUse(request.Subscription, subnetId);
        }

        return _writes.Remove(request, "virtualNetworks", id, resources.Get(id)?.Text("location") ?? "");
    }

    private ArmAnswer GetSubnet(ArmRequest request)
    {
        Require(request);
        return ArmAnswer.Ok(ResourceStore.View(resources.Get(SubnetId(request)) ?? throw SubnetNotFound(request)));
    }

    private ArmAnswer PutSubnet(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        var network = resources.Get(Id(request)) ?? throw ArmErrors.ParentNotFound("virtualNetworks/subnets", Id(request));
        var id = SubnetId(request);
        var space = network.Texts("properties", "addressSpace", "addressPrefixes").Select(prefix => IPNetwork.Parse(prefix)).ToList();
        var others = Subnets(network).Where(subnet => !string.Equals(subnet.Text("name"), request.Child, StringComparison.OrdinalIgnoreCase));
        CheckSubnets(request.Name, space, [(request.Child, Prefix(request.Body)), .. others.Select(subnet => (subnet.Text("name") ?? "", Prefix(subnet)))]);
        CheckSecurityGroup(id, request.Body);
        var document = new JsonObject
        {
            ["name"] = request.Child,
            ["id"] = id,
            ["type"] = SubnetType,
            ["properties"] = WithDefaults((JsonObject)request.Body.Properties().DeepClone()),
        };
        return _writes.Save(request, "subnets", id, network.Text("location") ?? "", document, ResourceStore.View);
    }

    private ArmAnswer DeleteSubnet(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        RefuseIfInUse(request.Subscription, SubnetId(request));
        return _writes.Remove(request, "subnets", SubnetId(request), resources.Get(Id(request))?.Text("location") ?? "");
    }

    /// <summary>A list of subnets in the network's own PUT is the whole list; without one the subnets stay as they are.</summary>
    private void ReplaceSubnets(string subscription, string id, IReadOnlyList<JsonObject> subnets)
    {
        var wanted = subnets.ToDictionary(subnet => $"{id}/subnets/{subnet.Text("name")}", StringComparer.OrdinalIgnoreCase);
        var present = resources.Children(id + "/subnets").ToDictionary(entry => entry.Id, StringComparer.OrdinalIgnoreCase);
        foreach (var gone in present.Keys.Where(key => !wanted.ContainsKey(key)))
        {
            RefuseIfInUse(subscription, gone);
        }

        foreach (var (subnetId, subnet) in wanted)
        {
            CheckSecurityGroup(subnetId, subnet);
        }

        foreach (var gone in present.Keys.Where(key => !wanted.ContainsKey(key)))
        {
            resources.Delete(gone);
        }

        foreach (var (subnetId, subnet) in wanted)
        {
            var document = _writes.InlineChild(subnetId, SubnetType, subnet, !present.ContainsKey(subnetId));
            WithDefaults(document.Ensure("properties"));
            resources.Put(subnetId, document);
        }
    }

    private static JsonObject WithDefaults(JsonObject properties)
    {
        properties.Default("delegations", new JsonArray());
        properties.Default("privateEndpointNetworkPolicies", "Disabled");
        properties.Default("privateLinkServiceNetworkPolicies", "Enabled");
        return properties;
    }

    private static IPNetwork Prefix(JsonObject subnet) => AddressPrefixes.Parse(
        subnet.Text("properties", "addressPrefix") ?? subnet.Texts("properties", "addressPrefixes").FirstOrDefault() ?? "",
        subnet.Text("name") ?? "subnet");

    private static void CheckSubnets(string network, List<IPNetwork> space, List<(string Name, IPNetwork Prefix)> subnets)
    {
        for (var one = 0; one < subnets.Count; one++)
        {
            if (!space.Any(prefix => AddressPrefixes.Contains(prefix, subnets[one].Prefix)))
            {
                throw new ArmException(400, "NetcfgSubnetRangeOutsideVnet", $"Subnet '{subnets[one].Name}' is not valid because its IP address range is outside the IP address range of virtual network '{network}'.") { ByProvider = true };
            }

            if (subnets.Skip(one + 1).FirstOrDefault(other => AddressPrefixes.Overlap(subnets[one].Prefix, other.Prefix)) is { Name: { } overlapped })
            {
                throw new ArmException(400, "NetcfgSubnetRangesOverlap", $"Subnet '{subnets[one].Name}' is not valid because its IP address range overlaps with that of an existing subnet '{overlapped}' in virtual network '{network}'.") { ByProvider = true };
            }
        }
    }

    private void CheckSecurityGroup(string subnetId, JsonObject subnet)
    {
        if (subnet.Text("properties", "networkSecurityGroup", "id") is { } group && resources.Get(group) is null)
        {
            throw new ArmException(400, "InvalidResourceReference", $"Resource {group} referenced by resource {subnetId} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.") { ByProvider = true };
        }
    }

    private void RefuseIfInUse(string subscription, string subnetId)
    {
        if (_writes.IsSubnetInUse(subscription, subnetId))
        {
            throw new ArmException(400, "InUseSubnetCannotBeDeleted", $"Subnet {subnetId[(subnetId.LastIndexOf('/') + 1)..]} is in use by the nodes of a cluster and cannot be deleted.") { ByProvider = true };
        }
    }

    private IEnumerable<JsonObject> Subnets(JsonObject network) => resources.Children(network.Text("id") + "/subnets").Select(entry => entry.Document);

    private JsonObject View(JsonObject network)
    {
        var view = ResourceStore.View(network);
        view.Ensure("properties")["subnets"] = new JsonArray([.. Subnets(network).Select(ResourceStore.View)]);
        return view;
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(Id(request)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private static ArmException SubnetNotFound(ArmRequest request) => new(404, "NotFound", $"Resource {SubnetId(request)} not found.") { ByProvider = true };

    private static string Id(ArmRequest request) => request.ResourceId(Type, request.Name);

    private static string SubnetId(ArmRequest request) => $"{Id(request)}/subnets/{request.Child}";
}
