using System.Net.NetworkInformation;

namespace MeshPort.Host.Hosting;

/// <summary>Who listens on a port of this machine.</summary>
internal static class LoopbackPort
{
    /// <exception cref="StartupException">Something listens on it already.</exception>
    public static void MustBeFree(int port)
    {
        if (port != 0 && IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port && Covers(listener.Address)))
        {
            throw new StartupException($"Port {port} on 127.0.0.1 is in use{(PortHolder.Find(port) is { } holder ? $" by {holder}" : "")}; stop that, or choose another port with --port.");
        }
    }

    private static bool Covers(System.Net.IPAddress address) =>
        address.Equals(System.Net.IPAddress.Loopback) || address.Equals(System.Net.IPAddress.Any) || address.Equals(System.Net.IPAddress.IPv6Any);
}
