using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Access to the API server (<c>apiServerAccessProfile</c>), pure. AKS changes authorized IP ranges at any time, and the private DNS zone
/// only to <c>none</c>; a cluster is private from its creation ("Secure access to the API server using authorized IP address ranges",
/// "Create a private AKS cluster"). MeshPort needs the API server, so a plan says what keeps MeshPort out:
/// <code>
/// the spec                                  MeshPort's addresses   told
/// private cluster, which does not exist     any                    in the report and the dry run
/// authorized IP ranges                      not among them         in the report and the dry run
/// authorized IP ranges                      unknown                in the dry run
/// any other                                 any                    -
/// </code>
/// </summary>
internal static class ApiServerAccess
{
    private const string Profile = "apiServerAccessProfile";

    /// <returns>Whether the cluster had other values.</returns>
    public static bool Write(JsonObject properties, AccessSpec access, bool isNew) =>
        WriteRanges(properties, access)
        | (isNew && access.PrivateCluster == true && ClusterOptions.Set(properties, [Profile, "enablePrivateCluster"], true))
        | (
            access.PrivateDnsZone is { } zone
            && (isNew || (zone == PrivateDnsZone.None && IsPrivate(properties)))
            && ClusterOptions.Set(properties, [Profile, "privateDNSZone"], Zone(zone))
        );

    public static bool IsPrivate(JsonNode? properties) => properties?[Profile]?["enablePrivateCluster"]?.GetValue<bool>() == true;

    /// <returns>Null when Azure does not tell.</returns>
    public static string? Zone(JsonNode? properties) => properties?[Profile]?["privateDNSZone"]?.GetValue<string>();

    public static string Zone(PrivateDnsZone zone) => zone == PrivateDnsZone.None ? "none" : "system";

    /// <returns>What keeps MeshPort from the API server; null when nothing is known to.</returns>
    public static string? Obstacle(AccessSpec access, EgressAddresses egress, bool isNew) =>
        access.PrivateCluster == true
            ? isNew
                ? "The API server has a private address only: MeshPort needs a network path into the virtual network of the cluster"
                    + (
                        access.PrivateDnsZone == PrivateDnsZone.None
                            ? "."
                            : " and a DNS that knows its private zone, which AKS makes in the node resource group."
                    )
                : null
            : egress.Outside(access.AuthorizedIpRanges ?? []) is { Count: > 0 } outside && access.AuthorizedIpRanges is { Count: > 0 }
                ? $"MeshPort cannot reach the API server: access.authorizedIpRanges lack {string.Join(", ", outside)} "
                    + $"({EgressAddresses.Setting}). Add it."
                : null;

    /// <returns>The line of a dry run when MeshPort cannot know whether it reaches the API server; null when it can.</returns>
    public static string? Unknown(AccessSpec access, EgressAddresses egress) =>
        access.AuthorizedIpRanges is { Count: > 0 } && egress.Ranges.Count == 0
            ? "MeshPort does not know from which address it calls the API server. Add that address to access.authorizedIpRanges. With the "
                + $"setting {EgressAddresses.Setting}, MeshPort checks it."
            : null;

    private static bool WriteRanges(JsonObject properties, AccessSpec access)
    {
        if (access.AuthorizedIpRanges is not { } wanted)
        {
            return false;
        }

        var found = properties[Profile]
            .Texts("authorizedIPRanges")
            .Select(range => SourceRange.Normalize(range, out _))
            .ToHashSet(StringComparer.Ordinal);
        if (found.SetEquals(wanted))
        {
            return false;
        }

        ManagedClusterBody.Child(properties, Profile)["authorizedIPRanges"] = TextArray.Of(wanted);
        return true;
    }
}
