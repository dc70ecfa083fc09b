namespace MeshPort.Model;

/// <summary>The rules for ports of a gateway.</summary>
internal static class GatewayPort
{
    private const int FirstUnprivileged = 1024;
    private const int PrivilegedTargets = 60000;

    /// <summary>The port of the gateway's own Service that exposures share by the server names of TLS (ADR 20).</summary>
    public const int Shared = 443;

    /// <summary>
    /// The port on which the pods of the gateway listen. Pods cannot bind ports below 1024, so they serve port 25 on 60025 (domain facts:
    /// Istio resolves the port number of the Gateway through the targetPort of the Service).
    /// </summary>
    public static int Target(int port) => port < FirstUnprivileged ? PrivilegedTargets + port : port;

    /// <summary>The reason why a port cannot be exposed as plain TCP, or in a list of ports; null when it can.</summary>
    public static string? PlainRefusal(int port) =>
        port == Shared
            ? $"The gateway Service of the Istio add-on uses port {port}. Only TLS with server names can share it: set 'port' to {port}, "
                + "'protocol' to TLS and 'sniHosts', or choose another port."
            : Refusal(port);

    /// <summary>The reason why a port cannot be exposed with any protocol; null when it can.</summary>
    public static string? Refusal(int port) =>
        port switch
        {
            80 => $"The gateway Service of the Istio add-on uses port {port}. Choose another port.",
            >= 15000 and <= 15090 => $"Istio reserves port {port} (15000-15090). Choose another port.",
            > PrivilegedTargets and < PrivilegedTargets + FirstUnprivileged =>
                $"MeshPort reserves port {port} as the target of port {port - PrivilegedTargets} (60000 + port for ports below 1024). "
                    + "Choose another port.",
            _ => null,
        };
}
