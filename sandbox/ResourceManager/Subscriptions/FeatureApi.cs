using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>
/// Preview features of a subscription, through the actions <c>register</c> and <c>unregister</c> and the resource
/// <c>subscriptionFeatureRegistrations</c>. Registering is not a long-running operation: it answers 200 at once, and clients poll the state
/// (reference arm.md, section 4).
/// </summary>
internal sealed class FeatureApi(FeatureRegistrations features)
{
    private const string Base = "/subscriptions/{subscription}/providers/Microsoft.Features";
    private const string Feature = Base + "/providers/{provider}/features/{name}";
    private const string Registrations = Base + "/featureProviders/{provider}/subscriptionFeatureRegistrations";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Base + "/features", request => List(request, "", Describe));
        routes.Map("GET", Base + "/providers/{provider}/features", request => List(request, request.Route("provider") + "/", Describe));
        routes.Map("GET", Feature, request => ArmAnswer.Ok(Describe(request.Subscription, Known(request))));
        routes.Map("POST", Feature + "/register", request => Change(request, Register(request), Describe));
        routes.Map("POST", Feature + "/unregister", request => Change(request, features.Unregister, Describe));
        routes.Map(
            "GET",
            Base + "/subscriptionFeatureRegistrations",
            request => List(request, "", DescribeRegistration, registeredOnly: true)
        );
        routes.Map(
            "GET",
            Registrations,
            request => List(request, request.Route("provider") + "/", DescribeRegistration, registeredOnly: true)
        );
        routes.Map("GET", Registrations + "/{name}", request => ArmAnswer.Ok(DescribeRegistration(request.Subscription, Known(request))));
        routes.Map("PUT", Registrations + "/{name}", request => Change(request, Register(request), DescribeRegistration));
        routes.Map("DELETE", Registrations + "/{name}", request => Change(request, features.Unregister, DescribeRegistration));
    }

    private ArmAnswer List(
        ArmRequest request,
        string prefix,
        Func<string, FeatureState, JsonObject> describe,
        bool registeredOnly = false
    ) =>
        ArmAnswer.Page(
            request,
            features
                .List(request.Subscription, prefix)
                .Where(feature => !registeredOnly || feature.State is not ("NotRegistered" or "Unregistered"))
                .Select(feature => describe(request.Subscription, feature))
        );

    private ArmAnswer Change(ArmRequest request, Action<string, FeatureState> change, Func<string, FeatureState, JsonObject> describe)
    {
        change(request.Subscription, Known(request));
        return ArmAnswer.Ok(describe(request.Subscription, Known(request)));
    }

    private Action<string, FeatureState> Register(ArmRequest request) =>
        (subscription, feature) => features.Register(subscription, feature, request.Route("provider"));

    private FeatureState Known(ArmRequest request) =>
        features.Find(request.Subscription, $"{request.Route("provider")}/{request.Name}")
        ?? throw new ArmException(404, "FeatureNotFound", $"The feature '{request.Name}' could not be found.");

    private static JsonObject Describe(string subscription, FeatureState feature) =>
        new()
        {
            ["properties"] = new JsonObject { ["state"] = feature.State },
            ["id"] = $"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{feature.Provider}/features/{feature.Feature}",
            ["type"] = "Microsoft.Features/providers/features",
            ["name"] = $"{feature.Provider}/{feature.Feature}",
        };

    private static JsonObject DescribeRegistration(string subscription, FeatureState feature)
    {
        var registration = Registration(subscription, feature);
        if (feature.Changed is { } changed)
        {
            registration.Ensure("properties")["registrationDate"] = changed.UtcDateTime;
        }

        return registration;
    }

    private static JsonObject Registration(string subscription, FeatureState feature) =>
        new()
        {
            ["properties"] = new JsonObject
            {
                ["tenantId"] = Application.TenantId,
                ["subscriptionId"] = subscription,
                ["providerNamespace"] = feature.Provider,
                ["featureName"] = feature.Feature,
                ["state"] = feature.State,
                ["authorizationProfile"] = new JsonObject(),
                ["approvalType"] = FeatureCatalog.NeedsApproval(feature.Name) ? "ApprovalRequired" : "AutoApproval",
            },
            ["id"] =
                $"/subscriptions/{subscription}/providers/Microsoft.Features/featureProviders/{feature.Provider}/"
                + $"subscriptionFeatureRegistrations/{feature.Feature}",
            ["type"] = "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations",
            ["name"] = feature.Feature,
        };
}
