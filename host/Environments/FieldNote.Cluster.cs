namespace MeshPort.Host.Environments;

internal sealed partial record FieldNote
{
    /// <summary>The fields of a cluster's spec.</summary>
    public static readonly IReadOnlyList<FieldNote> OfCluster =
    [
        new("/location", "Azure location", "The short name of the region.", "\"eastus2\""),
        new(
            "/sku",
            "SKU",
            "automatic: AKS decides about nodes, network and upgrades itself. It needs strategy gatewayApi and a gatewayNamespace.",
            "\"base\""
        ),
        new(
            "/kubernetesVersion",
            "Kubernetes version",
            "Without it, AKS chooses. A minimum where the upgrade channel of the cluster moves the version.",
            "\"1.34\""
        ),
        new(
            "/tags",
            "Tags",
            "Tags of the Azure resources that MeshPort creates. Names are unique without regard to case. managed-by and names that begin "
                + "with microsoft, azure or windows are reserved.",
            """{ "team": "edge" }"""
        ),
        new("/features", "Preview features", "MeshPort waits for these registrations before it creates anything."),
        new("/features/0/name", "Feature", "The name of the feature in Azure.", "\"AzureServiceMeshPreview\""),
        new("/features/0/namespace", "Resource provider", "The resource provider of the feature.", "\"Microsoft.ContainerService\""),
        new("/features/0/onNotFound", "Missing feature", "The reaction to a feature that Azure does not have any more.", "\"skip\""),
        new("/features/0/deadline", "Deadline", "The time to wait for the registration: an ISO 8601 duration of up to P1D.", "\"PT30M\""),
        new(
            "/network",
            "Network",
            "The virtual network of the nodes. Without it, AKS creates and manages one. Set subnetId, or vnet, addressPrefix, subnet and "
                + "subnetPrefix."
        ),
        new(
            "/network/subnetId",
            "Subnet id",
            "The ARM id of an existing subnet; replaces the names.",
            "\"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub"
                + "/subnets/aks\""
        ),
        new(
            "/network/vnet",
            "Virtual network",
            "The name of the virtual network. MeshPort creates one that does not exist.",
            "\"aksVnet\""
        ),
        new("/network/addressPrefix", "Address prefix", "The IPv4 prefix of the virtual network, without host bits.", "\"10.13.0.0/16\""),
        new("/network/subnet", "Subnet", "The name of the subnet.", "\"istiotest\""),
        new("/network/subnetPrefix", "Subnet prefix", "The IPv4 prefix of the subnet, inside the address prefix.", "\"10.13.76.0/24\""),
        new(
            "/network/ipv6AddressPrefix",
            "IPv6 address prefix",
            "The IPv6 prefix of the virtual network, of a dual-stack cluster.",
            "\"fd00:1300::/48\""
        ),
        new(
            "/network/ipv6SubnetPrefix",
            "IPv6 subnet prefix",
            "The IPv6 prefix of the subnet, of a dual-stack cluster. Its length is 64.",
            "\"fd00:1300:0:1::/64\""
        ),
        new(
            "/network/networkSecurityGroup",
            "Network security group",
            "The security group of the subnet. MeshPort creates a group that does not exist.",
            "\"aks-nsg\""
        ),
        new("/networkPlugin", "Network plugin", "The network plugin of AKS. azure-overlay is the better choice.", "\"azure-overlay\""),
        new(
            "/dataplane",
            "Data plane",
            "The network data plane of AKS. cilium does not run with kubenet. With sku automatic, the default is cilium.",
            "\"azure\""
        ),
        new(
            "/ipFamilies",
            "IP families",
            "The families of addresses: [IPv4], or [IPv4, IPv6] for a dual-stack cluster, which needs strategy companionService and "
                + "networkPlugin azure-overlay.",
            "[\"IPv4\"]"
        ),
        new("/nodePool", "Node pool", "The Linux node pool of the system."),
        new("/nodePool/name", "Name", "The name of the node pool.", "\"nodepool1\""),
        new("/nodePool/vmSize", "VM size", "The size of the nodes.", "\"Standard_D2s_v5\""),
        new(
            "/nodePool/zones",
            "Availability zones",
            "The zones over which Azure spreads the nodes. They cannot change later.",
            "[\"1\", \"2\", \"3\"]"
        ),
        new(
            "/nodePool/autoscaler",
            "Autoscaler",
            "The cluster autoscaler chooses the number of nodes, instead of count. Without it, the autoscaler stays as it is."
        ),
        new("/nodePool/autoscaler/min", "Least nodes", "The smallest number of nodes.", "2"),
        new("/nodePool/autoscaler/max", "Most nodes", "The largest number of nodes.", "5"),
        new(
            "/tier",
            "Pricing tier",
            "The tier decides about the uptime SLA. Without it: free for a new cluster (standard with sku automatic), unchanged "
                + "for an existing one.",
            "\"standard\""
        ),
        new("/upgrades", "Upgrades", "The channels by which AKS upgrades the cluster. Without one, it stays as it is."),
        new(
            "/upgrades/channel",
            "Upgrade channel",
            "The channel of Kubernetes versions. stable and rapid make kubernetesVersion a minimum, patch within its minor version.",
            "\"patch\""
        ),
        new("/upgrades/nodeOsChannel", "Node OS channel", "The channel of node images and security patches.", "\"NodeImage\""),
        new("/maintenance", "Maintenance", "The times at which AKS works on the cluster by itself. Without a window, AKS chooses."),
        .. Window("releases", "AKS releases", "The window of AKS's weekly releases: control plane and add-ons. It repeats weekly."),
        .. Window("upgrades", "Upgrades", "The window of Kubernetes upgrades by upgrades.channel."),
        .. Window("nodeOs", "Node OS", "The window of upgrades by upgrades.nodeOsChannel."),
        new(
            "/oidcIssuer",
            "OIDC issuer",
            "Whether the cluster has an OpenID Connect issuer. AKS cannot switch it off. Without it, AKS decides.",
            "true"
        ),
        new(
            "/workloadIdentity",
            "Workload identity",
            "Whether pods may use Entra workload identities. It switches the OIDC issuer on.",
            "true"
        ),
        new(
            "/keyVaultSecretsProvider",
            "Secrets provider of key vaults",
            "Whether the cluster has the add-on azure-keyvault-secrets-provider, which exposures with tls.certificate.keyVault need. "
                + "Without it, the add-on stays as it is.",
            "true"
        ),
        new("/nodePool/count", "Nodes", "The number of nodes. Without it: 2 for a new cluster, unchanged for an existing one.", "2"),
        new(
            "/nodePools",
            "Further node pools",
            "Linux node pools beside nodePool. MeshPort removes the pools that it made and that are not listed."
        ),
        new("/nodePools/0/name", "Name", "The name of the node pool.", "\"apps\""),
        new("/nodePools/0/vmSize", "VM size", "The size of the nodes. It cannot change later.", "\"Standard_D4s_v5\""),
        new("/nodePools/0/mode", "Mode", "user for workloads, system also for AKS's own pods.", "\"user\""),
        new("/nodePools/0/count", "Nodes", "The number of nodes. Without it: 2 for a new pool, unchanged for an existing one.", "2"),
        new("/nodePools/0/zones", "Availability zones", "The zones of the nodes. They cannot change later.", "[\"1\", \"2\", \"3\"]"),
        new("/nodePools/0/autoscaler", "Autoscaler", "The cluster autoscaler chooses the number of nodes, instead of count."),
        new("/nodePools/0/autoscaler/min", "Least nodes", "The smallest number of nodes.", "0"),
        new("/nodePools/0/autoscaler/max", "Most nodes", "The largest number of nodes.", "5"),
        new("/nodePools/0/labels", "Labels", "The labels of the nodes. Without it, they stay as they are.", """{ "team": "edge" }"""),
        new("/nodePools/0/taints", "Taints", "The taints of the nodes. Without it, they stay as they are.", "[\"team=edge:NoSchedule\"]"),
        new("/mesh", "Service mesh", "The Istio add-on of AKS."),
        new("/mesh/revision", "Revision", "The revision of Istio. Without it, the newest that fits the cluster.", "\"asm-1-30\""),
        new(
            "/mesh/gateways",
            "Gateways",
            "The ingress gateways: external has a public address, internal a private one.",
            """["external", "internal"]"""
        ),
        new("/access", "Access", "The access to the Kubernetes API."),
        new("/access/localAccounts", "Local accounts", "Whether the cluster has accounts that do not come from Entra.", "false"),
        new(
            "/access/adminGroupObjectIds",
            "Groups of administrators",
            "The object ids of the groups in Entra that administrate the cluster.",
            "[\"11111111-1111-1111-1111-111111111111\"]"
        ),
        new(
            "/access/authorizedIpRanges",
            "Authorized IP ranges",
            "The IPv4 ranges that may reach the API server; MeshPort's own address belongs to them. An empty list allows everybody. "
                + "Without it, they stay as they are.",
            "[\"203.0.113.0/24\"]"
        ),
        new(
            "/access/privateCluster",
            "Private cluster",
            "Whether the API server has an address in the virtual network only. It cannot change later, and MeshPort needs a path into "
                + "that network.",
            "true"
        ),
        new(
            "/access/privateDnsZone",
            "Private DNS zone",
            "The zone that has the name of a private API server: system is a private zone of AKS; with none, the public DNS has the "
                + "private address. It can change to none only.",
            "\"system\""
        ),
        new(
            "/outboundType",
            "Outbound type",
            "The way by which connections of nodes and pods leave the cluster. userAssignedNATGateway and userDefinedRouting belong to the "
                + "subnet of 'network', managedNATGateway to a network of AKS; none needs a private cluster. Without it: loadBalancer for "
                + "a new cluster, unchanged for an existing one.",
            "\"loadBalancer\""
        ),
        new(
            "/identity",
            "Identity",
            "system, or the ARM id of a user-assigned identity: the identity with which the cluster calls Azure. MeshPort gives it its "
                + "role on the subnet. Without it: system for a new cluster, unchanged for an existing one.",
            "\"system\""
        ),
        new(
            "/extra",
            "Further properties",
            "Properties of the managed cluster (Microsoft.ContainerService 2026-03-01) that have no field here. Objects are "
                + "merged, lists and values replaced. A property that is removed here stays as it is.",
            """{ "metricsProfile": { "costAnalysis": { "enabled": true } } }"""
        ),
        new("/strategy", "Strategy", "The way to open ports on the load balancer.", "\"managedService\""),
        new(
            "/connection",
            "Connection",
            "aks, or kubeconfig:NAME for a cluster outside AKS, where NAME is an entry of the setting MeshPort:Kubeconfigs.",
            "\"aks\""
        ),
        new(
            "/gatewayNamespace",
            "Gateway namespace",
            "The namespace of the Gateways of strategy gatewayApi, which must exist. Without it, that of the gateways of the add-on. "
                + "A cluster with exposures keeps it.",
            "\"edge\""
        ),
        new("/gatewayServices", "Gateway Services", "The Services of gateways outside the Istio add-on."),
        .. Gateway("external"),
        .. Gateway("internal"),
        new(
            "/discover",
            "Discovery",
            "Services with the annotation meshport.io/expose open ports. Without discover, annotations ask for nothing. The "
                + "right to annotate a Service in one of the namespaces is the right to open the ports."
        ),
        new("/discover/namespaces", "Namespaces", "The namespaces of the Services. Or set namespaceSelector.", """["shop"]"""),
        new(
            "/discover/namespaceSelector",
            "Namespace selector",
            "The labels of the namespaces, all of them. MeshPort then needs the right to list namespaces. Or set namespaces.",
            """{ "exposable": "true" }"""
        ),
        new("/discover/ports", "Ports", "The ports and ranges that Services may ask for.", """["9000-9099"]"""),
        new("/discover/gateways", "Gateways", "The gateways that Services may ask for.", """["internal"]"""),
        new("/gatewayAddresses", "Gateway addresses", "The addresses of the gateways, instead of those that AKS chooses."),
        new(
            "/gatewayAddresses/external",
            "The external gateway",
            "A public IP address that stays when gateways come and go. An empty object is enough. A change closes ports for a moment."
        ),
        new(
            "/gatewayAddresses/external/publicIp",
            "Public IP address",
            "The name of a static public IP address. MeshPort creates one that does not exist. Without it: CLUSTER-external.",
            "\"edge-ip\""
        ),
        new(
            "/gatewayAddresses/external/publicIpv6",
            "Public IPv6 address",
            "The name of the public IP address of IPv6, of a dual-stack cluster. MeshPort creates an address that does not exist.",
            "\"edge-ipv6\""
        ),
        new(
            "/gatewayAddresses/external/resourceGroup",
            "Resource group",
            "The existing resource group of the public IP address. Without it, that of the cluster.",
            "\"edge-network\""
        ),
        new(
            "/gatewayAddresses/external/publicIpPrefix",
            "Public IP prefix",
            "The ARM id of the prefix from which the public IP address comes.",
            "\"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/net/providers/Microsoft.Network/publicIPPrefixes/edge\""
        ),
        new(
            "/gatewayAddresses/external/dnsLabel",
            "DNS label",
            "The first part of the DNS name LABEL.LOCATION.cloudapp.azure.com. Without it, the label of the address stays as it is.",
            "\"edge-tcp\""
        ),
        new("/gatewayAddresses/internal", "The internal gateway", "An address in the network of the nodes. Set ipv4, subnet or both."),
        new("/gatewayAddresses/internal/ipv4", "IPv4 address", "A free address of the subnet.", "\"10.13.76.200\""),
        new(
            "/gatewayAddresses/internal/subnet",
            "Subnet",
            "The name of an existing subnet in the virtual network of the nodes. Without it, the subnet of the nodes.",
            "\"gateways\""
        ),
    ];

    private static FieldNote[] Window(string field, string title, string description)
    {
        var window = $"/maintenance/{field}";
        return
        [
            new(window, title, $"{description} Set one of everyDays, everyWeeks and everyMonths."),
            new($"{window}/everyDays", "Days", "The days from one window to the next.", "1"),
            new($"{window}/everyWeeks", "Weeks", "The weeks from one window to the next; with dayOfWeek.", "1"),
            new(
                $"{window}/everyMonths",
                "Months",
                "The months from one window to the next; with dayOfMonth, or with weekIndex and dayOfWeek.",
                "1"
            ),
            new($"{window}/dayOfWeek", "Day of the week", "The day on which the window begins.", "\"Saturday\""),
            new($"{window}/dayOfMonth", "Day of the month", "The day on which the window begins.", "1"),
            new($"{window}/weekIndex", "Week of the month", "Which dayOfWeek of the month.", "\"First\""),
            new($"{window}/startTime", "Start", "Hours and minutes in the time zone of utcOffset.", "\"02:00\""),
            new($"{window}/durationHours", "Duration", "The hours in which maintenance may begin.", "4"),
            new($"{window}/utcOffset", "Offset from UTC", "The time zone of startTime.", "\"+00:00\""),
            new(
                $"{window}/startDate",
                "First day",
                "The day from which the window counts. Without it, the day of its creation.",
                "\"2026-12-01\""
            ),
            new($"{window}/notAllowedDates", "Days without maintenance", "Spans of days, both ends included."),
            new($"{window}/notAllowedDates/0/start", "First day", "The first day of the span.", "\"2026-12-20\""),
            new($"{window}/notAllowedDates/0/end", "Last day", "The last day of the span.", "\"2027-01-06\""),
        ];
    }

    private static FieldNote[] Gateway(string kind) =>
        [
            new($"/gatewayServices/{kind}", $"The {kind} gateway", $"The Service of the {kind} gateway."),
            new($"/gatewayServices/{kind}/namespace", "Namespace", "The namespace of the Service.", "\"istio-ingress\""),
            new($"/gatewayServices/{kind}/service", "Service", "The name of the Service.", "\"istio-ingressgateway\""),
            new($"/gatewayServices/{kind}/selector", "Selector", "The labels of the gateway's pods.", """{ "istio": "ingressgateway" }"""),
        ];
}
