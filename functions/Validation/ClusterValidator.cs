using System.Text.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Turns the JSON of a cluster's spec into a <see cref="ClusterSpec"/>, or reports all its errors.</summary>
internal static class ClusterValidator
{
    private const int MostFeatures = 50;
    private const int MostLabels = 20;

    public static Validated<ClusterSpec> Validate(JsonElement spec) => Validate(spec, null);

    /// <param name="rules">Records the rules of all fields.</param>
    public static Validated<ClusterSpec> Validate(JsonElement spec, FieldRules? rules)
    {
        var errors = new List<FieldError>();
        if (SpecReader.Root(spec, errors, rules) is not { } reader)
        {
            return new Validated<ClusterSpec>(null, errors);
        }

        var families = ClusterIpFamilies.Read(reader);
        var sku = reader.Choice<ClusterSku>("sku") ?? ClusterSku.Base;
        var cluster = new ClusterSpec
        {
            Location = reader.Text("location", required: true, check: ClusterNames.Location) ?? "",
            Sku = sku,
            KubernetesVersion = reader.Text("kubernetesVersion", check: ClusterNames.Version),
            Tags = ClusterTags.Read(reader),
            Features = [.. reader.Objects("features").Select(Feature)],
            Network = reader.Object("network") is { } network ? Network(network, families.Count > 1) : null,
            NetworkPlugin = reader.Choice<NetworkPlugin>("networkPlugin") ?? NetworkPlugin.AzureOverlay,
            Dataplane = reader.Choice<Dataplane>("dataplane") ?? ClusterAutomatic.Dataplane(sku),
            IpFamilies = families,
            NodePool = reader.Object("nodePool") is { } pool ? ClusterNodePools.Read(pool) : new NodePoolSpec(),
            NodePools = [.. reader.Objects("nodePools").Select(ClusterNodePools.ReadFurther)],
            Mesh = reader.Object("mesh") is { } mesh ? Mesh(mesh) : new MeshSpec(),
            Access = reader.Object("access") is { } access ? ClusterAccess.Read(access) : new AccessSpec(),
            Tier = reader.Choice<ClusterTier>("tier"),
            Upgrades = reader.Object("upgrades") is { } upgrades ? Upgrades(upgrades) : new UpgradesSpec(),
            Maintenance = reader.Object("maintenance") is { } maintenance ? ClusterMaintenance.Read(maintenance) : new MaintenanceSpec(),
            OidcIssuer = reader.Flag("oidcIssuer"),
            WorkloadIdentity = reader.Flag("workloadIdentity"),
            KeyVaultSecretsProvider = reader.Flag("keyVaultSecretsProvider"),
            OutboundType = reader.Choice<OutboundType>("outboundType"),
            Identity = reader.Text("identity", check: ClusterNames.Identity),
            Extra = ClusterExtra.Read(reader),
            Strategy = reader.Choice<Strategy>("strategy") ?? Strategy.ManagedService,
            Connection =
                reader.Text("connection", check: ClusterNames.ConnectionName) is { } connection
                && connection.StartsWith(Connection.Prefix, StringComparison.Ordinal)
                    ? new Connection(connection[Connection.Prefix.Length..])
                    : Connection.Aks,
            GatewayServices = reader.Object("gatewayServices") is { } services ? GatewayServices(services) : GatewayServicesSpec.AddOns,
            GatewayNamespace = reader.Text("gatewayNamespace", check: ClusterNames.KubernetesName),
            Discover = reader.Object("discover") is { } discover ? ClusterDiscovery.Read(discover) : null,
            GatewayAddresses = ClusterAddresses.Read(reader),
        };
        reader.RefuseUnknown();
        CheckTogether(cluster, reader);
        return new Validated<ClusterSpec>(errors.Count == 0 ? cluster : null, errors);
    }

    private static void CheckTogether(ClusterSpec cluster, SpecReader reader)
    {
        if (cluster.Dataplane == Dataplane.Cilium && cluster.NetworkPlugin == NetworkPlugin.Kubenet)
        {
            reader.Error(
                "dataplane",
                "InvalidCombination",
                "The cilium data plane does not run with networkPlugin kubenet. Choose azure-overlay or azure."
            );
        }

        if (cluster is { WorkloadIdentity: true, OidcIssuer: false })
        {
            reader.Error(
                "workloadIdentity",
                "InvalidCombination",
                "Workload identity needs the OIDC issuer. Set 'oidcIssuer' to true, or remove it."
            );
        }

        ClusterAutomatic.Check(cluster, reader);
        ClusterEgress.Check(cluster, reader);
        ClusterIpFamilies.Check(cluster, reader);
        ClusterAddresses.Check(cluster, reader);
        ClusterNodePools.CheckNames(cluster, reader);
        ClusterExtra.CheckTogether(cluster, reader);
        reader.RefuseMore("features", cluster.Features.Count, MostFeatures);
        if (!cluster.Connection.IsAks && cluster.Network is not null)
        {
            reader.Error(
                "network",
                "InvalidCombination",
                "MeshPort manages the Azure network of AKS clusters only. Remove 'network', or use connection aks."
            );
        }

        if (!cluster.Connection.IsAks && cluster.Features.Count > 0)
        {
            reader.Error(
                "features",
                "InvalidCombination",
                "MeshPort registers features for AKS clusters only. Remove 'features', or use connection aks."
            );
        }

        foreach (
            var twice in cluster
                .Features.GroupBy(feature => (feature.Namespace.ToUpperInvariant(), feature.Name.ToUpperInvariant()))
                .Where(group => group.Count() > 1)
        )
        {
            reader.Error("features", "Duplicate", $"Feature '{twice.First().Name}' is listed {twice.Count()} times. List it once.");
        }
    }

    private static FeatureSpec Feature(SpecReader reader)
    {
        var feature = new FeatureSpec(
            reader.Text("name", required: true, check: ClusterNames.FeatureName) ?? "",
            reader.Text("namespace", check: ClusterNames.ProviderNamespace) ?? FeatureSpec.DefaultNamespace,
            reader.Choice<OnNotFound>("onNotFound") ?? OnNotFound.Skip,
            reader.Duration("deadline", TimeSpan.FromDays(1), "PT30M") ?? FeatureSpec.DefaultDeadline
        );
        reader.RefuseUnknown();
        return feature;
    }

    private static NetworkSpec Network(SpecReader reader, bool isDualStack)
    {
        var id = reader.Text("subnetId", check: ClusterNames.SubnetId);
        var isNamed = !reader.Has("subnetId");
        var network = new NetworkSpec(
            reader.Text("vnet", required: isNamed, check: ClusterNames.ResourceName),
            reader.Text("addressPrefix", required: isNamed, check: ClusterNames.Prefix),
            reader.Text("subnet", required: isNamed, check: ClusterNames.ResourceName),
            reader.Text("subnetPrefix", required: isNamed, check: ClusterNames.Prefix),
            reader.Text("networkSecurityGroup", check: ClusterNames.ResourceName),
            id,
            reader.Text("ipv6AddressPrefix", check: ClusterIpFamilies.Prefix),
            reader.Text("ipv6SubnetPrefix", check: ClusterIpFamilies.Prefix)
        );
        ClusterIpFamilies.CheckNetwork(network, isDualStack, reader);
        if (
            AddressPrefix.TryParse(network.AddressPrefix ?? "", out var vnet)
            && AddressPrefix.TryParse(network.SubnetPrefix ?? "", out var subnet)
            && !vnet.Contains(subnet)
        )
        {
            reader.Error(
                "subnetPrefix",
                "OutOfRange",
                $"Subnet {network.SubnetPrefix} is outside the network {network.AddressPrefix}. Choose a prefix inside it."
            );
        }

        if (!isNamed && (network.Vnet ?? network.AddressPrefix ?? network.Subnet ?? network.SubnetPrefix) is not null)
        {
            reader.Error(
                "subnetId",
                "InvalidCombination",
                "The subnet has an id and names. Set subnetId, or vnet, addressPrefix, subnet and subnetPrefix."
            );
        }

        reader.RefuseUnknown();
        return network;
    }

    private static GatewayServicesSpec GatewayServices(SpecReader reader)
    {
        var services = new GatewayServicesSpec(
            reader.Object("external") is { } external ? GatewayService(external) : null,
            reader.Object("internal") is { } inner ? GatewayService(inner) : null
        );
        if (services is { External: { } outside, Internal: { } inside } && ShareTheirPods(outside, inside))
        {
            reader.Error(
                "internal",
                "InvalidCombination",
                "Both gateways select the same pods, so clients of one would reach the exposures of the other. "
                    + "Give each gateway its own pods."
            );
        }

        reader.RefuseUnknown();
        return services;
    }

    /// <summary>Whether the pods of one gateway are surely pods of the other.</summary>
    private static bool ShareTheirPods(GatewayService one, GatewayService other)
    {
        return one.Namespace == other.Namespace && (Selects(one, other) || Selects(other, one));

        static bool Selects(GatewayService one, GatewayService other) =>
            one.Selector.Count > 0
            && one.Selector.All(label => other.Selector.TryGetValue(label.Key, out var value) && value == label.Value);
    }

    private static GatewayService GatewayService(SpecReader reader)
    {
        var service = new GatewayService(
            reader.Text("namespace", required: true, check: ClusterNames.KubernetesName) ?? "",
            reader.Text("service", required: true, check: ClusterNames.KubernetesName) ?? "",
            reader.TextMap("selector", ClusterNames.LabelName, ClusterNames.LabelValue)
        );
        reader.RefuseEmpty(
            "selector",
            service.Selector.Count,
            "'selector' has no labels. Write the labels of the gateway's pods, such as {\"istio\": \"ingressgateway\"}."
        );
        reader.RefuseMore("selector", service.Selector.Count, MostLabels);
        reader.RefuseUnknown();
        return service;
    }

    private static UpgradesSpec Upgrades(SpecReader reader)
    {
        var upgrades = new UpgradesSpec
        {
            Channel = reader.Choice<UpgradeChannel>("channel"),
            NodeOsChannel = reader.Choice<NodeOsChannel>("nodeOsChannel"),
        };
        if (upgrades is { Channel: UpgradeChannel.NodeImage, NodeOsChannel: not (null or Model.NodeOsChannel.NodeImage) })
        {
            reader.Error(
                "nodeOsChannel",
                "InvalidCombination",
                "The channel node-image needs the node OS channel NodeImage. Choose it, or remove 'nodeOsChannel'."
            );
        }

        reader.RefuseUnknown();
        return upgrades;
    }

    private static MeshSpec Mesh(SpecReader reader)
    {
        var gateways = reader.ChoiceList<GatewayKind>("gateways");
        var mesh = new MeshSpec
        {
            Revision = reader.Text("revision", check: ClusterNames.Revision),
            Gateways = reader.Has("gateways") ? gateways : [GatewayKind.External],
        };
        reader.RefuseEmpty("gateways", mesh.Gateways.Count, "The list has no gateway. List external, internal or both.", isRequired: false);
        reader.RefuseDuplicates(
            "gateways",
            mesh.Gateways,
            "A gateway is listed twice. A cluster has at most one external and one internal gateway."
        );
        reader.RefuseUnknown();
        return mesh;
    }
}
