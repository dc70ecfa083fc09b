using MeshPort.Host.Hosting;
using MeshPort.Sandbox;
using MeshPort.Sandbox.Control;

namespace MeshPort.Host.Simulation;

/// <summary>One run of <c>sandbox</c>: start, say how to use it, write kubeconfigs as clusters come, stop.</summary>
internal sealed class SandboxRun(SandboxOptions options, string data)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var held = DataDirectory.Open(data);
        var directory = new SandboxDirectory(held.Path);
        await using var sandbox = await StartupException.ClassifyErrorsAsync(
            "The sandbox",
            () => AzureSandbox.StartAsync(options, cancellationToken),
            cancellationToken
        );
        await using var control = await SandboxControl.StartAsync(sandbox, directory.NewControlKey(), cancellationToken);
        directory.Write(sandbox, control.Endpoint);
        Tell(sandbox, control, directory);
        try
        {
            sandbox.ClustersChanged += TellClusters;
            TellClusters();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            sandbox.ClustersChanged -= TellClusters;
            directory.Forget();
        }

        return ExitCodes.Success;

        void TellClusters()
        {
            try
            {
                foreach (var file in directory.WriteKubeconfigs(sandbox))
                {
                    Console.WriteLine($"kubeconfig   {file}");
                }
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"meshport: a kubeconfig could not be written: {trouble.Message}"); // the simulated Azure goes on
            }
        }
    }

    private static void Tell(AzureSandbox sandbox, SandboxControl control, SandboxDirectory directory)
    {
        Console.WriteLine(
            $"Simulated Azure is ready at {sandbox.ResourceManagerEndpoint} (time x{sandbox.Clock.Scale:0.##}, seed {sandbox.World.Ids.Seed}); Ctrl+C stops it."
        );
        Console.WriteLine(
            $"token        curl -s --cacert {directory.CertificateAuthority} --data @{directory.TokenRequest} {sandbox.AuthorityHost}{sandbox.TenantId}/oauth2/v2.0/token"
        );
        Console.WriteLine($"authority    {sandbox.AuthorityHost}{sandbox.TenantId}");
        Console.WriteLine($"CA file      {directory.CertificateAuthority}");
        Console.WriteLine($"kubeconfigs  {directory.Kubeconfigs}/SUBSCRIPTION/GROUP/NAME.yaml, as clusters come");
        Console.WriteLine($"control      {control.Endpoint} (key in {directory.ControlKey}); meshport sandbox fault --help");
        Console.WriteLine($"MeshPort     meshport serve --settings {directory.Settings} --time-scale {sandbox.Clock.Scale:0.##}");
    }
}
