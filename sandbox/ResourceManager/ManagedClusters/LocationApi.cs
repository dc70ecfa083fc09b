using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Smaller reads about AKS in a location: operating systems, node images, trusted access roles, versions of safeguards.</summary>
internal sealed class LocationApi
{
    private const string Location = "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}";

    // As Azure CLI recorded it (azure-cli-extensions, test_get_os_options.yaml).
    private static readonly (string Type, string Sku, bool Fips)[] Systems =
    [
        ("Linux", "Ubuntu", false),
        ("Linux", "Ubuntu", true),
        ("Windows", "", false),
        ("Windows", "", true),
        ("Linux", "CBLMariner", false),
    ];

    // The only version that is published (azure-rest-api-specs, ListSafeguardsVersions.json).
    private const string Safeguards = "v1.0.0";

    public void Map(ArmRoutes routes)
    {
        Map(routes, "osOptions/default", OperatingSystems);
        Map(routes, "trustedAccessRoles", _ => ArmAnswer.Page(TrustedAccessRoles.All.Select(role => (JsonObject)role.DeepClone())));
        Map(routes, "nodeImageVersions", _ => ArmAnswer.Page(NodeImage.All.Select(image => image.Describe())));
        foreach (var type in (string[])["guardrailsVersions", "safeguardsVersions"])
        {
            Map(routes, type, request => ArmAnswer.Page([Version(request, type)]));
            Map(
                routes,
                type + "/{name}",
                request =>
                    string.Equals(request.Name, Safeguards, StringComparison.OrdinalIgnoreCase)
                        ? ArmAnswer.Ok(Version(request, type))
                        : throw new ArmException(404, "NotFound", $"Version {request.Name} was not found in {type}.") { ByProvider = true }
            );
        }
    }

    private static void Map(ArmRoutes routes, string type, Func<ArmRequest, ArmAnswer> handler) =>
        routes.Map(
            "GET",
            $"{Location}/{type}",
            request =>
            {
                ResourceTypes.RequireLocation(request, $"locations/{type.Split('/')[0]}");
                return handler(request);
            }
        );

    private static ArmAnswer OperatingSystems(ArmRequest request) =>
        ArmAnswer.Ok(
            new JsonObject
            {
                ["id"] = $"{Id(request)}/osOptions/default",
                ["name"] = "default",
                ["type"] = "Microsoft.ContainerService/locations/osOptions",
                ["properties"] = new JsonObject
                {
                    ["osOptionPropertyList"] = new JsonArray([
                        .. Systems.Select(system => new JsonObject
                        {
                            ["os-type"] = system.Type,
                            ["os-sku"] = system.Sku,
                            ["enable-fips-image"] = system.Fips,
                        }),
                    ]),
                },
            }
        );

    private static JsonObject Version(ArmRequest request, string type) =>
        new()
        {
            ["id"] = $"{Id(request)}/{type}/{Safeguards}",
            ["name"] = Safeguards,
            ["type"] = $"Microsoft.ContainerService/locations/{type}",
            ["properties"] = new JsonObject { ["isDefaultVersion"] = true, ["support"] = "Preview" },
        };

    private static string Id(ArmRequest request) =>
        $"/subscriptions/{request.Subscription}/providers/Microsoft.ContainerService/locations/{request.Route("location")}";
}
