namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Get and list of a type whose resources only AKS creates here.</summary>
internal sealed class ReadOnlyResourceApi(ResourceStore resources, string type)
{
    public void Map(ArmRoutes routes)
    {
        var collection = $"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{type}";
        routes.Map(
            "GET",
            $"/subscriptions/{{subscription}}/providers/{type}",
            request =>
                ArmAnswer.Page(request, resources.OfType(request.Subscription, type).Select(entry => ResourceStore.View(entry.Document)))
        );
        routes.Map(
            "GET",
            collection,
            request =>
            {
                resources.RequireGroup(request);
                return ArmAnswer.Page(
                    request,
                    resources.Children($"{request.GroupId}/providers/{type}").Select(entry => ResourceStore.View(entry.Document))
                );
            }
        );
        routes.Map(
            "GET",
            collection + "/{name}",
            request =>
            {
                resources.RequireGroup(request);
                return ArmAnswer.Ok(
                    ResourceStore.View(
                        resources.Get(request.ResourceId(type, request.Name))
                            ?? throw ArmErrors.ResourceNotFound(type, request.Name, request.Group)
                    )
                );
            }
        );
    }
}
