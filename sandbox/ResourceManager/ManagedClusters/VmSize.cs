using System.Globalization;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>A virtual machine size.</summary>
/// <param name="Family">The family of its quota: <c>standardDSv5Family</c>.</param>
/// <param name="TemporaryGib">The local disk. 0 for sizes without one.</param>
internal sealed record VmSize(string Name, string Family, int Cores, double MemoryGib, double TemporaryGib, int DataDisks)
{
    /// <summary>Sizes that throttle the CPU when their credits are used up.</summary>
    public bool IsBurstable => Letters[0] == 'B';

    /// <summary>The letter p after the cores: processors by Ampere and Microsoft.</summary>
    public bool IsArm => Letters.Contains('p', StringComparison.Ordinal);

    /// <summary>The letter s, or the second letter of DS.</summary>
    public bool HasPremiumDisks => Letters[1..].Contains('s', StringComparison.OrdinalIgnoreCase);

    /// <summary><c>D2s_v5</c>.</summary>
    public string ShortName => Name["Standard_".Length..];

    /// <summary><c>Standard DSv5 Family vCPUs</c>.</summary>
    public static string FamilyTitle(string family) =>
        string.Create(CultureInfo.InvariantCulture, $"Standard {family["standard".Length..^"Family".Length]} Family vCPUs");

    private string Letters => string.Concat(ShortName.Split('_')[0].Where(char.IsLetter));
}
