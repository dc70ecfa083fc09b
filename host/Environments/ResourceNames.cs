using System.Text.RegularExpressions;

namespace MeshPort.Host.Environments;

/// <summary>Azure's and Kubernetes' rules for the names in the envelope; each returns what is wrong, or null.</summary>
internal static partial class ResourceNames
{
    public static string? Subscription(string text) =>
        Guid.TryParseExact(text, "D", out _) ? null : $"'{text}' is not a subscription id; write a GUID such as 00000000-0000-0000-0000-000000000000.";

    public static string? ResourceGroup(string text) =>
        ResourceGroupRule().IsMatch(text) ? null : $"'{text}' is not a resource group name: 1 to 90 letters, digits, '-', '_', '.', '(' and ')', not ending in '.'.";

    public static string? Cluster(string text) =>
        ClusterRule().IsMatch(text) ? null : $"'{text}' is not a cluster name: 1 to 63 letters, digits, '-' and '_', beginning and ending with a letter or digit.";

    public static string? Exposure(string text) =>
        ExposureRule().IsMatch(text) ? null : $"'{text}' is not an exposure name: 1 to 40 lower-case letters, digits and '-', beginning with a letter and not ending in '-'.";

    [GeneratedRegex(@"^[A-Za-z0-9_\-().]{0,89}[A-Za-z0-9_\-()]\z")]
    private static partial Regex ResourceGroupRule();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9_\-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex ClusterRule();

    [GeneratedRegex(@"^[a-z]([a-z0-9\-]{0,38}[a-z0-9])?\z")]
    private static partial Regex ExposureRule();
}
