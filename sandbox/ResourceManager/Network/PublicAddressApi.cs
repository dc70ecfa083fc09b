namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Public IP addresses, to be read: nothing here makes any but the simulated load balancers.</summary>
internal sealed class PublicAddressApi(ResourceStore resources)
{
    private const string Type = "Microsoft.Network/publicIPAddresses";
    private const string Collection = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/providers/" + Type, request => ArmAnswer.Page(resources.OfType(request.Subscription, Type).Select(entry => ResourceStore.View(entry.Document))));
        routes.Map("GET", Collection, List);
        routes.Map("GET", Collection + "/{name}", Get);
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(resources.Children($"{request.GroupId}/providers/{Type}").Select(entry => ResourceStore.View(entry.Document)));
    }

    private ArmAnswer Get(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Ok(ResourceStore.View(resources.Get(request.ResourceId(Type, request.Name)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group)));
    }
}
