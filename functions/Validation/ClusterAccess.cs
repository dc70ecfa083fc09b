using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads the field <c>access</c> of a cluster's spec.</summary>
internal static class ClusterAccess
{
    private const int MostGroups = 100;

    /// <summary>"API server authorized IP ranges" of the AKS documentation.</summary>
    private const int MostRanges = 200;

    private static readonly TextRule Range = new(text => Normalize(text, out var problem) is var _ ? problem : null);

    public static AccessSpec Read(SpecReader reader)
    {
        var ranges = reader.Texts("authorizedIpRanges", Range);
        var access = new AccessSpec
        {
            LocalAccounts = reader.Flag("localAccounts") ?? false,
            AdminGroupObjectIds = reader.Texts("adminGroupObjectIds", ClusterNames.ObjectId),
            AuthorizedIpRanges = reader.Has("authorizedIpRanges")
                ? [.. ranges.Select(range => Normalize(range, out _)).Order(StringComparer.Ordinal)]
                : null,
            PrivateCluster = reader.Flag("privateCluster"),
            PrivateDnsZone = reader.Choice<PrivateDnsZone>("privateDnsZone"),
        };
        reader.RefuseMore("adminGroupObjectIds", access.AdminGroupObjectIds.Count, MostGroups);
        reader.RefuseMore("authorizedIpRanges", ranges.Count, MostRanges);
        reader.RefuseDuplicates("authorizedIpRanges", access.AuthorizedIpRanges ?? [], "A range is listed twice. List it once.");
        if (access is { PrivateCluster: true, AuthorizedIpRanges.Count: > 0 })
        {
            reader.Error(
                "authorizedIpRanges",
                "InvalidCombination",
                "AKS has authorized IP ranges for public API servers only. Remove 'authorizedIpRanges', or remove 'privateCluster'."
            );
        }

        if (access is { PrivateDnsZone: not null, PrivateCluster: not true })
        {
            reader.Error(
                "privateDnsZone",
                "InvalidCombination",
                "Only a private API server has a private DNS zone. Set 'privateCluster' to true, or remove 'privateDnsZone'."
            );
        }

        reader.RefuseUnknown();
        return access;
    }

    private static string Normalize(string text, out string? problem)
    {
        var range = SourceRange.Normalize(text, out problem);
        problem ??= range.Contains(':', StringComparison.Ordinal)
            ? $"'{text}' is an IPv6 range. Public API servers have IPv4 addresses; write a range such as 203.0.113.0/24."
            : null;
        return range;
    }
}
