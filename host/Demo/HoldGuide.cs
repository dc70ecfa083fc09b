using MeshPort.Host.Commands;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Demo;

/// <summary>Prints commands to try while the demo keeps running.</summary>
internal static class HoldGuide
{
    public static void Write(
        Screen screen,
        SandboxedMeshPort meshPort,
        IReadOnlyList<DesiredEnvironment> environments,
        IReadOnlyList<Destination> destinations,
        TemporaryDirectory directory
    )
    {
        screen.Out.WriteLine();
        screen.Out.WriteLine("Everything keeps running until Ctrl+C. Try it by hand:");
        screen.Out.WriteLine($"  {OpenCommand.Address(meshPort.Functions.Address)} in a browser");
        foreach (var (desired, found) in destinations.SelectMany(destination => destination.Exposures))
        {
            if (Destination.AddressOf(desired, found) is { } address)
            {
                screen.Out.WriteLine($"  {Connect(desired, address)}");
            }
        }

        screen.Out.WriteLine($"  MESHPORT_URL={meshPort.Functions.Address} meshport get exposures -A");
        foreach (var environment in environments)
        {
            WriteCluster(screen, meshPort, environment, directory);
        }
    }

    private static string Connect(DesiredExposure exposure, string address) =>
        !exposure.IsTls ? $"nc {address} {exposure.ProbedPort}"
        : exposure.SniHosts is [var name, ..] ? $"openssl s_client -quiet -connect {address}:{exposure.ProbedPort} -servername {name}"
        : $"openssl s_client -quiet -connect {address}:{exposure.ProbedPort}";

    private static void WriteCluster(
        Screen screen,
        SandboxedMeshPort meshPort,
        DesiredEnvironment environment,
        TemporaryDirectory directory
    )
    {
        screen.Out.WriteLine($"  curl {new Uri(meshPort.Functions.Address, environment.Path)}");
        foreach (var exposure in environment.Exposures)
        {
            screen.Out.WriteLine($"  curl {new Uri(meshPort.Functions.Address, exposure.Path(environment.Cluster))}");
        }

        if (Kubeconfig(screen, meshPort, environment, directory) is { } kubeconfig)
        {
            screen.Out.WriteLine(
                $"  kubectl --kubeconfig {kubeconfig} "
                    + "get pods,services,gateways.networking.istio.io,virtualservices.networking.istio.io -A"
            );
        }
    }

    private static string? Kubeconfig(
        Screen screen,
        SandboxedMeshPort meshPort,
        DesiredEnvironment environment,
        TemporaryDirectory directory
    )
    {
        try
        {
            return directory.WriteSecret($"kubeconfig-{environment.Cluster.Name}", meshPort.Sandbox.AdminKubeconfig(environment.ArmId));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            screen.Error($"no kubeconfig was written, because the cluster does not exist ({exception.Message})");
            return null;
        }
    }
}
