using System.Globalization;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// Series of general-purpose sizes (https://learn.microsoft.com/azure/virtual-machines/sizes/overview). A row is a name pattern, in which *
/// is the number of cores, the family of its quota, the cores, and the GiB of memory and of local disk per core.
/// </summary>
internal static class VmSeries
{
    private const string To48 = "2 4 8 16 32 48 64";
    private const string To96 = To48 + " 96";
    private const string To128 = To96 + " 128";
    private const string E32 = "2 4 8 16 20 32";
    private const string E64 = E32 + " 48 64";
    private const string E96 = E64 + " 96";

    private static readonly (string Pattern, string Family, string Cores, double Memory, double Disk)[] Rows =
    [
        ("B*s_v2", "Bsv2", "2 4 8 16 32", 4, 0),
        ("B*ls_v2", "Bsv2", "2 4 8 16 32", 2, 0),
        ("B*as_v2", "Basv2", "2 4 8 16 32", 4, 0),
        ("B*als_v2", "Basv2", "2 4 8 16 32", 2, 0),
        ("B*ps_v2", "Bpsv2", "2 4 8 16", 4, 0),
        ("B*pls_v2", "Bpsv2", "2 4 8 16", 2, 0),
        ("D*_v3", "Dv3", To48, 4, 25),
        ("D*s_v3", "DSv3", To48, 4, 8),
        ("D*_v4", "Dv4", To48, 4, 0),
        ("D*s_v4", "DSv4", To48, 4, 0),
        ("D*d_v4", "DDv4", To48, 4, 37.5),
        ("D*ds_v4", "DDSv4", To48, 4, 37.5),
        ("D*a_v4", "DAv4", To96, 4, 25),
        ("D*as_v4", "DASv4", To96, 4, 8),
        ("D*_v5", "Dv5", To96, 4, 0),
        ("D*s_v5", "DSv5", To96, 4, 0),
        ("D*d_v5", "DDv5", To96, 4, 37.5),
        ("D*ds_v5", "DDSv5", To96, 4, 37.5),
        ("D*as_v5", "DASv5", To96, 4, 0),
        ("D*ads_v5", "DADSv5", To96, 4, 37.5),
        ("D*ls_v5", "DLSv5", To96, 2, 0),
        ("D*lds_v5", "DLDSv5", To96, 2, 37.5),
        ("D*ps_v5", "DPSv5", To48, 4, 0),
        ("D*pds_v5", "DPDSv5", To48, 4, 37.5),
        ("D*pls_v5", "DPLSv5", To48, 2, 0),
        ("D*plds_v5", "DPLDSv5", To48, 2, 37.5),
        ("D*s_v6", "DSv6", To128, 4, 0),
        ("D*ds_v6", "DDSv6", To128, 4, 55),
        ("D*as_v6", "DASv6", To96, 4, 0),
        ("D*ads_v6", "DADSv6", To96, 4, 55),
        ("D*ls_v6", "DLSv6", To128, 2, 0),
        ("D*lds_v6", "DLDSv6", To128, 2, 55),
        ("D*als_v6", "DALSv6", To96, 2, 0),
        ("D*alds_v6", "DALDSv6", To96, 2, 55),
        ("D*ps_v6", "DPSv6", To96, 4, 0),
        ("D*pds_v6", "DPDSv6", To96, 4, 55),
        ("D*pls_v6", "DPLSv6", To96, 2, 0),
        ("D*plds_v6", "DPLDSv6", To96, 2, 55),
        ("D*as_v7", "DASv7", To96, 4, 0),
        ("D*ads_v7", "DADSv7", To96, 4, 55),
        ("D*als_v7", "DALSv7", To96, 2, 0),
        ("D*alds_v7", "DALDSv7", To96, 2, 55),
        ("E*_v3", "Ev3", E64, 8, 25),
        ("E*s_v3", "ESv3", E64, 8, 16),
        ("E*_v4", "Ev4", E64, 8, 0),
        ("E*s_v4", "ESv4", E64, 8, 0),
        ("E*d_v4", "EDv4", E64, 8, 37.5),
        ("E*ds_v4", "EDSv4", E64, 8, 37.5),
        ("E*a_v4", "EAv4", E96, 8, 25),
        ("E*as_v4", "EASv4", E96, 8, 16),
        ("E*_v5", "Ev5", E96, 8, 0),
        ("E*s_v5", "ESv5", E96, 8, 0),
        ("E*d_v5", "EDv5", E96, 8, 37.5),
        ("E*ds_v5", "EDSv5", E96, 8, 37.5),
        ("E*as_v5", "EASv5", E96, 8, 0),
        ("E*ads_v5", "EADSv5", E96, 8, 37.5),
        ("E*ps_v5", "EPSv5", E32, 8, 0),
        ("E*pds_v5", "EPDSv5", E32, 8, 37.5),
        ("E*s_v6", "ESv6", E96 + " 128", 8, 0),
        ("E*ds_v6", "EDSv6", E96 + " 128", 8, 55),
        ("E*as_v6", "EASv6", E96, 8, 0),
        ("E*ads_v6", "EADSv6", E96, 8, 55),
        ("E*ps_v6", "EPSv6", To96, 8, 0),
        ("E*pds_v6", "EPDSv6", To96, 8, 55),
        ("E*as_v7", "EASv7", E96, 8, 0),
        ("E*ads_v7", "EADSv7", E96, 8, 55),
        ("F*s_v2", "FSv2", "2 4 8 16 32 48 64 72", 2, 8),
    ];

    // Series whose names do not follow the cores: number in the name, cores, memory, data disks.
    private static readonly (string Name, int Cores, double Memory, int DataDisks)[] Burstable =
    [
        ("B2s", 2, 4, 4),
        ("B2ms", 2, 8, 4),
        ("B4ms", 4, 16, 8),
        ("B8ms", 8, 32, 16),
        ("B12ms", 12, 48, 16),
        ("B16ms", 16, 64, 32),
        ("B20ms", 20, 80, 32),
    ];

    // Large sizes with less memory than their series.
    private static readonly Dictionary<string, double> Memory = new(StringComparer.Ordinal)
    {
        ["E64_v3"] = 432,
        ["E64s_v3"] = 432,
        ["E64_v4"] = 504,
        ["E64s_v4"] = 504,
        ["E64d_v4"] = 504,
        ["E64ds_v4"] = 504,
        ["E96a_v4"] = 672,
        ["E96as_v4"] = 672,
        ["E96_v5"] = 672,
        ["E96s_v5"] = 672,
        ["E96d_v5"] = 672,
        ["E96ds_v5"] = 672,
        ["E96as_v5"] = 672,
        ["E96ads_v5"] = 672,
        ["E32ps_v5"] = 208,
        ["E32pds_v5"] = 208,
        ["E96ps_v6"] = 672,
        ["E96pds_v6"] = 672,
    };

    public static IEnumerable<VmSize> Sizes =>
        [
            .. Burstable.Select(size => Size(size.Name, "BS", size.Cores, size.Memory, 2 * size.Memory, size.DataDisks)),
            .. Doubling("D", "Dv2", 50),
            .. Doubling("DS", "DSv2", 7),
            .. Rows.SelectMany(row =>
                row.Cores.Split(' ')
                    .Select(cores =>
                    {
                        var (name, count) = (row.Pattern.Replace("*", cores, StringComparison.Ordinal), Parse(cores));
                        var memory = Memory.GetValueOrDefault(name, row.Memory * count);
                        return Size(name, row.Family, count, memory, row.Disk * count, Math.Min(2 * count, 32));
                    })
            ),
        ];

    /// <summary>The number in the name counts in powers of two: D3_v2 has 4 cores.</summary>
    private static IEnumerable<VmSize> Doubling(string letters, string family, double disk) =>
        Enumerable
            .Range(1, 5)
            .Select(number =>
            {
                var cores = 1 << (number - 1);
                return Size($"{letters}{number}_v2", family, cores, 3.5 * cores, disk * cores, Math.Min(4 * cores, 64));
            });

    private static VmSize Size(string name, string family, int cores, double memory, double disk, int dataDisks) =>
        new($"Standard_{name}", $"standard{family}Family", cores, memory, disk, dataDisks);

    private static int Parse(string cores) => int.Parse(cores, CultureInfo.InvariantCulture);
}
