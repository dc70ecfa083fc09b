namespace MeshPort.Model;

/// <summary>
/// The marks in an exposure's status of the objects that it has taken over from others. They count for one generation of the spec. An
/// object that comes back after its release is a conflict: MeshPort does not release it again, since something else restores it.
/// </summary>
internal static class AdoptionMarks
{
    private const string Prefix = "adopted|";

    /// <summary>Whether the exposure may take over objects of others for a condition: not after the condition has been True.</summary>
    public static bool IsOpen(NamedExposure exposure, string condition) => exposure.Spec.Adopt && !Has(exposure, condition);

    public static bool Has(NamedExposure exposure, string what) => exposure.Status.Made.Contains(Of(exposure, what));

    /// <summary>Whether a mark begins with a text.</summary>
    public static bool HasAny(NamedExposure exposure, string beginning) =>
        exposure.Status.Made.Any(made => made.StartsWith(Of(exposure, beginning), StringComparison.Ordinal));

    /// <summary>Adds a mark, and drops those of other generations.</summary>
    public static ResourceStatus Add(ResourceStatus status, NamedExposure exposure, string what) =>
        status.Made.Contains(Of(exposure, what))
            ? status
            : status with
            {
                Made =
                [
                    .. status.Made.Where(made =>
                        !made.StartsWith(Prefix, StringComparison.Ordinal) || made.StartsWith(Of(exposure, ""), StringComparison.Ordinal)
                    ),
                    Of(exposure, what),
                ],
            };

    public static ResourceStatus Remove(ResourceStatus status, NamedExposure exposure, string what) => status.Unmaking(Of(exposure, what));

    private static string Of(NamedExposure exposure, string what) => $"{Prefix}{exposure.Generation}|{what}";
}
