using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Writes of user-assigned identities, which take effect at once. An identity's client and principal follow from its id.
/// </summary>
internal sealed class IdentityApi(ResourceStore resources, ProviderRegistrations registrations)
{
    public const string Type = "Microsoft.ManagedIdentity/userAssignedIdentities";
    private const string Path = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type + "/{name}";

    public void Map(ArmRoutes routes)
    {
        routes.Map("PUT", Path, Put);
        routes.Map("PATCH", Path, Patch);
        routes.Map("DELETE", Path, request => new ArmAnswer(resources.Delete(request.ResourceId(Type, request.Name)) ? 200 : 204));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.ManagedIdentity);
        resources.RequireWritableGroup(request);
        var id = request.ResourceId(Type, request.Name);
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        var before = resources.Get(id);
        if (before is not null)
        {
            ResourceStore.RequireSameLocation(before, location, request.Name, request.Group, Type);
        }

        var identity = new JsonObject
        {
            ["location"] = location,
            ["tags"] = request.Body.Object("tags")?.DeepClone() ?? new JsonObject(),
            ["id"] = before?.Text("id") ?? id,
            ["name"] = before?.Text("name") ?? request.Name,
            ["type"] = Type,
            ["properties"] =
                before?["properties"]?.DeepClone()
                ?? new JsonObject
                {
                    ["tenantId"] = Application.TenantId,
                    ["principalId"] = ManagedIdentities.IdOf(id, "principal"),
                    ["clientId"] = ManagedIdentities.IdOf(id, "client"),
                },
        };
        resources.Put(id, identity);
        return new ArmAnswer(before is null ? 201 : 200, identity);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        resources.RequireWritableGroup(request);
        var id = request.ResourceId(Type, request.Name);
        var identity = resources.Get(id) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
        if (request.Body.Object("tags") is { } tags)
        {
            identity["tags"] = tags.DeepClone();
        }

        resources.Put(id, identity);
        return ArmAnswer.Ok(identity);
    }
}
