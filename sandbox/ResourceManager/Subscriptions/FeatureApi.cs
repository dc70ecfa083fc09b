using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>Preview features of a subscription. Registering is no long-running operation: it answers 200 at once and the state is polled (reference arm.md, section 4).</summary>
internal sealed class FeatureApi(SandboxWorld world, ArmOperations operations)
{
    private const string Table = "features";
    private const string Base = "/subscriptions/{subscription}/providers/Microsoft.Features";
    private static readonly TimeSpan Registering = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Unregistering = TimeSpan.FromMinutes(1);

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Base + "/features", request => List(request, ""));
        routes.Map("GET", Base + "/providers/{provider}/features", request => List(request, request.Route("provider") + "/"));
        routes.Map("GET", Base + "/providers/{provider}/features/{name}", request => ArmAnswer.Ok(Describe(request.Subscription, Known(request))));
        routes.Map("POST", Base + "/providers/{provider}/features/{name}/register", Register);
        routes.Map("POST", Base + "/providers/{provider}/features/{name}/unregister", Unregister);
    }

    private ArmAnswer List(ArmRequest request, string prefix) => ArmAnswer.Page(FeatureCatalog.All
        .Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(name => Describe(request.Subscription, name)));

    private ArmAnswer Register(ArmRequest request)
    {
        var name = Known(request);
        if (State(request.Subscription, name) is "NotRegistered" or "Unregistered" or "Unregistering")
        {
            var (state, then) = FeatureCatalog.NeedsApproval(name) || world.Faults.StaysPending(Id(request.Subscription, name)) ? ("Pending", "Pending") : ("Registering", "Registered");
            TimedState.Turn(world, Table, Key(request.Subscription, name), state, then, Registering);
            if (state == "Registering")
            {
                operations.Start("features/register", Id(request.Subscription, name), ResourceTypes.Features, "", Registering);
            }
        }

        return ArmAnswer.Ok(Describe(request.Subscription, name));
    }

    private ArmAnswer Unregister(ArmRequest request)
    {
        var name = Known(request);
        if (State(request.Subscription, name) is "Registered" or "Registering" or "Pending")
        {
            TimedState.Turn(world, Table, Key(request.Subscription, name), "Unregistering", "Unregistered", Unregistering);
        }

        return ArmAnswer.Ok(Describe(request.Subscription, name));
    }

    private static string Known(ArmRequest request) => FeatureCatalog.Find(request.Route("provider"), request.Name)
        ?? throw new ArmException(404, "FeatureNotFound", $"The feature '{request.Name}' could not be found.");

    private string State(string subscription, string name) => TimedState.Read(world, Table, Key(subscription, name)) ?? "NotRegistered";

    private JsonObject Describe(string subscription, string name) => new()
    {
        ["properties"] = new JsonObject { ["state"] = State(subscription, name) },
        ["id"] = Id(subscription, name),
        ["type"] = "Microsoft.Features/providers/features",
        ["name"] = name,
    };

    private static string Key(string subscription, string name) => $"{subscription}/{name}";

    private static string Id(string subscription, string name) =>
        $"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{name.Replace("/", "/features/", StringComparison.Ordinal)}";
}
