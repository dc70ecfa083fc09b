using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>
/// Common handling of a network resource and its children: get, list, put, tag and delete, as long-running operations under one lock. A
/// child is its own document and also appears in its parent.
/// </summary>
/// <param name="parent">For example <c>virtualNetworks</c>.</param>
/// <param name="child">For example <c>subnets</c>.</param>
internal abstract class NestedResourceApi(
    ResourceStore resources,
    ArmOperations operations,
    ProviderRegistrations registrations,
    string parent,
    string child
)
{
    private readonly NetworkWrites _writes = new(resources, operations, registrations);

    protected ResourceStore Resources => resources;

    private string Type => $"{ResourceTypes.Network}/{parent}";

    private string ChildType => $"{Type}/{child}";

    public void Map(ArmRoutes routes)
    {
        var collection = $"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{Type}";
        routes.Map(
            "GET",
            $"/subscriptions/{{subscription}}/providers/{Type}",
            request => ArmAnswer.Page(request, resources.OfType(request.Subscription, Type).Select(entry => View(entry.Document)))
        );
        routes.Map("GET", collection, List);
        routes.Map("GET", collection + "/{name}", request => ArmAnswer.Ok(View(Require(request))));
        routes.Map("PUT", collection + "/{name}", Put);
        routes.Map("PATCH", collection + "/{name}", Patch);
        routes.Map("DELETE", collection + "/{name}", Delete);
        routes.Map(
            "GET",
            $"{collection}/{{name}}/{child}",
            request => ArmAnswer.Page(request, Children(Require(request)).Select(ResourceStore.View))
        );
        routes.Map("GET", $"{collection}/{{name}}/{child}/{{child}}", request => ArmAnswer.Ok(ResourceStore.View(RequireChild(request))));
        routes.Map("PUT", $"{collection}/{{name}}/{child}/{{child}}", PutChild);
        routes.Map("DELETE", $"{collection}/{{name}}/{child}/{{child}}", DeleteChild);
        _writes.EndOperationsOf(parent);
        _writes.EndOperationsOf(child);
    }

    /// <summary>Validates a parent and fills in the provider's defaults.</summary>
    /// <param name="wanted">Its future children.</param>
    /// <param name="present">Its current children. Empty before it exists.</param>
    protected abstract void CheckParent(
        string id,
        JsonObject properties,
        IReadOnlyList<JsonObject> wanted,
        IReadOnlyList<JsonObject> present
    );

    /// <summary>Validates a child and fills in the provider's defaults.</summary>
    /// <param name="others">Its parent's other children.</param>
    /// <param name="before">The existing child. Null when it is new.</param>
    protected abstract void CheckChild(
        string id,
        JsonObject document,
        JsonObject parentDocument,
        IReadOnlyList<JsonObject> others,
        JsonObject? before
    );

    /// <exception cref="ArmException">The parent is in use.</exception>
    protected abstract void RefuseToDelete(string id);

    /// <exception cref="ArmException">The child is in use.</exception>
    protected abstract void RefuseToDeleteChild(string id);

    /// <summary>Adds the provider's computed properties to a parent, beside its own and its children.</summary>
    protected virtual void Show(string id, JsonObject properties) { }

    /// <summary>Whether a PUT of the parent without children keeps the existing ones or removes them.</summary>
    protected abstract bool KeepsChildren { get; }

    protected IReadOnlyList<JsonObject> Children(JsonObject document) =>
        [.. resources.Children($"{document.Text("id")}/{child}").Select(entry => entry.Document)];

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(request, resources.Children($"{request.GroupId}/providers/{Type}").Select(entry => View(entry.Document)));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        var id = Id(request);
        _writes.Begin(request, id);
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        var existing = resources.Get(id);
        CheckEtag(request, existing);
        if (existing is not null)
        {
            ResourceStore.RequireSameLocation(existing, location, request.Name, request.Group, Type);
        }

        var properties = (JsonObject)request.Body.Properties().DeepClone();
        var present = existing is null ? [] : Children(existing);
        var mentioned = properties.Array(child) is not null || !KeepsChildren;
        IReadOnlyList<JsonObject> wanted = mentioned ? properties.Objects(child) : present;
        CheckParent(id, properties, wanted, present);
        var document = new JsonObject
        {
            ["name"] = existing?.Text("name") ?? request.Name,
            ["id"] = existing?.Text("id") ?? id,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone(),
            ["properties"] = properties,
        };
        if (mentioned)
        {
            Replace(id, document, wanted, present);
        }

        properties.Remove(child);
        return _writes.Save(request, parent, id, location, document, View);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var document = Require(request);
        _writes.Begin(request, Id(request));
        CheckEtag(request, document);
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
            CheckEtag(request, document);
            RefuseToDelete(id);
        }

        return _writes.Remove(request, parent, id, resources.Get(id)?.Text("location") ?? "");
    }

    private ArmAnswer PutChild(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        var owner = resources.Get(Id(request)) ?? throw ArmErrors.ParentNotFound($"{parent}/{child}", Id(request));
        var id = ChildId(request);
        var before = resources.Get(id);
        CheckEtag(request, before);
        var document = new JsonObject
        {
            ["name"] = before?.Text("name") ?? request.Child,
            ["id"] = id,
            ["type"] = ChildType,
            ["properties"] = request.Body.Properties().DeepClone(),
        };
        CheckChild(id, document, owner, [.. Children(owner).Where(other => !IsNamed(other, request.Child))], before);
        return _writes.Save(request, child, id, owner.Text("location") ?? "", document, ResourceStore.View);
    }

    private ArmAnswer DeleteChild(ArmRequest request)
    {
        _writes.Begin(request, Id(request));
        if (resources.Get(ChildId(request)) is { } document)
        {
            CheckEtag(request, document);
            RefuseToDeleteChild(ChildId(request));
        }

        return _writes.Remove(request, child, ChildId(request), resources.Get(Id(request))?.Text("location") ?? "");
    }

    /// <summary>A list of children in the parent's PUT is complete: others are removed.</summary>
    private void Replace(string id, JsonObject document, IReadOnlyList<JsonObject> wanted, IReadOnlyList<JsonObject> present)
    {
        foreach (var gone in present.Where(old => !wanted.Any(item => IsNamed(item, old.Text("name") ?? ""))))
        {
            RefuseToDeleteChild(gone.Text("id") ?? "");
        }

        var written = new List<JsonObject>();
        foreach (var item in wanted)
        {
            var name = item.Text("name") is { Length: > 0 } given
                ? given
                : throw new ArmException(400, "InvalidRequestFormat", "Cannot parse the request.")
                {
                    ByProvider = true,
                    Details = [("MissingJsonReference", $"Value for reference name is missing. Path properties.{child}.")],
                };
            var before = present.FirstOrDefault(old => IsNamed(old, name));
            var inline = _writes.InlineChild($"{id}/{child}/{name}", ChildType, item, before is null);
            CheckChild($"{id}/{child}/{name}", inline, document, written, before);
            written.Add(inline);
        }

        foreach (var gone in present)
        {
            resources.Delete(gone.Text("id") ?? "");
        }

        foreach (var item in written)
        {
            resources.Put(item.Text("id") ?? "", item);
        }
    }

    /// <summary>The table of reference arm.md, section 6. Quotes around an etag are ignored in comparisons.</summary>
    private static void CheckEtag(ArmRequest request, JsonObject? existing) =>
        ClusterPreconditions.CheckPut(request, existing?.Text("etag")?.Trim('"'));

    private JsonObject View(JsonObject document)
    {
        var view = ResourceStore.View(document);
        var properties = view.Ensure("properties");
        properties[child] = new JsonArray([.. Children(document).Select(ResourceStore.View)]);
        Show(document.Text("id") ?? "", properties);
        return view;
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(Id(request)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private JsonObject RequireChild(ArmRequest request)
    {
        Require(request);
        return resources.Get(ChildId(request))
            ?? throw new ArmException(404, "NotFound", $"Resource {ChildId(request)} not found.") { ByProvider = true };
    }

    private string Id(ArmRequest request) => request.ResourceId(Type, request.Name);

    private string ChildId(ArmRequest request) => $"{Id(request)}/{child}/{request.Child}";

    private static bool IsNamed(JsonObject document, string name) =>
        string.Equals(document.Text("name"), name, StringComparison.OrdinalIgnoreCase);
}
