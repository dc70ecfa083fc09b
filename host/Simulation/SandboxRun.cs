using MeshPort.Host.Hosting;
using MeshPort.Sandbox;
using MeshPort.Sandbox.Control;

namespace MeshPort.Host.Simulation;

/// <summary>One run of <c>sandbox</c>: start, print its usage, write kubeconfigs for new clusters, stop.</summary>
internal sealed class SandboxRun(SandboxOptions options, string data)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var held = DataDirectory.Open(data);
        var directory = new SandboxDirectory(held.Path);
        await using var sandbox = await StartupException.GuardAsync(
            "The sandbox",
            () => AzureSandbox.StartAsync(options, cancellationToken),
            cancellationToken
        );
        await using var control = await SandboxControl.StartAsync(sandbox, directory.NewControlKey(), cancellationToken);
        directory.Write(sandbox, control.Endpoint);
        WriteUsage(sandbox, control, directory);
        using (directory.KeepKubeconfigs(sandbox, file => Console.WriteLine($"kubeconfig   {file}")))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        directory.Forget();
        return ExitCodes.Success;
    }

    private static void WriteUsage(AzureSandbox sandbox, SandboxControl control, SandboxDirectory directory)
    {
        Console.WriteLine(
            $"Simulated Azure is ready at {sandbox.ResourceManagerEndpoint} "
                + $"(time x{sandbox.Clock.Scale:0.##}, seed {sandbox.World.Ids.Seed}); Ctrl+C stops it."
        );
        Console.WriteLine(
            $"token        curl -s --cacert {directory.CertificateAuthority} --data @{directory.TokenRequest} "
                + $"{sandbox.AuthorityHost}{sandbox.TenantId}/oauth2/v2.0/token"
        );
        Console.WriteLine($"authority    {sandbox.AuthorityHost}{sandbox.TenantId}");
        Console.WriteLine($"CA file      {directory.CertificateAuthority}");
        Console.WriteLine($"kubeconfigs  {directory.Kubeconfigs}/SUBSCRIPTION/GROUP/NAME.yaml, as clusters come");
        Console.WriteLine($"control      {control.Endpoint} (key in {directory.ControlKey}); meshport sandbox fault --help");
        Console.WriteLine($"MeshPort     meshport serve --settings {directory.Settings} --time-scale {sandbox.Clock.Scale:0.##}");
    }
}
