namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The Kubernetes versions that clusters can be made with: minor versions, and the patch that each stands for today.</summary>
internal static class KubernetesVersions
{
    public const string Default = "1.34";

    private static readonly IReadOnlyDictionary<string, string> Patches = new Dictionary<string, string>
    {
        ["1.32"] = "1.32.11",
        ["1.33"] = "1.33.8",
        ["1.34"] = "1.34.4",
        ["1.35"] = "1.35.2",
        ["1.36"] = "1.36.1",
    };

    public static IEnumerable<string> Supported => Patches.Values;

    /// <summary>The full version that a requested one ("1.34", "1.34.4") means; null when it is not offered.</summary>
    public static string? Resolve(string requested) =>
        Patches.TryGetValue(requested, out var patch) ? patch : Patches.Values.FirstOrDefault(known => known == requested);

    public static string Minor(string version) => string.Join('.', version.Split('.').Take(2));
}
