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

    /// <summary>Empty for a provider whose resources are not simulated.</summary>
    public static IReadOnlyList<string> Of(string provider) => Served.GetValueOrDefault(provider) ?? [];

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
