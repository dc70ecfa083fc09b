namespace MeshPort.Host.Bundles;

/// <summary>
/// The fields of answers that a bundle has. Not on the lists are all fields that can carry a secret: tags, labels, <c>extra</c>, commands,
/// arguments, values of environment variables, what probes send and expect, and paths of HTTP probes. Only maps whose names are of the user
/// have <c>**</c>, so that a new field stays out.
/// </summary>
internal static class BundledFields
{
    private static readonly string[] OfResources =
    [
        "metadata/id",
        "metadata/name",
        "metadata/generation",
        "metadata/etag",
        "metadata/createdAt",
        "metadata/updatedAt",
        "metadata/deletedAt",
        "metadata/owner/namespace",
        "metadata/owner/service",
        "status/observedGeneration",
        "status/conditions/*/type",
        "status/conditions/*/status",
        "status/conditions/*/reason",
        "status/conditions/*/message",
        "status/conditions/*/since",
        "status/conditions/*/observedGeneration",
        "status/addresses/*/gateway",
        "status/addresses/*/ip",
        "status/addresses/*/hostname",
        "status/made/*",
        "status/probe/at",
        "status/probe/result",
        "status/probe/latency",
        "status/history/*/at",
        "status/history/*/type",
        "status/history/*/status",
        "status/history/*/reason",
        "status/history/*/message",
        "status/history/*/target",
        "status/history/*/changed/*",
        "status/history/*/latency",
        "status/history/*/by/trigger",
        "status/history/*/by/principal",
        "status/history/*/by/correlationId",
    ];

    public static readonly FieldAllowList Cluster = new([
        .. OfResources,
        "spec/location",
        "spec/sku",
        "spec/kubernetesVersion",
        "spec/features/*/name",
        "spec/features/*/namespace",
        "spec/features/*/onNotFound",
        "spec/features/*/deadline",
        "spec/network/subnetId",
        "spec/network/vnet",
        "spec/network/addressPrefix",
        "spec/network/subnet",
        "spec/network/subnetPrefix",
        "spec/network/ipv6AddressPrefix",
        "spec/network/ipv6SubnetPrefix",
        "spec/network/networkSecurityGroup",
        "spec/networkPlugin",
        "spec/dataplane",
        "spec/ipFamilies/*",
        "spec/nodePool/name",
        "spec/nodePool/vmSize",
        "spec/nodePool/zones/*",
        "spec/nodePool/autoscaler/min",
        "spec/nodePool/autoscaler/max",
        "spec/nodePool/count",
        "spec/nodePools/*/name",
        "spec/nodePools/*/vmSize",
        "spec/nodePools/*/mode",
        "spec/nodePools/*/count",
        "spec/nodePools/*/zones/*",
        "spec/nodePools/*/autoscaler/min",
        "spec/nodePools/*/autoscaler/max",
        "spec/tier",
        "spec/upgrades/channel",
        "spec/upgrades/nodeOsChannel",
        .. Maintenance("nodeOs"),
        .. Maintenance("releases"),
        .. Maintenance("upgrades"),
        "spec/oidcIssuer",
        "spec/workloadIdentity",
        "spec/keyVaultSecretsProvider",
        "spec/mesh/revision",
        "spec/mesh/gateways/*",
        "spec/access/localAccounts",
        "spec/access/adminGroupObjectIds/*",
        "spec/access/authorizedIpRanges/*",
        "spec/access/privateCluster",
        "spec/access/privateDnsZone",
        "spec/outboundType",
        "spec/identity",
        "spec/strategy",
        "spec/gatewayNamespace",
        "spec/connection",
        "spec/gatewayServices/external/namespace",
        "spec/gatewayServices/external/service",
        "spec/gatewayServices/external/selector/**",
        "spec/gatewayServices/internal/namespace",
        "spec/gatewayServices/internal/service",
        "spec/gatewayServices/internal/selector/**",
        "spec/gatewayAddresses/external/publicIp",
        "spec/gatewayAddresses/external/publicIpv6",
        "spec/gatewayAddresses/external/resourceGroup",
        "spec/gatewayAddresses/external/publicIpPrefix",
        "spec/gatewayAddresses/external/dnsLabel",
        "spec/gatewayAddresses/internal/ipv4",
        "spec/gatewayAddresses/internal/subnet",
        "spec/discover/namespaces/*",
        "spec/discover/ports/*",
        "spec/discover/gateways/*",
    ]);

    public static readonly FieldAllowList Exposure = new([.. OfResources, .. SpecOfExposures("spec")]);

    public static readonly FieldAllowList Operation = new(
        "id",
        "status",
        "startedAt",
        "endedAt",
        "percent",
        "path",
        "exposures/*",
        "steps/*/name",
        "steps/*/status",
        "steps/*/startedAt",
        "steps/*/endedAt",
        "steps/*/attempts",
        "steps/*/message"
    );

    /// <summary>The detail of an error quotes the field, so that <see cref="RejectedField"/> decides on it.</summary>
    public static readonly FieldAllowList Rejection = new(
        "id",
        "insertedAt",
        "rejectedAt",
        "cluster",
        "errorCount",
        "errors/*/pointer",
        "errors/*/code"
    );

    /// <summary>The fields of a message whose errors may be quoted.</summary>
    public static readonly FieldAllowList RejectedField = new([
        "cluster",
        "cluster/subscriptionId",
        "cluster/resourceGroup",
        "cluster/name",
        "put/*/name",
        "delete/*",
        .. SpecOfExposures("put/*/spec"),
    ]);

    public static readonly FieldAllowList Settings = new(
        "version",
        "runtime",
        "system",
        "settings/*/name",
        "settings/*/isSet",
        "settings/*/value"
    );

    private static IEnumerable<string> Maintenance(string window) =>
        (
            (string[])
                [
                    "everyDays",
                    "everyWeeks",
                    "everyMonths",
                    "dayOfWeek",
                    "dayOfMonth",
                    "weekIndex",
                    "startTime",
                    "durationHours",
                    "utcOffset",
                    "startDate",
                    "notAllowedDates/*/start",
                    "notAllowedDates/*/end",
                ]
        ).Select(field => $"spec/maintenance/{window}/{field}");

    private static IEnumerable<string> SpecOfExposures(string spec) =>
        (
            (string[])
                [
                    "gateway",
                    "port",
                    "ports/*",
                    "protocol",
                    "sniHosts/*",
                    "tls/mode",
                    "tls/certificate/secret",
                    "tls/certificate/keyVault/vault",
                    "tls/certificate/keyVault/certificate",
                    "tls/certificate/keyVault/version",
                    "tls/certificate/keyVault/tenantId",
                    "tls/minVersion",
                    "allowedSources/*",
                    "clientAddress",
                    "proxyProtocol",
                    "ipFamilies/*",
                    "idleTimeout",
                    "adopt",
                    "backends/*/service",
                    "backends/*/namespace",
                    "backends/*/port",
                    "backends/*/weight",
                    "workload/image",
                    "workload/containerPort",
                    "workload/additionalPorts/*/name",
                    "workload/additionalPorts/*/port",
                    "workload/additionalPorts/*/containerPort",
                    "workload/replicas",
                    "workload/env/*/name",
                    "workload/env/*/valueFrom/secretKeyRef/name",
                    "workload/env/*/valueFrom/secretKeyRef/key",
                    "workload/env/*/valueFrom/secretKeyRef/optional",
                    "workload/env/*/valueFrom/configMapKeyRef/name",
                    "workload/env/*/valueFrom/configMapKeyRef/key",
                    "workload/env/*/valueFrom/configMapKeyRef/optional",
                    "workload/resources/requests/**",
                    "workload/resources/limits/**",
                    "workload/imagePullSecrets/*/name",
                    "workload/securityContext/level",
                    "workload/securityContext/runAsUser",
                    "workload/securityContext/runAsGroup",
                    "workload/securityContext/fsGroup",
                    "workload/securityContext/readOnlyRootFilesystem",
                    .. ProbeOfWorkload("startupProbe"),
                    .. ProbeOfWorkload("readinessProbe"),
                    .. ProbeOfWorkload("livenessProbe"),
                    "probe/timeout",
                    "probe/ports/*",
                    "probe/clientCertificate/secret",
                ]
        ).Select(field => $"{spec}/{field}");

    private static IEnumerable<string> ProbeOfWorkload(string probe) =>
        (
            (string[])
                [
                    "tcpSocket/port",
                    "httpGet/port",
                    "httpGet/scheme",
                    "grpc/port",
                    "grpc/service",
                    "initialDelaySeconds",
                    "periodSeconds",
                    "timeoutSeconds",
                    "successThreshold",
                    "failureThreshold",
                ]
        ).Select(field => $"workload/{probe}/{field}");
}
