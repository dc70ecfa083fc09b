using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.ResourceManager.Compute;

/// <summary>Reads of the compute provider: usages, and the sizes of virtual machines in both forms (SKUs and <c>vmSizes</c>).</summary>
internal sealed partial class ComputeApi(ResourceStore resources)
{
    private const string Provider = "/subscriptions/{subscription}/providers/Microsoft.Compute";
    private const string Location = Provider + "/locations/{location}";
    private const int SystemDiskMib = 1_047_552;

    /// <summary>Azure answers all SKUs at once. Clients of an older Azure CLI ask without a filter.</summary>
    private const int SkusOfPage = 5_000;

    private readonly CoreQuota _quota = new(resources);

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Location + "/usages", request => ArmAnswer.Page(Usages(request)));
        routes.Map("GET", Location + "/vmSizes", request => ArmAnswer.Page(Sizes(request)));
        routes.Map("GET", Provider + "/skus", request => ArmAnswer.Page(request, Skus(request), SkusOfPage));
    }

    private IEnumerable<JsonObject> Usages(ArmRequest request)
    {
        var location = ResourceTypes.RequireLocation(request, "locations/usages");
        var pools = _quota.Pools(request.Subscription, location).ToList();
        var used = _quota.Used(request.Subscription, location);
        return
        [
            Usage("availabilitySets", "Availability Sets", 0, 2_500),
            Usage("cores", "Total Regional vCPUs", used.Values.Sum(), CoreQuota.RegionLimit),
            Usage("virtualMachines", "Virtual Machines", pools.Sum(pool => pool.Number("count") ?? 0), 25_000),
            Usage("virtualMachineScaleSets", "Virtual Machine Scale Sets", pools.Count, 2_500),
            .. VmSizes.Families.Select(family =>
                Usage(family, VmSize.FamilyTitle(family), used.GetValueOrDefault(family), CoreQuota.FamilyLimit)
            ),
        ];
    }

    private static JsonObject Usage(string name, string title, int current, int limit) =>
        new()
        {
            ["limit"] = limit,
            ["unit"] = "Count",
            ["currentValue"] = current,
            ["name"] = new JsonObject { ["value"] = name, ["localizedValue"] = title },
        };

    private static IEnumerable<JsonObject> Sizes(ArmRequest request)
    {
        ResourceTypes.RequireLocation(request, "locations/vmSizes");
        return VmSizes.All.Select(size => new JsonObject
        {
            ["name"] = size.Name,
            ["numberOfCores"] = size.Cores,
            ["osDiskSizeInMB"] = SystemDiskMib,
            ["resourceDiskSizeInMB"] = (int)(size.TemporaryGib * 1024),
            ["memoryInMB"] = (int)(size.MemoryGib * 1024),
            ["maxDataDiskCount"] = size.DataDisks,
        });
    }

    /// <summary>One SKU for each size and location. The only filter is <c>location eq 'NAME'</c>, as in Azure.</summary>
    private static IEnumerable<JsonObject> Skus(ArmRequest request)
    {
        var locations = ResourceTypes.Locations;
        if (request.Query("$filter") is { } filter)
        {
            var asked = ByLocation().Match(filter) is { Success: true } match
                ? ResourceTypes.NormalizeLocation(match.Groups[1].Value)
                : throw new ArmException(400, "BadRequest", $"The filter '{filter}' is not supported. Use: location eq 'NAME'.")
                {
                    ByProvider = true,
                };
            locations = [.. locations.Where(location => location == asked)];
        }

        return locations.SelectMany(location => VmSizes.All.Select(size => Sku(size, location)));
    }

    private static JsonObject Sku(VmSize size, string location) =>
        new()
        {
            ["resourceType"] = "virtualMachines",
            ["name"] = size.Name,
            ["tier"] = "Standard",
            ["size"] = size.ShortName,
            ["family"] = size.Family,
            ["locations"] = new JsonArray(location),
            ["locationInfo"] = new JsonArray(
                new JsonObject
                {
                    ["location"] = location,
                    ["zones"] = new JsonArray("1", "2", "3"),
                    ["zoneDetails"] = new JsonArray(),
                }
            ),
            ["capabilities"] = Capabilities(size),
            ["restrictions"] = new JsonArray(),
        };

    /// <summary>The capabilities that follow from the name of a size. Azure has more.</summary>
    private static JsonArray Capabilities(VmSize size) =>
        [
            .. new (string Name, string Value)[]
            {
                ("MaxResourceVolumeMB", Text(size.TemporaryGib * 1024)),
                ("OSVhdSizeMB", Text(SystemDiskMib)),
                ("vCPUs", Text(size.Cores)),
                ("MemoryGB", Text(size.MemoryGib)),
                ("MaxDataDiskCount", Text(size.DataDisks)),
                ("CpuArchitectureType", size.IsArm ? "Arm64" : "x64"),
                ("LowPriorityCapable", size.IsBurstable ? "False" : "True"),
                ("PremiumIO", size.HasPremiumDisks ? "True" : "False"),
                ("vCPUsAvailable", Text(size.Cores)),
            }.Select(capability => new JsonObject { ["name"] = capability.Name, ["value"] = capability.Value }),
        ];

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    [GeneratedRegex("^\\s*location\\s+eq\\s+'([^']+)'\\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex ByLocation();
}
