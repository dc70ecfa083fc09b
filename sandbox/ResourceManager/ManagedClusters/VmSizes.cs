using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The general-purpose virtual machine sizes offered in every location.</summary>
internal static partial class VmSizes
{
    public static bool Exists(string size) => Known().IsMatch(size);

    /// <summary>Sizes that throttle the CPU when their credits are used up.</summary>
    public static bool IsBurstable(string size) => size.StartsWith("Standard_B", StringComparison.OrdinalIgnoreCase);

    /// <summary>The number in the name is the core count, except in the v2 series, which counts in powers of two.</summary>
    public static int Cores(string size)
    {
        var number = int.Parse(Number().Match(size).Value, CultureInfo.InvariantCulture);
        return Doubling().IsMatch(size) ? 1 << (number - 1) : number;
    }

    /// <summary>Memory per core: low in the F series and B2s, high in the E series.</summary>
    public static double GibibytesPerCore(string size) =>
        char.ToUpperInvariant(size["Standard_".Length]) switch
        {
            'E' => 8,
            'F' => 2,
            _ when string.Equals(size, "Standard_B2s", StringComparison.OrdinalIgnoreCase) => 2,
            _ => Doubling().IsMatch(size) ? 3.5 : 4,
        };

    /// <summary>The family of the quota: <c>StandardDSv5Family</c> for <c>Standard_D2s_v5</c>.</summary>
    public static string Family(string size)
    {
        var parts = size.Split('_');
        var letters = string.Concat(parts[1].Where(char.IsLetter));
        return $"Standard{char.ToUpperInvariant(letters[0])}{letters[1..]}{(parts.Length > 2 ? parts[2] : "")}Family";
    }

    [GeneratedRegex(
        @"^Standard_(B(2s|2ms|4ms|8ms|12ms|16ms|20ms)|B(2|4|8|16|32)(s|as)_v2|DS?[1-5]_v2"
            + @"|D(2|4|8|16|32|48|64|96)(s|a|as|d|ds|ad|ads|ps|pds|pls)?_v[3-7]"
            + @"|E(2|4|8|16|20|32|48|64|96)(s|a|as|d|ds|ad|ads|ps|pds)?_v[3-7]"
            + @"|F(2|4|8|16|32|48|64|72)s_v2)$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Known();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"^Standard_DS?\d_v2$", RegexOptions.IgnoreCase)]
    private static partial Regex Doubling();
}
