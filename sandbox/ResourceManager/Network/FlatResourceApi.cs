using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Common handling of a network resource without children: get, list, put, tag and delete.</summary>
/// <param name="kind">For example <c>publicIPAddresses</c>.</param>
internal abstract class FlatResourceApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations, string kind)
{
    private readonly NetworkWrites _writes = new(resources, operations, registrations);

    protected ResourceStore Resources => resources;

    private string Type => $"{ResourceTypes.Network}/{kind}";

    public void Map(ArmRoutes routes)
    {
        var collection = $"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{Type}";
        routes.Map(
            "GET",
            $"/subscriptions/{{subscription}}/providers/{Type}",
            request =>
                ArmAnswer.Page(
                    request,
                    resources.OfType(request.Subscription, Type).Select(entry => View(entry.Document)).Concat(Computed(request, null))
                )
        );
        routes.Map("GET", collection, List);
        routes.Map("GET", collection + "/{name}", request => ArmAnswer.Ok(Require(request)));
        routes.Map("PUT", collection + "/{name}", Put);
        routes.Map("PATCH", collection + "/{name}", Patch);
        routes.Map("DELETE", collection + "/{name}", Delete);
        _writes.EndOperationsOf(kind);
    }

    /// <summary>Validates the document and fills in the provider's defaults.</summary>
    /// <param name="before">Null for a new resource.</param>
    protected abstract void Check(string id, JsonObject document, JsonObject? before);

    /// <exception cref="ArmException">The resource is in use.</exception>
    protected abstract void RefuseToDelete(string id);

    /// <summary>What else is released with the resource.</summary>
    protected virtual void Forget(string id) { }

    /// <summary>Resources of the same type that are not stored, in a group or in the subscription.</summary>
    protected virtual IEnumerable<JsonObject> Computed(ArmRequest request, string? group) => [];

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        var stored = resources.Children($"{request.GroupId}/providers/{Type}").Select(entry => View(entry.Document));
        return ArmAnswer.Page(request, stored.Concat(Computed(request, request.Group)));
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(Id(request)) is { } stored
            ? View(stored)
            : Computed(request, request.Group)
                .FirstOrDefault(item => string.Equals(item.Text("name"), request.Name, StringComparison.OrdinalIgnoreCase))
                ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private ArmAnswer Put(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        var before = resources.Get(id);
        ClusterPreconditions.CheckPut(request, before?.Text("etag")?.Trim('"'));
        if (before is not null)
        {
            ResourceStore.RequireSameLocation(before, location, request.Name, request.Group, Type);
        }

        var document = new JsonObject
        {
            ["name"] = before?.Text("name") ?? request.Name,
            ["id"] = before?.Text("id") ?? id,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone(),
            ["zones"] = request.Body.Array("zones")?.DeepClone(),
            ["sku"] = request.Body.Object("sku")?.DeepClone() ?? before?["sku"]?.DeepClone(),
            ["properties"] = request.Body.Properties().DeepClone(),
        };
        foreach (var unset in document.Where(property => property.Value is null).Select(property => property.Key).ToList())
        {
            document.Remove(unset);
        }

        Check(id, document, before);
        return _writes.Save(request, kind, id, location, document, View);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        Require(request);
        _writes.Begin(request, Id(request));
        var document = resources.Get(Id(request)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
        document["tags"] = request.Body.Object("tags")?.DeepClone();
        document["etag"] = _writes.NextEtag(Id(request));
        resources.Put(Id(request), document);
        return ArmAnswer.Ok(View(document));
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        if (resources.Get(id) is { } document)
        {
            ClusterPreconditions.CheckPut(request, document.Text("etag")?.Trim('"'));
            RefuseToDelete(id);
            Forget(id);
        }

        return _writes.Remove(request, kind, id, resources.Get(id)?.Text("location") ?? "");
    }

    private string Id(ArmRequest request) => request.ResourceId(Type, request.Name);

    /// <summary>The document as clients see it.</summary>
    protected virtual JsonObject View(JsonObject document) => ResourceStore.View(document);
}
