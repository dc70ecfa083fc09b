using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The ARM body of a managed cluster (Microsoft.ContainerService 2026-03-01), pure. A new cluster gets network, mesh and gateways in one
/// PUT. One that exists is read, changed where it differs, and written back whole, so that unknown properties are kept. The body of AKS
/// Automatic leaves out what AKS decides: node pools, network, channels and so on (AKS documentation, "Quickstart: Create an AKS Automatic
/// cluster"; ADR 24).
/// </summary>
internal static class ManagedClusterBody
{
    /// <summary>Of the Gateway API's definitions (<c>ingressProfile.gatewayAPI</c>).</summary>
    private const string Installed = "Standard";

    /// <summary>Whether there is a cluster that can be looked at, or will soon be said to be out of reach.</summary>
    /// <param name="observed">Null when there is no cluster.</param>
    public static bool HasApiServer(JsonObject? observed) =>
        observed is not null && observed["properties"]?["provisioningState"]?.GetValue<string>() is not "Creating";

    /// <param name="subnetId">Null for an AKS-managed network.</param>
    /// <param name="revision">The mesh revision; null lets AKS choose.</param>
    public static JsonObject Create(ClusterId cluster, ClusterSpec spec, string? subnetId, string? revision)
    {
        var properties = Properties(cluster, spec, subnetId, revision);
        var body = new JsonObject
        {
            ["location"] = spec.Location,
            ["tags"] = Ownership.Tags(spec.Tags),
            ["identity"] = ClusterIdentity.Body(spec.UserAssignedIdentity),
            ["sku"] = new JsonObject { ["name"] = $"{spec.Sku}", ["tier"] = spec.IsAutomatic ? "Standard" : "Free" },
            ["properties"] = properties,
        };
        ClusterOptions.Write(body, properties, spec, isNew: true);
        return body;
    }

    private static JsonObject Properties(ClusterId cluster, ClusterSpec spec, string? subnetId, string? revision) =>
        Without(
            new JsonObject
            {
                ["kubernetesVersion"] = spec.KubernetesVersion,
                ["dnsPrefix"] = DnsPrefix(cluster.Name),
                ["enableRBAC"] = true,
                ["disableLocalAccounts"] = !spec.Access.LocalAccounts,
                ["aadProfile"] = NeedsEntra(spec) ? Entra(spec.Access) : null,
                ["agentPoolProfiles"] = spec.IsAutomatic ? null : new JsonArray(FirstPool(spec.NodePool, subnetId)),
                ["networkProfile"] = spec.IsAutomatic ? null : NetworkProfile(spec),
                ["serviceMeshProfile"] = Mesh(spec.Mesh, revision is null ? null : new JsonArray(revision)),
                ["ingressProfile"] = spec.Strategy == Strategy.GatewayApi ? Ingress(spec) : null,
            }
        );

    /// <summary>AKS Automatic has Entra and Azure RBAC from the start.</summary>
    private static bool NeedsEntra(ClusterSpec spec) =>
        spec.Access.AdminGroupObjectIds.Count > 0 || !(spec.Access.LocalAccounts || spec.IsAutomatic);

    /// <summary>
    /// AKS Automatic has application routing, and from Kubernetes 1.36 with an Istio of its own, beside which AKS does not allow the add-on
    /// (AKS documentation, "Application routing Gateway API"; release notes of 2026-06-19).
    /// </summary>
    private static JsonObject Ingress(ClusterSpec spec)
    {
        var profile = new JsonObject { ["gatewayAPI"] = new JsonObject { ["installation"] = Installed } };
        if (spec.IsAutomatic)
        {
            profile["webAppRouting"] = new JsonObject
            {
                ["enabled"] = true,
                ["gatewayAPIImplementations"] = new JsonObject { ["appRoutingIstio"] = new JsonObject { ["mode"] = "Disabled" } },
            };
        }

        return profile;
    }

    private static JsonObject FirstPool(NodePoolSpec pool, string? subnetId)
    {
        var properties = NodePoolBody.Properties(pool, subnetId);
        properties.Insert(0, "name", pool.Name);
        properties.Insert(1, "mode", "System");
        return properties;
    }

    /// <summary>The body that brings a cluster which exists in line with the spec; null when nothing differs.</summary>
    /// <param name="lacksGatewayApi">Somebody else's cluster has no definitions of the Gateway API, whoever may have installed any.</param>
    public static JsonObject? Update(JsonObject observed, ClusterSpec spec, bool lacksGatewayApi = false)
    {
        var body = (JsonObject)observed.DeepClone();
        if (body["properties"] is not JsonObject properties)
        {
            throw new ArgumentException("The observed cluster has no properties.", nameof(observed));
        }

        var differs =
            ClusterOptions.Write(body, properties, spec, isNew: false)
            | WriteTags(body, spec)
            | AdminGroups.Write(properties, spec.Access, Ownership.IsOurs(observed))
            | (Pool(properties, spec) is { } pool && NodePoolBody.WriteCount(pool, spec.NodePool))
            | WriteMesh(properties, spec, Ownership.IsOurs(observed))
            | WriteGatewayApi(properties, spec, Ownership.IsOurs(observed) || lacksGatewayApi);
        return differs ? body : null;
    }

    /// <summary>
    /// Tags of the spec are set; others stay, since Azure policies set tags too. Azure knows a tag whatever the case of its name, and
    /// refuses one that is there twice.
    /// </summary>
    private static bool WriteTags(JsonObject body, ClusterSpec spec)
    {
        if (spec.Tags.Count == 0)
        {
            return false;
        }

        var tags = Child(body, "tags");
        var missing = spec
            .Tags.Select(tag => (Name: tags.Select(known => known.Key).FirstOrDefault(name => Same(name, tag.Key)) ?? tag.Key, tag.Value))
            .Where(tag => tags[tag.Name]?.GetValue<string>() != tag.Value)
            .ToList();
        missing.ForEach(tag => tags[tag.Name] = tag.Value);
        return missing.Count > 0;
    }

    internal static JsonObject? Pool(JsonNode? properties, ClusterSpec spec) => Pool(properties, spec.NodePool.Name);

    internal static JsonObject? Pool(JsonNode? properties, string name) =>
        properties.Items("agentPoolProfiles").FirstOrDefault(pool => pool["name"]?.GetValue<string>() == name);

    private static bool WriteMesh(JsonObject properties, ClusterSpec spec, bool isOurs)
    {
        var mesh = properties["serviceMeshProfile"] as JsonObject;
        if (mesh is null || !Same(mesh["mode"]?.GetValue<string>(), "Istio"))
        {
            properties["serviceMeshProfile"] = Mesh(spec.Mesh, spec.Mesh.Revision is { } revision ? new JsonArray(revision) : null);
            return true;
        }

        var istio = Child(mesh, "istio");
        if (istio["revisions"] is JsonArray { Count: > 1 })
        {
            return false; // somebody is upgrading the mesh, and a write of ours could end that either way
        }

        var components = Child(istio, "components");
        var gateways = components["ingressGateways"] as JsonArray ?? [];
        var missing = spec.Mesh.Gateways.Where(kind => !IsEnabled(gateways, kind)).ToList();
        var surplus = isOurs
            ? Enum.GetValues<GatewayKind>().Where(kind => !spec.Mesh.Gateways.Contains(kind) && IsEnabled(gateways, kind)).ToList()
            : []; // elsewhere it may be somebody else's
        if (missing.Count + surplus.Count == 0)
        {
            return false;
        }

        components["ingressGateways"] = new JsonArray([
            .. gateways
                .Where(gateway => !missing.Concat(surplus).Any(kind => Same(gateway?["mode"]?.GetValue<string>(), Mode(kind))))
                .Select(gateway => gateway?.DeepClone()),
            .. missing.Select(kind => Gateway(gateways, kind, enabled: true)),
            .. surplus.Select(kind => Gateway(gateways, kind, enabled: false)),
        ]);
        return true;
    }

    /// <summary>Whether the Gateway API's definitions are asked for and AKS does not manage them.</summary>
    public static bool WantsGatewayApi(JsonNode? properties, ClusterSpec spec) =>
        spec.Strategy == Strategy.GatewayApi
        && !Same(properties?["ingressProfile"]?["gatewayAPI"]?["installation"]?.GetValue<string>(), Installed);

    /// <summary>The managed definitions, once wanted, stay: others may use them.</summary>
    private static bool WriteGatewayApi(JsonObject properties, ClusterSpec spec, bool mayInstall)
    {
        if (!mayInstall || !WantsGatewayApi(properties, spec))
        {
            return false;
        }

        Child(Child(properties, "ingressProfile"), "gatewayAPI")["installation"] = Installed;
        return true;
    }

    /// <summary>The gateway as it was, with what we do not know of it.</summary>
    private static JsonObject Gateway(JsonArray gateways, GatewayKind kind, bool enabled)
    {
        var gateway =
            gateways.OfType<JsonObject>().FirstOrDefault(gateway => Same(gateway["mode"]?.GetValue<string>(), Mode(kind)))?.DeepClone()
                as JsonObject
            ?? Gateway(kind);
        gateway["enabled"] = enabled;
        return gateway;
    }

    private static JsonObject Entra(AccessSpec access) =>
        new()
        {
            ["managed"] = true,
            ["enableAzureRBAC"] = true,
            [AdminGroups.Field] = TextArray.Of(access.AdminGroupObjectIds),
        };

    private static JsonObject NetworkProfile(ClusterSpec spec)
    {
        var profile = new JsonObject
        {
            ["networkPlugin"] = spec.NetworkPlugin == NetworkPlugin.Kubenet ? "kubenet" : "azure",
            ["loadBalancerSku"] = "standard",
        };
        if (spec.NetworkPlugin == NetworkPlugin.AzureOverlay)
        {
            profile["networkPluginMode"] = "overlay";
        }

        if (spec.IsDualStack)
        {
            // AKS fills in the IPv6 ranges of pods and Services, and an IPv6 address for outbound connections.
            profile["ipFamilies"] = TextArray.Of(spec.IpFamilies.Select(family => family.ToString()));
        }

        if (spec.Dataplane == Dataplane.Cilium)
        {
            profile["networkDataplane"] = "cilium";
            profile["networkPolicy"] = "cilium";
        }

        return profile;
    }

    private static JsonObject Mesh(MeshSpec mesh, JsonArray? revisions)
    {
        var istio = new JsonObject
        {
            ["components"] = new JsonObject { ["ingressGateways"] = new JsonArray([.. mesh.Gateways.Select(Gateway)]) },
        };
        if (revisions is not null)
        {
            istio["revisions"] = revisions;
        }

        return new JsonObject { ["mode"] = "Istio", ["istio"] = istio };
    }

    private static JsonObject Gateway(GatewayKind kind) => new() { ["enabled"] = true, ["mode"] = Mode(kind) };

    private static string Mode(GatewayKind kind) => kind == GatewayKind.External ? "External" : "Internal";

    private static bool IsEnabled(JsonArray gateways, GatewayKind kind) =>
        gateways.Any(gateway => Same(gateway?["mode"]?.GetValue<string>(), Mode(kind)) && gateway?["enabled"]?.GetValue<bool>() == true);

    /// <summary>ARM's names and choices come back in any case.</summary>
    /// <summary>Azure's names and choices have no case.</summary>
    internal static bool Same(string? found, string wanted) => string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase);

    internal static JsonObject Child(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject child)
        {
            return child;
        }

        var made = new JsonObject();
        parent[name] = made;
        return made;
    }

    /// <summary>Without the properties that are null.</summary>
    internal static JsonObject Without(JsonObject properties)
    {
        foreach (var absent in properties.Where(property => property.Value is null).Select(property => property.Key).ToList())
        {
            properties.Remove(absent);
        }

        return properties;
    }

    /// <summary>1 to 54 letters, digits and hyphens, beginning and ending with a letter or digit.</summary>
    private static string DnsPrefix(string name) => $"{name.Replace('_', '-')[..Math.Min(name.Length, 50)].Trim('-')}-dns";
}
