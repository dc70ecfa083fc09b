using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>The explanation of a field that editors show.</summary>
/// <param name="Pointer">RFC 6901. The fields of list items have the index 0.</param>
/// <param name="Example">JSON. Null for an object and a list of objects, whose fields have examples.</param>
internal sealed record FieldNote(string Pointer, string Title, string Description, string? Example = null)
{
    /// <summary>The fields of a cluster's spec.</summary>
    public static readonly IReadOnlyList<FieldNote> OfCluster =
    [
        new("/location", "Azure location", "The short name of the region.", "\"eastus2\""),
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
            "/network/networkSecurityGroup",
            "Network security group",
            "The security group of the subnet. MeshPort creates a group that does not exist.",
            "\"aks-nsg\""
        ),
        new("/networkPlugin", "Network plugin", "The network plugin of AKS. azure-overlay is the better choice.", "\"azure-overlay\""),
        new("/dataplane", "Data plane", "The network data plane of AKS. cilium does not run with kubenet.", "\"azure\""),
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
            "The tier decides about the uptime SLA. Without it: free for a new cluster, unchanged for an existing one.",
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
        new("/mesh/gateways", "Gateways", "The ingress gateways: external has a public address, internal a private one.", "[\"external\"]"),
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
        new("/gatewayServices", "Gateway Services", "The Services of gateways outside the Istio add-on."),
        .. Gateway("external"),
        .. Gateway("internal"),
    ];

    /// <summary>The fields of an exposure's spec.</summary>
    public static readonly IReadOnlyList<FieldNote> OfExposure =
    [
        new("/gateway", "Gateway", "The gateway that has the port: external has a public address, internal a private one.", "\"external\""),
        new("/port", "Port", "The port that clients connect to. Some ports are reserved for Istio and MeshPort.", "9000"),
        new(
            "/protocol",
            "Protocol",
            "TLS passes connections through to the backend of their server name, unless tls lets the gateway end it.",
            "\"TCP\""
        ),
        new(
            "/sniHosts",
            "TLS server names",
            "Only with TLS, and required where the backend ends it. Exposures with disjoint names may share a port.",
            "[\"db.example.com\", \"*.example.com\"]"
        ),
        new("/tls", "TLS", "Who ends the TLS of connections, with protocol TLS. Without it, the backend does."),
        new(
            "/tls/mode",
            "Mode",
            "passthrough: the backend ends TLS. terminate (default): the gateway does, and passes plain TCP on. mutual: the same, and "
                + "clients need a certificate.",
            "\"terminate\""
        ),
        new("/tls/certificate", "Certificate", "The certificate of the gateway. Required unless the mode is passthrough."),
        new(
            "/tls/certificate/secret",
            "Secret",
            "A Secret in the namespace of the gateway with tls.crt and tls.key. In mode mutual, the authority of clients is its key "
                + "ca.crt, or in the Secret with the suffix -cacert.",
            "\"db-tls\""
        ),
        new("/tls/minVersion", "Least version", "The earliest version of TLS that the gateway accepts; 1.2 by default.", "\"1.2\""),
        new(
            "/allowedSources",
            "Allowed clients",
            "Address ranges in CIDR form, IPv4 or IPv6. Without it, all clients are allowed. If MeshPort cannot enforce them, it closes "
                + "the port.",
            "[\"203.0.113.0/24\"]"
        ),
        new(
            "/clientAddress",
            "Client address",
            "preserve: the gateway sees the addresses of clients instead of those of nodes. Only nodes with a pod of the gateway then take "
                + "connections. With strategy managedService, this applies to all ports of the gateway. Not with strategy gatewayApi.",
            "\"preserve\""
        ),
        new(
            "/proxyProtocol",
            "PROXY protocol",
            "The version of the header that tells the backends the address of a client, before its data. It applies to all ports of a "
                + "backend's Service, which must expect it. Requires clientAddress.",
            "\"v2\""
        ),
        new(
            "/idleTimeout",
            "Idle timeout",
            "The idle time after which a connection may be closed: an ISO 8601 duration from PT4M to PT30M.",
            "\"PT15M\""
        ),
        new("/backends", "Backends", "The destinations of connections."),
        new("/backends/0/service", "Service", "A Service of the cluster, or the host name of a server outside it.", "\"tcpecho\""),
        new("/backends/0/namespace", "Namespace", "The namespace of the Service.", "\"default\""),
        new("/backends/0/port", "Port", "The port of the Service.", "9000"),
        new("/backends/0/weight", "Weight", "The share of connections. Required with several backends; the sum is 100.", "100"),
        new(
            "/workload",
            "Workload",
            "A Deployment and a Service that MeshPort creates, with the name and namespace of the first backend. Without it, the backends "
                + "exist already."
        ),
        new("/workload/image", "Image", "The container image.", "\"istio/tcp-echo-server:1.1\""),
        new("/workload/command", "Command", "Replaces the entry point of the image.", "[\"/bin/tcp-echo\"]"),
        new(
            "/workload/args",
            "Arguments",
            "The arguments of the container, with at most 65,536 characters in total.",
            "[\"9000\", \"hello\"]"
        ),
        new("/workload/containerPort", "Container port", "The port on which the container listens.", "9000"),
        new("/workload/additionalPorts", "Additional ports", "Further ports of the Service, such as one for metrics."),
        new("/workload/additionalPorts/0/name", "Name", "The name of the port; tcp- and its number by default.", "\"http-metrics\""),
        new("/workload/additionalPorts/0/port", "Port", "The port of the Service.", "9090"),
        new("/workload/additionalPorts/0/containerPort", "Container port", "The port of the container; the same by default.", "9090"),
        new("/workload/replicas", "Replicas", "The number of pods.", "1"),
        new("/workload/env", "Environment", "The variables of the container."),
        new("/workload/env/0/name", "Name", "The name of the variable.", "\"LOG_LEVEL\""),
        new(
            "/workload/env/0/value",
            "Value",
            "The value, which everybody who may read the exposure can see. Use valueFrom for a password.",
            "\"debug\""
        ),
        new("/workload/env/0/valueFrom", "Source", "A key of a Secret or ConfigMap in the namespace of the workload."),
        .. Reference("secretKeyRef", "Secret"),
        .. Reference("configMapKeyRef", "ConfigMap"),
        new("/workload/resources", "Resources", "The resources of each pod."),
        new(
            "/workload/resources/requests",
            "Requests",
            "The resources that a node must have free for a pod: cpu, memory, ephemeral-storage and others, as quantities.",
            """{ "cpu": "100m" }"""
        ),
        new("/workload/resources/limits", "Limits", "The most that a pod may use.", """{ "memory": "128Mi" }"""),
        .. Probe("startupProbe", "Startup probe", "Until it succeeds, the other probes do not run, and the container is restarted."),
        .. Probe("readinessProbe", "Readiness probe", "While it fails, the pod gets no connections."),
        .. Probe("livenessProbe", "Liveness probe", "When it fails, the container is restarted."),
        new("/workload/imagePullSecrets", "Image pull secrets", "Secrets with the credentials of a private registry."),
        new("/workload/imagePullSecrets/0/name", "Name", "The name of a Secret in the namespace of the workload.", "\"registry\""),
        new(
            "/workload/nodeSelector",
            "Node selector",
            "The labels that a node must have.",
            """{ "kubernetes.azure.com/agentpool": "edge" }"""
        ),
        new("/workload/securityContext", "Security context", "The rights of the pods."),
        new(
            "/workload/securityContext/level",
            "Level",
            "The level of the Pod Security Standards. restricted: no root, no capabilities. baseline: the defaults of the image.",
            "\"restricted\""
        ),
        new(
            "/workload/securityContext/runAsUser",
            "User",
            "The user id. With level restricted, 65532 by default. Set the user that an image needs for its files.",
            "65532"
        ),
        new("/workload/securityContext/runAsGroup", "Group", "The primary group id.", "65532"),
        new("/workload/securityContext/fsGroup", "Group of volumes", "The group id that owns the volumes.", "65532"),
        new(
            "/workload/securityContext/readOnlyRootFilesystem",
            "Read-only root file system",
            "Whether the container cannot write to its image's files.",
            "false"
        ),
        new(
            "/adopt",
            "Adopt",
            "Whether the exposure takes over a Gateway's server, a VirtualService's rule and a Service's port that others have made, and "
                + "that mean the same.",
            "false"
        ),
        new("/probe", "Probe", "The proof of reachability: MeshPort connects from outside."),
        new("/probe/send", "Text to send", "MeshPort sends it after connecting.", "\"jose\\n\""),
        new(
            "/probe/expect",
            "Expected text",
            "The answer must contain it. Without it, any data of the backend, a TLS handshake or a connection that stays open is the "
                + "proof.",
            "\"hello jose\""
        ),
        new(
            "/probe/timeout",
            "Timeout",
            "The time for the connection and the expected answer: an ISO 8601 duration of up to PT1M.",
            "\"PT5S\""
        ),
        new(
            "/probe/clientCertificate",
            "Client certificate",
            "The certificate of the probe, with tls.mode mutual. Without it, the probe cannot prove the backend."
        ),
        new(
            "/probe/clientCertificate/secret",
            "Secret",
            "A Secret in the namespace of the gateway with tls.crt and tls.key.",
            "\"probe-tls\""
        ),
    ];

    /// <summary>A document with all fields. It need not be valid: some fields exclude each other.</summary>
    public static JsonObject Document(IEnumerable<FieldNote> notes)
    {
        var document = new JsonObject();
        foreach (var note in notes.Where(note => note.Example is not null))
        {
            var steps = note.Pointer.Split('/')[1..];
            var place = document;
            for (var step = 0; step < steps.Length - 1; step++)
            {
                if (steps[step + 1] == "0")
                {
                    var list = place[steps[step]] as JsonArray ?? [new JsonObject()];
                    place[steps[step]] ??= list;
                    place = list[0]!.AsObject(); // made above
                    step++;
                }
                else
                {
                    place[steps[step]] ??= new JsonObject();
                    place = place[steps[step]]!.AsObject(); // made above
                }
            }

            place[steps[^1]] = JsonNode.Parse(note.Example!); // see Where
        }

        return document;
    }

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

    private static FieldNote[] Reference(string field, string kind) =>
        [
            new($"/workload/env/0/valueFrom/{field}", kind, $"A key of a {kind}."),
            new($"/workload/env/0/valueFrom/{field}/name", "Name", $"The name of the {kind}.", "\"settings\""),
            new($"/workload/env/0/valueFrom/{field}/key", "Key", $"The key in the {kind}.", "\"password\""),
            new($"/workload/env/0/valueFrom/{field}/optional", "Optional", "Whether the container starts without it.", "false"),
        ];

    private static FieldNote[] Probe(string field, string title, string description)
    {
        var probe = $"/workload/{field}";
        return
        [
            new(probe, title, $"{description} Set exactly one of tcpSocket, httpGet, grpc and exec."),
            new($"{probe}/tcpSocket", "TCP", "Succeeds when the port accepts a connection."),
            new($"{probe}/tcpSocket/port", "Port", "The port of the container.", "9000"),
            new($"{probe}/httpGet", "HTTP", "Succeeds when the answer has a status from 200 to 399."),
            new($"{probe}/httpGet/path", "Path", "The path of the request.", "\"/healthz\""),
            new($"{probe}/httpGet/port", "Port", "The port of the container.", "8080"),
            new($"{probe}/httpGet/scheme", "Scheme", "HTTP or HTTPS; the kubelet does not check the certificate.", "\"HTTP\""),
            new($"{probe}/grpc", "gRPC", "Succeeds when the gRPC health service answers SERVING."),
            new($"{probe}/grpc/port", "Port", "The port of the container.", "9000"),
            new($"{probe}/grpc/service", "Service", "The name of the service in the request.", "\"echo\""),
            new($"{probe}/exec", "Command", "Succeeds when the program ends with code 0."),
            new($"{probe}/exec/command", "Command", "The program and its arguments.", "[\"cat\", \"/tmp/ready\"]"),
            new($"{probe}/initialDelaySeconds", "Initial delay", "The time before the first check, in seconds.", "5"),
            new($"{probe}/periodSeconds", "Period", "The time between two checks, in seconds; 10 by default.", "10"),
            new($"{probe}/timeoutSeconds", "Timeout", "The time for one check, in seconds; 1 by default.", "1"),
            new($"{probe}/successThreshold", "Success threshold", "The number of successes in a row; 1 by default.", "1"),
            new($"{probe}/failureThreshold", "Failure threshold", "The number of failures in a row; 3 by default.", "3"),
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
