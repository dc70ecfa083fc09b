using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Resource quantities: <c>100m</c>, <c>1.5</c>, <c>128Mi</c>, <c>1e3</c> (k8s.io/apimachinery, pkg/api/resource).</summary>
internal static partial class Quantity
{
    public const string Refusal = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    private const decimal Smallest = 1e-9m;

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

    /// <returns>Null when it is not a quantity. Larger values are capped at 2^63 - 1.</returns>
    public static decimal? Parse(JsonNode? value) =>
        Form().Match(value?.ToString() ?? "") is { Success: true } match ? Amount(match) : null;

    /// <summary>
    /// The stored form: no fraction, and the largest lossless suffix of the written kind (<c>0.5</c> is <c>500m</c>, <c>1024Mi</c> is
    /// <c>1Gi</c>).
    /// </summary>
    /// <returns>Null when it is not a quantity.</returns>
    public static string? Canonical(JsonNode? value)
    {
        var match = Form().Match(value?.ToString() ?? "");
        if (!match.Success || Amount(match) is not { } amount)
        {
            return null;
        }

        if (match.Groups["suffix"].Value.EndsWith('i') && Math.Abs(amount) >= 1024)
        {
            return Largest(Math.Ceiling(amount), Suffixes.Where(suffix => suffix.Key.EndsWith('i')).Append(KeyValuePair.Create("", 1m)));
        }

        var exact = Math.Ceiling(amount / Smallest) * Smallest;
        return match.Groups["exponent"].Success
            ? Largest(
                exact,
                Enumerable
                    .Range(-3, 10)
                    .Select(thousands => KeyValuePair.Create(thousands == 0 ? "" : $"e{3 * thousands}", (decimal)Math.Pow(1000, thousands)))
            )
            : Largest(exact, Suffixes.Where(suffix => !suffix.Key.EndsWith('i')));
    }

    /// <summary>An amount with a decimal suffix, or a binary one if that is lossless.</summary>
    public static string Text(decimal amount, bool binary) =>
        Canonical(string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(amount * 1000) / 1000:0.###}")) is { } plain
        && !(binary && amount >= 1024)
            ? plain
            : Largest(Math.Ceiling(amount), Suffixes.Where(suffix => suffix.Key.EndsWith('i')).Append(KeyValuePair.Create("", 1m)));

    private static decimal? Amount(Match match)
    {
        if (
            !double.TryParse(
                match.Groups["number"].ValueSpan,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
        {
            return null;
        }

        var exponent = match.Groups["exponent"];
        var factor = exponent.Success
            ? Math.Pow(10, int.Parse(exponent.ValueSpan, CultureInfo.InvariantCulture))
            : (double)Suffixes[match.Groups["suffix"].Value];
        return Math.Abs(number * factor) >= long.MaxValue ? long.MaxValue * Math.Sign(number)
            : exponent.Success ? (decimal)(number * factor)
            : decimal.Parse(
                match.Groups["number"].ValueSpan,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture
            ) * (decimal)factor;
    }

    private static string Largest(decimal amount, IEnumerable<KeyValuePair<string, decimal>> units)
    {
        var (suffix, unit) =
            amount == 0 ? KeyValuePair.Create("", 1m) : units.Where(unit => amount % unit.Value == 0).MaxBy(unit => unit.Value);
        return string.Create(CultureInfo.InvariantCulture, $"{amount / unit:0}{suffix}");
    }

    [GeneratedRegex(@"^(?<number>[+-]?[0-9.]+)(?:[eE](?<exponent>[-+]?[0-9]{1,2})|(?<suffix>[numkMGTPE]|[KMGTPE]i)?)$")]
    private static partial Regex Form();
}
