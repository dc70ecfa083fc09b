using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary>
/// The order of API versions: general availability before beta before alpha, higher numbers first
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority).
/// </summary>
internal sealed partial class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder PreferredFirst = new();

    public int Compare(string? x, string? y) => Rank(y).CompareTo(Rank(x));

    private static (int Stability, int Major, int Minor) Rank(string? version)
    {
        var parts = Form().Match(version ?? "");
        return (
            parts.Groups["level"].Value switch
            {
                "alpha" => 0,
                "beta" => 1,
                _ => 2,
            },
            Number(parts.Groups["major"]),
            Number(parts.Groups["minor"])
        );
    }

    private static int Number(Group digits) => digits.Success ? int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^v(?<major>[0-9]+)((?<level>alpha|beta)(?<minor>[0-9]+))?$")]
    private static partial Regex Form();
}
