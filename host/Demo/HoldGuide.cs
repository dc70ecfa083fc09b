using MeshPort.Host.Commands;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Demo;

/// <summary>Prints commands to try while the demo keeps running.</summary>
internal static class HoldGuide
{
    public static void Write(
        TextWriter output,
        SandboxedMeshPort meshPort,
        IReadOnlyList<DesiredEnvironment> environments,
        IReadOnlyList<Destination> destinations,
        TemporaryDirectory directory
    )
    {
        output.WriteLine();
        output.WriteLine("Everything keeps running until Ctrl+C. Try it by hand:");
        output.WriteLine($"  {OpenCommand.Address(meshPort.Functions.Address)} in a browser");
        foreach (var (desired, found) in destinations.SelectMany(destination => destination.Exposures))
        {
            if (Destination.AddressOf(desired, found) is { } address)
            {
                output.WriteLine($"  {Connect(desired, address)}");
            }
        }

        output.WriteLine($"  MESHPORT_URL={meshPort.Functions.Address} meshport get exposures -A");
        foreach (var environment in environments)
        {
            WriteCluster(output, meshPort, environment, directory);
        }
    }

    private static string Connect(DesiredExposure exposure, string address) =>
        !exposure.IsTls ? $"nc {address} {exposure.ProbedPort}"
        : exposure.SniHosts is [var name, ..] ? $"openssl s_client -quiet -connect {address}:{exposure.ProbedPort} -servername {name}"
        : $"openssl s_client -quiet -connect {address}:{exposure.ProbedPort}";

    private static void WriteCluster(
        TextWriter output,
        SandboxedMeshPort meshPort,
        DesiredEnvironment environment,
        TemporaryDirectory directory
    )
    {
        output.WriteLine($"  curl {new Uri(meshPort.Functions.Address, environment.Path)}");
        foreach (var exposure in environment.Exposures)
        {
            output.WriteLine($"  curl {new Uri(meshPort.Functions.Address, exposure.Path(environment.Cluster))}");
        }

        if (Kubeconfig(meshPort, environment, directory) is { } kubeconfig)
        {
            output.WriteLine(
                $"  kubectl --kubeconfig {kubeconfig} "
                    + "get pods,services,gateways.networking.istio.io,virtualservices.networking.istio.io -A"
            );
        }
    }

    private static string? Kubeconfig(SandboxedMeshPort meshPort, DesiredEnvironment environment, TemporaryDirectory directory)
    {
        try
        {
            return directory.WriteSecret($"kubeconfig-{environment.Cluster.Name}", meshPort.Sandbox.AdminKubeconfig(environment.ArmId));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            Console.Error.WriteLine($"meshport: no kubeconfig was written, because the cluster does not exist ({exception.Message})");
            return null;
        }
    }
}
