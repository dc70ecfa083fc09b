namespace MeshPort.Model;

/// <summary>A port on a gateway: which may be taken, and what Envoy binds for it.</summary>
internal static class GatewayPort
{
    private const int FirstUnprivileged = 1024;
    private const int PrivilegedTargets = 60000;

    /// <summary>
    /// The port on which the gateway's pods listen. Pods may not bind ports below 1024, so port 25 is served on 60025 (domain facts: Istio resolves the
    /// Gateway's port number through the Service's targetPort).
    /// </summary>
    public static int Target(int port) => port < FirstUnprivileged ? PrivilegedTargets + port : port;

    /// <summary>Why a port cannot be exposed, or null when it can.</summary>
    public static string? Refusal(int port) =>
        port switch
        {
            80 or 443 => $"Port {port} belongs to the Istio add-on's own gateway Service; choose another.",
            >= 15000 and <= 15090 => $"Port {port} is one of Istio's own (15000-15090); choose another.",
            > PrivilegedTargets and < PrivilegedTargets + FirstUnprivileged =>
                $"Port {port} is kept as the target of port {port - PrivilegedTargets} (ports below 1024 are served on 60000 + port); choose another.",
            _ => null,
        };
}
