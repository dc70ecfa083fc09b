using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// System topics as Bicep deployments create them: a resource that stands for an event source. Also the kinds of sources.
/// </summary>
internal sealed class SystemTopicApi(EventSubscriptionStore subscriptions, ResourceStore resources, ProviderRegistrations registrations)
{
    private const string Collection =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + EventSubscriptionScope.SystemTopics;
    private const string Types = "/providers/Microsoft.EventGrid/topicTypes";

    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/providers/" + EventSubscriptionScope.SystemTopics,
            request =>
                ArmAnswer.Page(resources.OfType(request.Subscription, EventSubscriptionScope.SystemTopics).Select(entry => entry.Document))
        );
        routes.Map("GET", Collection, List);
        routes.Map("GET", Collection + "/{name}", request => ArmAnswer.Ok(Require(request)));
        routes.Map("PUT", Collection + "/{name}", Put);
        routes.Map("PATCH", Collection + "/{name}", Patch);
        routes.Map("DELETE", Collection + "/{name}", Delete);
        routes.Map("GET", Types, _ => ArmAnswer.Page(TopicTypes.All.Select(Describe)));
        routes.Map("GET", Types + "/{name}", request => ArmAnswer.Ok(Describe(RequireType(request))));
        routes.Map(
            "GET",
            Types + "/{name}/eventTypes",
            request => ArmAnswer.Page(RequireType(request).EventTypes.Select(name => DescribeEvent(RequireType(request), name)))
        );
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(
            resources.Children(request.ResourceId(EventSubscriptionScope.SystemTopics, "").TrimEnd('/')).Select(entry => entry.Document)
        );
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.EventGrid);
        resources.RequireWritableGroup(request);
        var source = request.Body.Text("properties", "source") ?? throw Invalid("The source of the system topic must be given.");
        var asked = request.Body.Text("properties", "topicType") ?? "";
        if (TopicTypes.Of(source) is not { } type || type != TopicTypes.Find(asked))
        {
            throw Invalid($"The topic type '{asked}' is not that of the source '{source}'.");
        }

        // The topic of a global source is in the location "global". Any other topic shares its source's location.
        var location =
            type.RegionType == "GlobalResource"
            && string.Equals(request.Body.Text("location"), "global", StringComparison.OrdinalIgnoreCase)
                ? "global"
                : ResourceTypes.RequireLocation(request.Body, EventSubscriptionScope.SystemTopics);
        var id = request.ResourceId(EventSubscriptionScope.SystemTopics, request.Name);
        var before = resources.Get(id);
        if (before is not null && !string.Equals(before.Text("properties", "source"), source, StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid("The source of a system topic cannot be changed.");
        }

        var topic = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["source"] = source,
                ["topicType"] = type.Name,
                ["metricResourceId"] = before?.Text("properties", "metricResourceId") ?? subscriptions.Ids.NewGuid("metric").ToString(),
            },
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone(),
            ["id"] = id,
            ["name"] = request.Name,
            ["type"] = EventSubscriptionScope.SystemTopics,
        };
        resources.Put(id, topic);
        return new ArmAnswer(before is null ? 201 : 200, topic);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var topic = Require(request);
        topic["tags"] = request.Body.Object("tags")?.DeepClone();
        resources.Put(request.ResourceId(EventSubscriptionScope.SystemTopics, request.Name), topic);
        return ArmAnswer.Ok(topic);
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        resources.RequireGroup(request);
        var id = request.ResourceId(EventSubscriptionScope.SystemTopics, request.Name);
        subscriptions.DeleteBelow(id);
        return new ArmAnswer(resources.Delete(id) ? 200 : 204);
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(request.ResourceId(EventSubscriptionScope.SystemTopics, request.Name))
            ?? throw ArmErrors.ResourceNotFound(EventSubscriptionScope.SystemTopics, request.Name, request.Group);
    }

    private static TopicType RequireType(ArmRequest request) =>
        TopicTypes.Find(request.Name)
        ?? throw new ArmException(404, "ResourceNotFound", $"The topic type '{request.Name}' does not exist.") { ByProvider = true };

    private static JsonObject Describe(TopicType type) =>
        new()
        {
            ["properties"] = new JsonObject
            {
                ["provider"] = type.Provider,
                ["displayName"] = type.DisplayName,
                ["resourceRegionType"] = type.RegionType,
                ["provisioningState"] = "Succeeded",
                ["supportedLocations"] = new JsonArray([.. ResourceTypes.Locations.Select(location => (JsonNode)location)]),
            },
            ["id"] = $"/providers/Microsoft.EventGrid/topicTypes/{type.Name}",
            ["name"] = type.Name,
            ["type"] = "Microsoft.EventGrid/topicTypes",
        };

    private static JsonObject DescribeEvent(TopicType type, string name) =>
        new()
        {
            ["properties"] = new JsonObject { ["displayName"] = name[(name.LastIndexOf('.') + 1)..], ["isInDefaultSet"] = true },
            ["id"] = $"/providers/Microsoft.EventGrid/topicTypes/{type.Name}/eventTypes/{name}",
            ["name"] = name,
            ["type"] = "Microsoft.EventGrid/topicTypes/eventTypes",
        };

    private static ArmException Invalid(string message) => new(400, "InvalidRequest", message) { ByProvider = true };
}
