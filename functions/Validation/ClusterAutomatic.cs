using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Refuses fields that AKS decides for clusters of AKS Automatic, and combinations that cannot work there (ADR 24). Sources: AKS
/// documentation, "What is AKS Automatic", "AKS Automatic clusters with managed system node pools" and "Create an AKS Automatic cluster in
/// a custom virtual network"; the names of the protected namespaces are from a public dump of the policy
/// <c>aks-managed-protect-system-namespaces</c>.
/// </summary>
internal static class ClusterAutomatic
{
    private const string Combination = "InvalidCombination";

    /// <summary>The namespaces in which AKS Automatic refuses the writes of others.</summary>
    public static readonly IReadOnlySet<string> ProtectedNamespaces = new HashSet<string>(StringComparer.Ordinal)
    {
        "acstor",
        "aks-command",
        "aks-istio-egress",
        "aks-istio-ingress",
        "aks-istio-system",
        "aks-periscope",
        "aks-static-egress-gateway",
        "app-routing-system",
        "azappconfig-system",
        "azure-extensions-usage-system",
        "azureml",
        "azuresecuritylinuxagent",
        "calico-system",
        "dapr-system",
        "dataprotection-microsoft",
        "flux-system",
        "gatekeeper-system",
        "kube-system",
        "sc-system",
        "tigera-system",
    };

    /// <summary>The data plane of a cluster whose spec names none.</summary>
    public static Dataplane Dataplane(ClusterSku sku) => sku == ClusterSku.Automatic ? Model.Dataplane.Cilium : Model.Dataplane.Azure;

    public static void Check(ClusterSpec cluster, SpecReader reader)
    {
        if (cluster is { GatewayNamespace: not null, Strategy: not Strategy.GatewayApi })
        {
            reader.Error(
                "gatewayNamespace",
                Combination,
                "Only Gateways of the Gateway API can be in a namespace of the spec. Choose strategy gatewayApi, or remove "
                    + "'gatewayNamespace'."
            );
        }

        foreach (var (field, problem) in cluster.IsAutomatic ? Problems(cluster) : [])
        {
            reader.Error(field, Combination, problem);
        }
    }

    private static IEnumerable<(string Field, string Problem)> Problems(ClusterSpec cluster) =>
        [.. OfGateways(cluster), .. OfNodes(cluster), .. OfNetwork(cluster), .. OfOperations(cluster)];

    private static IEnumerable<(string Field, string Problem)> OfGateways(ClusterSpec cluster)
    {
        if (!cluster.Connection.IsAks)
        {
            yield return ("sku", "MeshPort makes AKS clusters only with connection aks. Remove 'sku', or use connection aks.");
        }

        if (cluster.Strategy != Strategy.GatewayApi)
        {
            yield return (
                "strategy",
                "AKS Automatic refuses MeshPort's objects in the namespace of the add-on's gateways, where this strategy needs them. "
                    + "Choose strategy gatewayApi, with a 'gatewayNamespace'."
            );
        }
        else if (cluster.GatewayNamespace is null)
        {
            yield return (
                "gatewayNamespace",
                "AKS Automatic refuses MeshPort's Gateways in the namespace of the add-on's gateways. Set 'gatewayNamespace' to an "
                    + "existing namespace that only Gateways use."
            );
        }

        if (cluster.GatewayNamespace is { } home && ProtectedNamespaces.Contains(home))
        {
            yield return ("gatewayNamespace", $"AKS Automatic protects namespace {home} and refuses Gateways there. Name another.");
        }
    }

    private static IEnumerable<(string Field, string Problem)> OfNodes(ClusterSpec cluster)
    {
        if (!IsDefault(cluster.NodePool))
        {
            yield return ("nodePool", "AKS runs the system nodes of AKS Automatic, and makes nodes for pods. Remove 'nodePool'.");
        }

        if (cluster.NodePools.Count > 0)
        {
            yield return (
                "nodePools",
                "AKS Automatic makes nodes for pods by node auto-provisioning. Remove 'nodePools'. NodePools of Karpenter in the cluster "
                    + "choose sizes and zones."
            );
        }
    }

    private static IEnumerable<(string Field, string Problem)> OfNetwork(ClusterSpec cluster)
    {
        if (cluster.Network is not null)
        {
            yield return (
                "network",
                "In a virtual network of your own, AKS Automatic needs three subnets and a role on the whole network, which MeshPort does "
                    + "not make. Remove 'network', so that AKS makes the network."
            );
        }

        if (cluster.NetworkPlugin != NetworkPlugin.AzureOverlay)
        {
            yield return ("networkPlugin", "AKS Automatic runs Azure CNI Overlay. Remove 'networkPlugin', or choose azure-overlay.");
        }

        if (cluster.Dataplane != Model.Dataplane.Cilium)
        {
            yield return ("dataplane", "AKS Automatic runs the cilium data plane. Remove 'dataplane', or choose cilium.");
        }

        if (cluster.OutboundType is not (null or OutboundType.ManagedNatGateway))
        {
            yield return (
                "outboundType",
                "In a network of AKS, AKS Automatic leaves by a NAT gateway of AKS. Remove 'outboundType', or choose managedNATGateway."
            );
        }

        if (cluster.UserAssignedIdentity is not null)
        {
            yield return (
                "identity",
                "In a network of AKS, AKS Automatic takes the system-assigned identity only. Remove 'identity', or choose system."
            );
        }

        if (cluster.Access.PrivateCluster == true)
        {
            yield return (
                "access/privateCluster",
                "In a network of AKS, nothing outside reaches a private API server of AKS Automatic. Remove 'privateCluster'."
            );
        }
    }

    private static IEnumerable<(string Field, string Problem)> OfOperations(ClusterSpec cluster)
    {
        if (cluster.Tier is not (null or ClusterTier.Standard))
        {
            yield return ("tier", "AKS Automatic has the tier Standard only. Remove 'tier', or choose standard.");
        }

        if (cluster.Upgrades.Channel is not (null or UpgradeChannel.Stable))
        {
            yield return ("upgrades/channel", "AKS Automatic is upgraded by the channel stable. Remove 'channel', or choose stable.");
        }

        if (cluster.Upgrades.NodeOsChannel is not (null or NodeOsChannel.NodeImage))
        {
            yield return (
                "upgrades/nodeOsChannel",
                "AKS Automatic gets node images by the channel NodeImage. Remove 'nodeOsChannel', or choose NodeImage."
            );
        }

        foreach (
            var (field, value) in new[]
            {
                ("oidcIssuer", cluster.OidcIssuer),
                ("workloadIdentity", cluster.WorkloadIdentity),
                ("keyVaultSecretsProvider", cluster.KeyVaultSecretsProvider),
            }
        )
        {
            if (value == false)
            {
                yield return (field, $"AKS Automatic always has it. Remove '{field}', or set it to true.");
            }
        }
    }

    /// <summary>A stored spec shows the defaults, and a PUT of it means the same.</summary>
    private static bool IsDefault(NodePoolSpec pool) =>
        pool is { Count: null, Zones.Count: 0, Autoscaler: null }
        && pool.Name == new NodePoolSpec().Name
        && pool.VmSize == new NodePoolSpec().VmSize;
}
