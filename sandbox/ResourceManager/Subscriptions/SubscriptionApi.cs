using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>Subscriptions. Every id is valid.</summary>
internal sealed class SubscriptionApi(SandboxWorld world)
{
    private const string Default = "00000000-0000-0000-0000-000000000000";

    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "GET",
            "/subscriptions",
            request => ArmAnswer.Page(request.Caller.Role == SandboxRole.None ? [] : Known().Select(Describe))
        );
        routes.Map("GET", "/subscriptions/{subscription}", request => ArmAnswer.Ok(Describe(RequireGuid(request.Subscription))));
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/locations",
            request =>
                ArmAnswer.Page(
                    Region.All.Select(region => new JsonObject
                    {
                        ["id"] = $"/subscriptions/{request.Subscription}/locations/{region.Name}",
                        ["name"] = region.Name,
                        ["type"] = "Region",
                        ["displayName"] = region.DisplayName,
                        ["regionalDisplayName"] = $"({region.Geography}) {region.DisplayName}",
                        ["metadata"] = new JsonObject
                        {
                            ["regionType"] = "Physical",
                            ["regionCategory"] = region.IsRecommended ? "Recommended" : "Other",
                            ["geographyGroup"] = region.Geography,
                        },
                    })
                )
        );
        routes.Map(
            "GET",
            "/tenants",
            _ =>
                ArmAnswer.Page([
                    new JsonObject
                    {
                        ["id"] = $"/tenants/{Application.TenantId}",
                        ["tenantId"] = Application.TenantId,
                        ["tenantCategory"] = "Home",
                    },
                ])
        );
    }

    private static string RequireGuid(string subscription) =>
        Guid.TryParse(subscription, out _)
            ? subscription
            : throw new ArmException(
                400,
                "InvalidSubscriptionId",
                $"The provided subscription identifier '{subscription}' is malformed or invalid."
            );

    /// <summary>Subscriptions with resources; at least one.</summary>
    private IEnumerable<string> Known() =>
        new ResourceStore(world)
            .Groups("/subscriptions/")
            .Select(group => group.Id.Split('/')[2].ToLowerInvariant())
            .Distinct()
            .DefaultIfEmpty(Default);

    private static JsonObject Describe(string subscription) =>
        new()
        {
            ["id"] = $"/subscriptions/{subscription}",
            ["authorizationSource"] = "RoleBased",
            ["subscriptionId"] = subscription,
            ["tenantId"] = Application.TenantId,
            ["displayName"] = "MeshPort sandbox",
            ["state"] = "Enabled",
            ["managedByTenants"] = new JsonArray(),
            ["subscriptionPolicies"] = new JsonObject
            {
                ["locationPlacementId"] = "Public_2014-09-01",
                ["quotaId"] = "PayAsYouGo_2014-09-01",
                ["spendingLimit"] = "Off",
            },
        };
}
