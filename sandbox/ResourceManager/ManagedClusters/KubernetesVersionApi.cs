using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The Kubernetes versions that a location offers: <c>kubernetesVersions</c>, and <c>orchestrators</c> for older clients
/// (<c>az aks get-versions</c>).
/// </summary>
internal sealed class KubernetesVersionApi
{
    private const string Location = "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Location + "/kubernetesVersions", request => For(request, Minors()));
        routes.Map("GET", Location + "/orchestrators", request => For(request, Orchestrators(request)));
    }

    private static ArmAnswer For(ArmRequest request, JsonObject answer)
    {
        ResourceTypes.RequireLocation(request, "locations/kubernetesVersions");
        return ArmAnswer.Ok(answer);
    }

    private static JsonObject Minors() =>
        new()
        {
            ["values"] = new JsonArray([
                .. KubernetesVersions
                    .Supported.GroupBy(KubernetesVersions.Minor)
                    .Select(minor =>
                    {
                        var described = new JsonObject { ["version"] = minor.Key };
                        if (minor.Key == KubernetesVersions.Default)
                        {
                            described["isDefault"] = true;
                        }

                        described["capabilities"] = new JsonObject
                        {
                            ["supportPlan"] = new JsonArray("KubernetesOfficial", "AKSLongTermSupport"),
                        };
                        described["patchVersions"] = new JsonObject(
                            minor.Select(version => KeyValuePair.Create<string, JsonNode?>(version, Upgrades(version)))
                        );
                        return described;
                    }),
            ]),
        };

    private static JsonObject Upgrades(string version) =>
        new() { ["upgrades"] = new JsonArray([.. KubernetesVersions.UpgradesOf(version).Select(upgrade => (JsonNode)upgrade)]) };

    private static JsonObject Orchestrators(ArmRequest request) =>
        new()
        {
            ["id"] =
                $"/subscriptions/{request.Subscription}/providers/Microsoft.ContainerService/locations/{request.Route("location")}/"
                + "orchestrators",
            ["name"] = "default",
            ["type"] = "Microsoft.ContainerService/locations/orchestrators",
            ["properties"] = new JsonObject
            {
                ["orchestrators"] = new JsonArray([
                    .. KubernetesVersions
                        .Supported.Reverse()
                        .Select(version =>
                        {
                            var described = Orchestrator(version);
                            if (version == KubernetesVersions.Resolve(KubernetesVersions.Default))
                            {
                                described["default"] = true;
                            }

                            described["upgrades"] = new JsonArray([.. KubernetesVersions.UpgradesOf(version).Select(Orchestrator)]);
                            return described;
                        }),
                ]),
            },
        };

    private static JsonObject Orchestrator(string version) =>
        new() { ["orchestratorType"] = "Kubernetes", ["orchestratorVersion"] = version };
}
