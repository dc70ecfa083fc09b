namespace MeshPort.Host.Bundles;

/// <summary>
/// The fields of answers that a bundle has. Not on the lists are all fields that can carry a secret: tags, labels, <c>extra</c>, commands,
/// arguments, values of environment variables, what probes send and expect, and paths of HTTP probes.
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
        "spec/kubernetesVersion",
        "spec/features/**",
        "spec/network/**",
        "spec/networkPlugin",
        "spec/dataplane",
        "spec/ipFamilies/*",
        "spec/nodePool/name",
        "spec/nodePool/vmSize",
        "spec/nodePool/zones/*",
        "spec/nodePool/autoscaler/**",
        "spec/nodePool/count",
        "spec/nodePools/*/name",
        "spec/nodePools/*/vmSize",
        "spec/nodePools/*/mode",
        "spec/nodePools/*/count",
        "spec/nodePools/*/zones/*",
        "spec/nodePools/*/autoscaler/**",
        "spec/tier",
        "spec/upgrades/**",
        "spec/maintenance/**",
        "spec/oidcIssuer",
        "spec/workloadIdentity",
        "spec/keyVaultSecretsProvider",
        "spec/mesh/**",
        "spec/access/**",
        "spec/outboundType",
        "spec/identity",
        "spec/strategy",
        "spec/connection",
        "spec/gatewayServices/**",
        "spec/gatewayAddresses/**",
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
    public static readonly FieldAllowList RejectedField = new(["cluster/**", "put/*/name", "delete/*", .. SpecOfExposures("put/*/spec")]);

    public static readonly FieldAllowList Settings = new(
        "version",
        "runtime",
        "system",
        "settings/*/name",
        "settings/*/isSet",
        "settings/*/value"
    );

    private static IEnumerable<string> SpecOfExposures(string spec) =>
        (
            (string[])
                [
                    "gateway",
                    "port",
                    "ports/*",
                    "protocol",
                    "sniHosts/*",
                    "tls/**",
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
                    "workload/additionalPorts/**",
                    "workload/replicas",
                    "workload/env/*/name",
                    "workload/env/*/valueFrom/**",
                    "workload/resources/**",
                    "workload/imagePullSecrets/*/name",
                    "workload/securityContext/**",
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
