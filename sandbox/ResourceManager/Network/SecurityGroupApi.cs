using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Network security groups and their rules. A rule is a document of its own and is shown in its group as well.</summary>
internal sealed class SecurityGroupApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
{
    private const string Type = "Microsoft.Network/networkSecurityGroups";
    private const string RuleType = Type + "/securityRules";
    private const string Collection = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;
    private const string RuleCollection = Collection + "/{name}/securityRules";
    private readonly NetworkWrites _writes = new(resources, operations, registrations);

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/providers/" + Type, request => ArmAnswer.Page(resources.OfType(request.Subscription, Type).Select(entry => View(entry.Document))));
        routes.Map("GET", Collection, List);
        routes.Map("GET", Collection + "/{name}", request => ArmAnswer.Ok(View(Require(request))));
        routes.Map("PUT", Collection + "/{name}", Put);
        routes.Map("DELETE", Collection + "/{name}", Delete);
        routes.Map("GET", RuleCollection, request => ArmAnswer.Page(Rules(Require(request)).Select(ResourceStore.View)));
        routes.Map("GET", RuleCollection + "/{child}", GetRule);
        routes.Map("PUT", RuleCollection + "/{child}", PutRule);
        routes.Map("DELETE", RuleCollection + "/{child}", DeleteRule);
        _writes.EndOperationsOf("networkSecurityGroups");
        _writes.EndOperationsOf("securityRules");
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
        ReplaceRules(id, properties.Objects("securityRules"));
        foreach (var shown in (string[])["securityRules", "defaultSecurityRules", "subnets"])
        {
            properties.Remove(shown);
        }

        var document = new JsonObject
        {
            ["name"] = existing?.Text("name") ?? request.Name,
            ["id"] = existing?.Text("id") ?? id,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone(),
            ["properties"] = properties,
        };
        return _writes.Save(request, "networkSecurityGroups", id, location, document, View);
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        return resources.Get(id) is { } group && Subnets(group).FirstOrDefault() is { } subnet
            ? throw new ArmException(400, "InUseNetworkSecurityGroupCannotBeDeleted", $"Network security group {id} cannot be deleted because it is in use by the following resources: {subnet}.") { ByProvider = true }
            : _writes.Remove(request, "networkSecurityGroups", id, resources.Get(id)?.Text("location") ?? "");
    }

    private ArmAnswer GetRule(ArmRequest request)
    {
        Require(request);
        return ArmAnswer.Ok(ResourceStore.View(resources.Get(RuleId(request))
            ?? throw new ArmException(404, "NotFound", $"Resource {RuleId(request)} not found.") { ByProvider = true }));
    }

    private ArmAnswer PutRule(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        var group = resources.Get(Id(request)) ?? throw ArmErrors.ParentNotFound("networkSecurityGroups/securityRules", Id(request));
        SecurityRule.Check(request.Child, request.Body, Rules(group).Where(rule => !string.Equals(rule.Text("name"), request.Child, StringComparison.OrdinalIgnoreCase)));
        var document = new JsonObject { ["name"] = request.Child, ["id"] = RuleId(request), ["type"] = RuleType, ["properties"] = WithDefaults(request.Body) };
        return _writes.Save(request, "securityRules", RuleId(request), group.Text("location") ?? "", document, ResourceStore.View);
    }

    private ArmAnswer DeleteRule(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        return _writes.Remove(request, "securityRules", RuleId(request), resources.Get(Id(request))?.Text("location") ?? "");
    }

    /// <summary>A group's PUT is the whole group: rules that it does not list are gone, also when it lists none.</summary>
    private void ReplaceRules(string id, IReadOnlyList<JsonObject> rules)
    {
        for (var index = 0; index < rules.Count; index++)
        {
            SecurityRule.Check(rules[index].Text("name") ?? "", rules[index], rules.Take(index));
        }

        var wanted = rules.ToDictionary(rule => $"{id}/securityRules/{rule.Text("name")}", StringComparer.OrdinalIgnoreCase);
        var present = resources.Children(id + "/securityRules").Select(entry => entry.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var gone in present.Where(key => !wanted.ContainsKey(key)))
        {
            resources.Delete(gone);
        }

        foreach (var (ruleId, rule) in wanted)
        {
            resources.Put(ruleId, _writes.InlineChild(ruleId, RuleType, new JsonObject { ["properties"] = WithDefaults(rule) }, !present.Contains(ruleId)));
        }
    }

    private static JsonObject WithDefaults(JsonObject rule)
    {
        var properties = (JsonObject)rule.Properties().DeepClone();
        foreach (var list in (string[])["sourceAddressPrefixes", "destinationAddressPrefixes", "sourcePortRanges", "destinationPortRanges"])
        {
            properties.Default(list, new JsonArray());
        }

        return properties;
    }

    private IEnumerable<JsonObject> Rules(JsonObject group) => resources.Children(group.Text("id") + "/securityRules").Select(entry => entry.Document);

    private IEnumerable<string> Subnets(JsonObject group)
    {
        var id = group.Text("id") ?? "";
        return resources.OfType(id.Split('/')[2], "Microsoft.Network/virtualNetworks")
            .SelectMany(network => resources.Children(network.Id + "/subnets"))
            .Where(subnet => string.Equals(subnet.Document.Text("properties", "networkSecurityGroup", "id"), id, StringComparison.OrdinalIgnoreCase))
            .Select(subnet => subnet.Id);
    }

    private JsonObject View(JsonObject group)
    {
        var view = ResourceStore.View(group);
        var properties = view.Ensure("properties");
        properties["securityRules"] = new JsonArray([.. Rules(group).Select(ResourceStore.View)]);
        properties["defaultSecurityRules"] = new JsonArray([.. SecurityRule.Defaults(group.Text("id") ?? "")]);
        if (Subnets(group).Select(id => (JsonNode)new JsonObject { ["id"] = id }).ToArray() is { Length: > 0 } subnets)
        {
            properties["subnets"] = new JsonArray(subnets);
        }

        return view;
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(Id(request)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private static string Id(ArmRequest request) => request.ResourceId(Type, request.Name);

    private static string RuleId(ArmRequest request) => $"{Id(request)}/securityRules/{request.Child}";
}
