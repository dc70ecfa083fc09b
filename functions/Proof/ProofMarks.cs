using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// The marks in an exposure's status of the addresses at which a probe has proven it, for one generation of the spec. They show that
/// <c>allowedSources</c> let MeshPort in, and outlast later failures of any reason. An exposure without <c>allowedSources</c> has none.
/// </summary>
internal static class ProofMarks
{
    private const string Prefix = "proven|";

    /// <summary>Whether the exposure was proven at its first address.</summary>
    public static bool Has(NamedExposure exposure) =>
        exposure.Address is { } address && exposure.Status.Made.Contains(Of(exposure, address));

    /// <summary>Marks the exposure's addresses, and drops the marks of other addresses and generations.</summary>
    public static ResourceStatus Add(ResourceStatus status, NamedExposure exposure)
    {
        var marks = exposure.Spec.AllowedSources.Count == 0 ? [] : exposure.Addresses.Select(one => Of(exposure, one.Ip)).ToList();
        var known = status.Made.Where(IsMark);
        return known.SequenceEqual(marks) ? status : status with { Made = [.. status.Made.Where(made => !IsMark(made)), .. marks] };
    }

    private static bool IsMark(string made) => made.StartsWith(Prefix, StringComparison.Ordinal);

    private static string Of(NamedExposure exposure, string address) => $"{Prefix}{exposure.Generation}|{address}";
}
