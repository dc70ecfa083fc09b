using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>Resource providers: get, list, register, unregister.</summary>
internal sealed class ProviderApi(ProviderRegistrations registrations)
{
    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/providers",
            request => ArmAnswer.Page(request, ResourceTypes.Namespaces.Select(provider => Describe(request.Subscription, provider)))
        );
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/providers/{provider}",
            request => ArmAnswer.Ok(Describe(request.Subscription, Known(request)))
        );
        routes.Map(
            "POST",
            "/subscriptions/{subscription}/providers/{provider}/register",
            request => Change(request, registrations.Register)
        );
        routes.Map(
            "POST",
            "/subscriptions/{subscription}/providers/{provider}/unregister",
            request => Change(request, registrations.Unregister)
        );
    }

    private ArmAnswer Change(ArmRequest request, Action<string, string> change)
    {
        var provider = Known(request);
        change(request.Subscription, provider);
        return ArmAnswer.Ok(Describe(request.Subscription, provider));
    }

    private static string Known(ArmRequest request) =>
        ResourceTypes.Namespace(request.Route("provider"))
        ?? throw new ArmException(
            404,
            "InvalidResourceNamespace",
            $"The resource namespace '{request.Route("provider")}' is invalid. {UnknownPaths.NotSimulated}"
        );

    private JsonObject Describe(string subscription, string provider) =>
        new()
        {
            ["id"] = $"/subscriptions/{subscription}/providers/{provider}",
            ["namespace"] = provider,
            ["resourceTypes"] = ResourceTypes.Describe(provider),
            ["registrationState"] = registrations.State(subscription, provider),
            ["registrationPolicy"] = "RegistrationRequired",
        };
}
