using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Access;

/// <summary>
/// The fields of a cluster's spec that a role may not write, pure: by a spec, a role reaches no cluster and no resource group outside its
/// lists, and it opens, moves and ends no exposure outside them.
/// <code>
/// the role has a list of | field                                              | it may write
/// -----------------------+----------------------------------------------------+---------------------------------------------------
/// clusters               | connection                                         | aks, or what is stored
/// clusters               | ids of Azure, also in extra;                       | those of its resource groups, or what is stored
///                        | gatewayAddresses.external.resourceGroup            |
/// namespaces or ports    | connection, strategy, mesh.gateways, gatewayNamespace, | what is stored; for a new cluster, the default
///                        | gatewayServices, gatewayAddresses                  |
/// namespaces or ports    | network, ipFamilies                                | what is stored; for a new cluster, anything
/// namespaces or ports    | discover                                           | what is stored; or, if its lists allow what is stored,
///                        |                                                    | what they allow
/// </code>
/// The other fields are those of the cluster alone (<c>docs/security.md</c>).
/// </summary>
internal static class ClusterRefusals
{
    /// <summary>The fields on which the exposures of a cluster depend.</summary>
    internal static readonly IReadOnlyList<string> OfGateways =
    [
        "connection",
        "strategy",
        "mesh/gateways",
        "gatewayNamespace",
        "gatewayServices",
        "gatewayAddresses",
    ];

    /// <summary>The same for a cluster that is stored. A new one has no exposures yet.</summary>
    internal static readonly IReadOnlyList<string> OfNetwork = ["network", "ipFamilies"];

    private const string Discover = "discover";

    /// <param name="stored">Null for a new cluster.</param>
    public static IReadOnlyList<FieldError> Of(AllowList allowed, ClusterId cluster, ClusterSpec spec, ClusterSpec? stored) =>
        [
            .. allowed.IsAboutClusters ? BeyondClusters(allowed, cluster, spec, stored) : [],
            .. allowed.IsAboutExposures ? BeyondExposures(allowed, spec, stored) : [],
        ];

    private static IEnumerable<FieldError> BeyondClusters(AllowList allowed, ClusterId cluster, ClusterSpec spec, ClusterSpec? stored)
    {
        // A role with both kinds of lists gets the error of exposures, which is stricter.
        if (!allowed.IsAboutExposures && !spec.Connection.IsAks && spec.Connection != stored?.Connection)
        {
            yield return new FieldError(
                "/spec/connection",
                AllowList.NotAllowed,
                "Your role may access some clusters only, and a kubeconfig leads to any cluster. Write aks."
            );
        }

        if (
            spec.GatewayAddresses.External?.ResourceGroup is { } group
            && group != stored?.GatewayAddresses.External?.ResourceGroup
            && !allowed.Allows(cluster with { ResourceGroup = group })
        )
        {
            yield return Beyond("/spec/gatewayAddresses/external/resourceGroup", cluster with { ResourceGroup = group });
        }

        foreach (var (pointer, id) in Ids(Json(spec), "/spec").Except(stored is null ? [] : Ids(Json(stored), "/spec")))
        {
            if (PlaceOf(id) is { } place && !allowed.Allows(place))
            {
                yield return Beyond(pointer, place);
            }
        }
    }

    private static IEnumerable<FieldError> BeyondExposures(AllowList allowed, ClusterSpec spec, ClusterSpec? stored)
    {
        var (after, before) = (Json(spec), Json(stored ?? new ClusterSpec { Location = spec.Location }));
        foreach (var field in stored is null ? OfGateways : OfGateways.Concat(OfNetwork))
        {
            if (!JsonNode.DeepEquals(Find(after, field), Find(before, field)))
            {
                yield return new FieldError(
                    $"/spec/{field}",
                    AllowList.NotAllowed,
                    $"Your role may use some namespaces or ports only, and all exposures depend on {field.Replace('/', '.')}. "
                        + (stored is null ? "Remove it, so that the default applies." : "Leave it as it is.")
                );
            }
        }

        if (JsonNode.DeepEquals(Find(after, Discover), Find(before, Discover)))
        {
            yield break;
        }

        foreach (var error in spec.Discover is { } discover ? allowed.Refusals(discover) : [])
        {
            yield return error;
        }

        // Services would lose exposures, or their sources of them.
        foreach (var error in stored?.Discover is { } known ? allowed.Refusals(known).DistinctBy(error => error.Detail) : [])
        {
            yield return new FieldError($"/spec/{Discover}", error.Code, $"The current discover: {error.Detail}");
        }
    }

    private static FieldError Beyond(string pointer, ClusterId place) =>
        new(
            pointer,
            AllowList.NotAllowed,
            $"Your role may not use resource group {place.ResourceGroup} in subscription {place.SubscriptionId}. "
                + "Choose one that it may access."
        );

    /// <returns>The ids of Azure resources in a spec, with their pointers. Tags are only texts.</returns>
    private static IEnumerable<(string Pointer, string Id)> Ids(JsonNode? node, string pointer) =>
        node switch
        {
            JsonObject values => values
                .Where(value => pointer != "/spec" || value.Key != "tags")
                .SelectMany(value => Ids(value.Value, $"{pointer}/{JsonPointer.Escape(value.Key)}")),
            JsonArray items => items.Index().SelectMany(item => Ids(item.Item, $"{pointer}/{item.Index}")),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [(pointer, value.GetValue<string>())],
            _ => [],
        };

    /// <returns>The resource group of an id; null for another text. The group is empty for an id of a subscription.</returns>
    private static ClusterId? PlaceOf(string text) =>
        text.Trim().Split('/', StringSplitOptions.RemoveEmptyEntries) is [var word, var subscription, .. var rest]
        && Is(word, "subscriptions")
            ? new ClusterId(subscription, rest is [var next, var group, ..] && Is(next, "resourceGroups") ? group : "", "")
            : null;

    private static bool Is(string text, string word) => string.Equals(text, word, StringComparison.OrdinalIgnoreCase);

    private static JsonNode? Json(ClusterSpec spec) => JsonSerializer.SerializeToNode(spec, MeshPortJson.Options);

    private static JsonNode? Find(JsonNode? spec, string path) => path.Split('/').Aggregate(spec, (node, name) => node?[name]);
}
