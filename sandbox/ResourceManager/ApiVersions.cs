using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The api-versions of each provider, oldest first: apiVersions.json beside this file. It has every published stable version, and the
/// previews that Azure still serves: it retires a preview after about a year (aks-docs: "AKS preview API life cycle").
/// </summary>
internal static class ApiVersions
{
    private static readonly FrozenDictionary<string, string[]> Served = Read();

    /// <summary>
    /// Types that only some of their provider's api-versions have (azure-rest-api-specs): the first and the last one, or previews only.
    /// </summary>
    private static readonly FrozenDictionary<string, Func<string, bool>> Limited = new Dictionary<string, Func<string, bool>>
    {
        // Dropped after 2024-02-01 (https://github.com/Azure/AKS/issues/4261).
        ["Microsoft.ContainerService/locations/osOptions"] = version =>
            string.CompareOrdinal(version, "2021-03-01") >= 0 && string.CompareOrdinal(version, "2024-02-01") <= 0,
        ["Microsoft.ContainerService/locations/trustedAccessRoles"] = version => string.CompareOrdinal(version, "2023-09-01") >= 0,
        ["Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings"] = version =>
            string.CompareOrdinal(version, "2023-09-01") >= 0,
        ["Microsoft.ContainerService/locations/nodeImageVersions"] = IsPreview,
        ["Microsoft.ContainerService/locations/guardrailsVersions"] = IsPreview,
        ["Microsoft.ContainerService/locations/safeguardsVersions"] = IsPreview,
        ["Microsoft.Compute/skus"] = version => version is "2017-03-30" or "2017-09-01" or "2019-04-01" or "2021-07-01",
        ["Microsoft.Compute/locations/usages"] = IsOfMachines,
        ["Microsoft.Compute/locations/vmSizes"] = IsOfMachines,
        ["Microsoft.Compute/virtualMachineScaleSets"] = IsOfMachines,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Empty for a provider whose resources are not simulated.</summary>
    public static IReadOnlyList<string> Of(string provider) => Served.GetValueOrDefault(provider) ?? [];

    /// <param name="type">For example <c>locations/usages</c>.</param>
    public static IReadOnlyList<string> Of(string provider, string type) =>
        Limited.GetValueOrDefault($"{provider}/{type}") is { } has ? [.. Of(provider).Where(has)] : Of(provider);

    private static bool IsPreview(string version) => version.EndsWith("-preview", StringComparison.Ordinal);

    /// <summary>Not a version that Azure published for SKUs alone.</summary>
    private static bool IsOfMachines(string version) => version is not ("2017-09-01" or "2019-04-01");

    private static FrozenDictionary<string, string[]> Read()
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream($"{typeof(ApiVersions).Namespace}.apiVersions.json")
            ?? throw new InvalidOperationException("apiVersions.json is not embedded.");
        return (JsonSerializer.Deserialize<Dictionary<string, string[]>>(stream) ?? []).ToFrozenDictionary(
            StringComparer.OrdinalIgnoreCase
        );
    }
}
