using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The fields of a cluster that MeshPort does not change once it exists, pure. Each has a rule: the observed value, the wanted value, and
/// what a person does about a difference. A field that Azure does not answer, or that the spec leaves open, makes no difference. A
/// difference is reported and stops nothing: the ports of the cluster are served.
/// </summary>
internal static class ImmutableFields
{
    private const string Remedy = "make a new cluster, or write what it has.";

    private static readonly Rule[] Rules =
    [
        new(
            (cluster, _) => Text(cluster["location"])?.Replace(" ", "", StringComparison.Ordinal),
            spec => spec.Location,
            (found, wanted) => $"The cluster is in {found}, not in {wanted}; a cluster cannot move."
        ),
        new(
            (cluster, _) => Text(cluster["sku"]?["name"]) is { } name ? $"{Sku(name)}" : null,
            spec => $"{spec.Sku}",
            (_, wanted) =>
                wanted == $"{ClusterSku.Automatic}"
                    ? "The cluster is not of AKS Automatic, and AKS does not make it one; make a new cluster, or write sku: base."
                    : "The cluster is of AKS Automatic, which refuses MeshPort's objects in the namespace of the add-on's gateways; "
                        + "write sku: automatic, with strategy gatewayApi and a gatewayNamespace, or use another cluster."
        ),
        Named(
            "the network plugin",
            (cluster, _) => Text(Network(cluster)?["networkPlugin"]),
            spec => spec.NetworkPlugin == NetworkPlugin.Kubenet ? "kubenet" : "azure"
        ),
        new(
            (cluster, _) => Is(Network(cluster)?["networkPluginMode"], "overlay") ? PodsOfOverlay : PodsOfNetwork,
            spec =>
                spec.NetworkPlugin switch
                {
                    NetworkPlugin.AzureOverlay => PodsOfOverlay,
                    NetworkPlugin.Azure => PodsOfNetwork,
                    _ => null,
                },
            (found, wanted) => $"On the cluster, pods have addresses {found}, not {wanted}; {Remedy}"
        ),
        Named(
            "the data plane",
            (cluster, _) => Text(Network(cluster)?["networkDataplane"]),
            spec => spec.Dataplane == Dataplane.Cilium ? "cilium" : "azure"
        ),
        new(
            (cluster, _) => List(Network(cluster)?["ipFamilies"], Text),
            spec => spec.IsDualStack ? string.Join(" and ", spec.IpFamilies) : null, // IPv4 alone works on every cluster
            (found, wanted) =>
                $"The cluster has addresses of {found}, not of {wanted}. MeshPort does not change that; AKS can, with Azure CNI Overlay "
                + "(az aks update --ip-families ipv4,ipv6)."
        ),
        new(
            (cluster, _) => List(Properties(cluster)?["agentPoolProfiles"], pool => Text(pool?["name"])),
            spec => spec.IsAutomatic ? null : spec.NodePool.Name,
            (_, wanted) => $"The cluster has no node pool {wanted}; write the name of one that it has."
        )
        {
            Fits = (found, wanted) => found.Split(" and ").Contains(wanted, StringComparer.Ordinal),
        },
        Named(
            "the VM size",
            (cluster, spec) => Text(ManagedClusterBody.Pool(Properties(cluster), spec)?["vmSize"]),
            spec => spec.IsAutomatic ? null : spec.NodePool.VmSize
        ),
        new(
            (cluster, spec) => ManagedClusterBody.Pool(Properties(cluster), spec) is { } pool ? Zones(pool) ?? NoZones : null,
            spec => spec.NodePool.Zones.Count == 0 ? null : string.Join(" and ", spec.NodePool.Zones),
            (found, wanted) => $"The node pool is in {(found == NoZones ? found : $"zones {found}")}, not {wanted}; {Remedy}"
        ),
        new(
            (cluster, _) => Properties(cluster)?["oidcIssuerProfile"]?["enabled"]?.GetValue<bool>() == true ? OnOff(true) : null,
            spec => spec.OidcIssuer == false ? OnOff(false) : null,
            (_, _) => "The OIDC issuer is on, and AKS cannot switch it off; write oidcIssuer: true, or leave it out."
        ),
        new(
            (cluster, _) => OutboundTypes.Find(Properties(cluster)),
            spec => spec.OutboundType is { } type ? OutboundTypes.Name(type) : null,
            (found, wanted) => $"The cluster's outbound type is {found}, and AKS cannot change it to {wanted} in this network; {Remedy}"
        )
        {
            IsChangeable = (cluster, wanted) => OutboundTypes.MayBecome(Properties(cluster), wanted),
        },
        new(
            (cluster, spec) => OtherVersion(cluster, spec),
            spec => spec.KubernetesVersion,
            (found, wanted) =>
                KubernetesVersions.IsLater(found, wanted)
                    ? $"The cluster runs Kubernetes {found}, which is later than {wanted}, and AKS cannot downgrade it; "
                        + $"write kubernetesVersion: {KubernetesVersions.Minor(found)}, or leave it out."
                    : $"The cluster runs Kubernetes {found}, not {wanted}; upgrade it with az aks upgrade, MeshPort does not."
        )
        {
            Fits = (_, _) => false, // the observed value is null where it fits
        },
        new(
            (cluster, _) =>
                Is(Mesh(cluster)?["mode"], "Istio") ? List(Mesh(cluster)?["istio"]?["revisions"], revision => Text(revision)) : null,
            spec => spec.Mesh.Revision,
            (found, wanted) => $"The mesh runs {found}, not {wanted}; upgrade it with az aks mesh upgrade, MeshPort does not."
        )
        {
            Fits = (found, wanted) => found.Split(" and ").Contains(wanted, StringComparer.Ordinal),
        },
        new(
            (cluster, _) => Properties(cluster)?["disableLocalAccounts"]?.GetValue<bool>() is { } disabled ? OnOff(!disabled) : null,
            spec => OnOff(spec.Access.LocalAccounts),
            (found, _) =>
                $"Local accounts are {found} on the cluster; change that with az aks update, "
                + $"or write access.localAccounts: {(found == OnOff(true) ? "true" : "false")}."
        ),
        new(
            (cluster, _) => AdminGroups.HasEntra(Properties(cluster)) ? null : OnOff(false),
            spec => spec.Access.AdminGroupObjectIds is { Count: > 0 } groups ? string.Join(',', groups) : null,
            (_, wanted) =>
                "The cluster has no Entra integration, which access.adminGroupObjectIds needs; switch it on with az aks update "
                + $"--enable-aad --aad-admin-group-object-ids {wanted}, or remove the groups."
        ),
        new(
            (cluster, _) => PrivateOrPublic(ApiServerAccess.IsPrivate(Properties(cluster))),
            spec => spec.Access.PrivateCluster is { } isPrivate ? PrivateOrPublic(isPrivate) : null,
            (found, wanted) => $"The API server is {found}, not {wanted}; {Remedy}"
        ),
        new(
            (cluster, _) => ApiServerAccess.Zone(Properties(cluster)),
            spec => spec.Access.PrivateDnsZone == PrivateDnsZone.System ? ApiServerAccess.Zone(PrivateDnsZone.System) : null,
            (found, wanted) => $"The private DNS zone is {found}, not {wanted}, and AKS can change it to none only; {Remedy}"
        ),
    ];

    private const string NoZones = "no zones";
    private const string PodsOfOverlay = "of an overlay (azure-overlay)";
    private const string PodsOfNetwork = "of the network (azure)";

    /// <returns>All differences, for people; null when the cluster fits.</returns>
    public static string? Difference(JsonObject cluster, ClusterSpec spec) =>
        Rules
            .Select(rule => rule.Difference(cluster, spec))
            .Append(NodePoolPlan.Difference(Properties(cluster), spec))
            .OfType<string>()
            .ToList()
            is { Count: > 0 } differences
            ? string.Join(" ", differences)
            : null;

    /// <returns>The version of the cluster; null when it fits.</returns>
    private static string? OtherVersion(JsonObject cluster, ClusterSpec spec) =>
        Text(Properties(cluster)?["currentKubernetesVersion"] ?? Properties(cluster)?["kubernetesVersion"]) is { } found
        && spec.KubernetesVersion is { } wanted
        && !KubernetesVersions.Fits(found, wanted, Text(Properties(cluster)?["autoUpgradeProfile"]?["upgradeChannel"]))
            ? found
            : null;

    private static Rule Named(string field, Func<JsonObject, ClusterSpec, string?> observed, Func<ClusterSpec, string?> wanted) =>
        new(observed, wanted, (found, asked) => $"On the cluster, {field} is {found}, not {asked}; {Remedy}");

    /// <summary>An earlier name of Base was Basic.</summary>
    private static ClusterSku Sku(string name) =>
        string.Equals(name, $"{ClusterSku.Automatic}", StringComparison.OrdinalIgnoreCase) ? ClusterSku.Automatic : ClusterSku.Base;

    private static JsonNode? Properties(JsonObject cluster) => cluster["properties"];

    private static JsonNode? Network(JsonObject cluster) => Properties(cluster)?["networkProfile"];

    private static JsonNode? Mesh(JsonObject cluster) => Properties(cluster)?["serviceMeshProfile"];

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static bool Is(JsonNode? node, string value) => string.Equals(Text(node), value, StringComparison.OrdinalIgnoreCase);

    private static string? Zones(JsonObject pool) =>
        pool["availabilityZones"] is JsonArray { Count: > 0 } zones
            ? string.Join(" and ", zones.Select(Text).Order(StringComparer.Ordinal))
            : null;

    private static string? List(JsonNode? node, Func<JsonNode?, string?> text) =>
        node is JsonArray { Count: > 0 } items ? string.Join(" and ", items.Select(text)) : null;

    private static string PrivateOrPublic(bool isPrivate) => isPrivate ? "private" : "public";

    private static string OnOff(bool on) => on ? "on" : "off";

    private sealed record Rule(
        Func<JsonObject, ClusterSpec, string?> Observed,
        Func<ClusterSpec, string?> Wanted,
        Func<string, string, string> Message
    )
    {
        /// <summary>ARM's names and choices come back in any case.</summary>
        public Func<string, string, bool> Fits { get; init; } =
            (found, wanted) => string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase);

        /// <summary>Whether AKS changes the cluster to the wanted value.</summary>
        public Func<JsonObject, string, bool> IsChangeable { get; init; } = (_, _) => false;

        public string? Difference(JsonObject cluster, ClusterSpec spec) =>
            Observed(cluster, spec) is { } found && Wanted(spec) is { } wanted && !Fits(found, wanted) && !IsChangeable(cluster, wanted)
                ? Message(found, wanted)
                : null;
    }
}
