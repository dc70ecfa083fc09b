using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The general-purpose virtual machine sizes that every location here offers.</summary>
internal static partial class VmSizes
{
    public static bool Exists(string size) => Known().IsMatch(size);

    [GeneratedRegex(@"^Standard_(B(2s|2ms|4ms|8ms|12ms|16ms|20ms)|B(2|4|8|16|32)(s|as)_v2|DS?[2-5]_v2|D(2|4|8|16|32|48|64|96)(s|a|as|d|ds|ad|ads|ps|pds|pls)?_v[3-7]|E(2|4|8|16|20|32|48|64|96)(s|a|as|d|ds|ad|ads|ps|pds)?_v[3-7]|F(2|4|8|16|32|48|64|72)s_v2)$", RegexOptions.IgnoreCase)]
    private static partial Regex Known();
}
