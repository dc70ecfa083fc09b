namespace MeshPort.Host.Environments;

internal sealed partial record FieldNote
{
    /// <summary>The fields of an exposure's spec.</summary>
    public static readonly IReadOnlyList<FieldNote> OfExposure =
    [
        new("/gateway", "Gateway", "The gateway that has the port: external has a public address, internal a private one.", "\"external\""),
        new(
            "/port",
            "Port",
            "The port that clients connect to. Some ports are reserved for Istio and MeshPort, and 443 needs protocol TLS and sniHosts.",
            "9000"
        ),
        new(
            "/ports",
            "Ports",
            "Several ports and ranges of ports instead of port, 120 in total. Each takes a rule of the load balancer and is proven. With "
                + "protocol TCP, and without adopt.",
            "[21, \"30000-30100\"]"
        ),
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
        new("/tls", "TLS", "The gateway or the backend ends the TLS of connections, with protocol TLS. Without it, the backend does."),
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
        new(
            "/tls/certificate/keyVault",
            "Key vault",
            "A certificate in Azure Key Vault instead of a Secret. The cluster needs keyVaultSecretsProvider, and its secrets provider the "
                + "role Key Vault Secrets User on the vault. Not in mode mutual."
        ),
        new("/tls/certificate/keyVault/vault", "Vault", "The name of the vault.", "\"edge-certs\""),
        new("/tls/certificate/keyVault/certificate", "Certificate", "The name of the certificate, whose key is exportable.", "\"db\""),
        new(
            "/tls/certificate/keyVault/version",
            "Version",
            "32 hexadecimal digits. Without it, the gateway follows the newest version within minutes.",
            "\"0123456789abcdef0123456789abcdef\""
        ),
        new(
            "/tls/certificate/keyVault/tenantId",
            "Tenant",
            "The tenant of the vault. Without it, the tenant of the cluster.",
            "\"00000000-0000-0000-0000-000000000000\""
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
                + "connections. With strategy managedService, this applies to all ports of the gateway.",
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
        new(
            "/backends/0/port",
            "Port",
            "The port of the Service, by default the port of the exposure. With ports, it belongs to the first one, and the others keep "
                + "their distance: ports [9000, 9005] and port 7000 lead to 7000 and 7005.",
            "9000"
        ),
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
            "/probe/ports",
            "Ports",
            "The ports to prove, by default all. Leave out ports on which the server does not always listen, such as the passive ports of "
                + "FTP.",
            "[21]"
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
}
