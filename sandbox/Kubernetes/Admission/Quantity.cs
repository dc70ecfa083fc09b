using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Resource quantities: <c>100m</c>, <c>1.5</c>, <c>128Mi</c>, <c>1e3</c> (k8s.io/apimachinery, pkg/api/resource).</summary>
internal static partial class Quantity
{
    public const string Refusal = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    private static readonly Dictionary<string, decimal> Suffixes = new()
    {
        ["n"] = 1e-9m,
        ["u"] = 1e-6m,
        ["m"] = 1e-3m,
        [""] = 1,
        ["k"] = 1e3m,
        ["M"] = 1e6m,
        ["G"] = 1e9m,
        ["T"] = 1e12m,
        ["P"] = 1e15m,
        ["E"] = 1e18m,
        ["Ki"] = 1L << 10,
        ["Mi"] = 1L << 20,
        ["Gi"] = 1L << 30,
        ["Ti"] = 1L << 40,
        ["Pi"] = 1L << 50,
        ["Ei"] = 1L << 60,
    };

    /// <returns>Null when it is not a quantity.</returns>
    public static decimal? Parse(JsonNode? value)
    {
        var match = Form().Match(value?.ToString() ?? "");
        if (!match.Success || !decimal.TryParse(match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var exponent = match.Groups["exponent"];
        return exponent.Success
            ? number * (decimal)Math.Pow(10, int.Parse(exponent.ValueSpan, CultureInfo.InvariantCulture))
            : Suffixes.TryGetValue(match.Groups["suffix"].Value, out var factor) ? number * factor : null;
    }

    [GeneratedRegex(@"^(?<number>[+-]?[0-9.]+)(?:[eE](?<exponent>[-+]?[0-9]{1,2})|(?<suffix>[numkMGTPE]|[KMGTPE]i)?)$")]
    private static partial Regex Form();
}
