using MeshPort.Host.Api;
using MeshPort.Host.Commands;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;
using MeshPort.Host.Probes;
using MeshPort.Host.Progress;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Host.Demo;

/// <summary>An apply against a simulated Azure that it starts, then a connection to each exposure and a summary.</summary>
internal sealed class DemoRun(IReadOnlyList<DesiredEnvironment> environments, double timeScale, bool hold, Screen screen)
{
    private static readonly TimeSpan SimulatedTimeout = TimeSpan.FromHours(2);
    private static readonly TimeSpan MinimumRealTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The demo ignores environment variables, because they may configure another MeshPort.</summary>
    private static readonly IConfiguration NoSettings = new ConfigurationBuilder().Build();
    private readonly long _began = TimeProvider.System.GetTimestamp();

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var directory = new TemporaryDirectory();
        await using var meshPort = await SandboxedMeshPort.StartAsync(
            directory.Path,
            stateFile: null,
            port: 0,
            timeScale,
            NoSettings,
            ErrorLog.Quiet,
            cancellationToken,
            Secrets(),
            Vaults(),
            Namespaces()
        );
        screen.Out.WriteLine(
            $"Simulated Azure at {meshPort.Sandbox.ResourceManagerEndpoint}, MeshPort at {meshPort.Functions.Address}, "
                + $"time x{meshPort.Sandbox.Clock.Scale:0.##}"
        );
        if (hold)
        {
            screen.Out.WriteLine($"The console is at {OpenCommand.Address(meshPort.Functions.Address)}");
        }

        var began = meshPort.Sandbox.Clock.GetUtcNow();
        var applied = await ApplyAsync(meshPort, cancellationToken);
        var simulated = meshPort.Sandbox.Clock.GetUtcNow() - began;
        var isAnswered = await TalkAsync(applied.Destinations, cancellationToken);
        if (applied.Destinations.Count > 0)
        {
            var real = TimeProvider.System.GetElapsedTime(_began);
            new DemoSummary(screen.Out).Write(applied.Steps, applied.Destinations, simulated, real, meshPort.Sandbox.Traffic);
        }

        if (hold)
        {
            HoldGuide.Write(screen, meshPort, environments, applied.Destinations, directory);
            await meshPort.Functions.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return isAnswered ? applied.ExitCode : ExitCodes.Failed;
    }

    private async Task<ApplyResult> ApplyAsync(SandboxedMeshPort meshPort, CancellationToken cancellationToken)
    {
        var clock = meshPort.Sandbox.Clock;
        using var api = new MeshPortApi(meshPort.Functions.Address);
        var apply = new ApplyRun(screen, api, Format.Table)
        {
            Yes = true,
            Clock = clock,
            // In simulated time, which slows down on a busy machine.
            Timeout = Shorter(CommonOptions.LongestTimeout, Longer(SimulatedTimeout, MinimumRealTimeout * clock.Scale)),
            Check = () => RequirePorts(meshPort.Sandbox),
        };
        try
        {
            return await apply.RunAsync(environments, cancellationToken);
        }
        catch (Exception exception) when (exception is ApiException or UnreachableException or PublicPortException)
        {
            return Fail(exception.Message);
        }
        catch (LateException)
        {
            return Fail(
                $"The operations are still running after {SimulatedDuration.Text(apply.Timeout)} of simulated time. "
                    + "The last lines above show what they wait for."
            );
        }
        catch (LeftException)
        {
            throw new OperationCanceledException(cancellationToken); // the server ends with the demo
        }
    }

    /// <summary>The certificates that the gateways of the environments need. In Azure, their owner brings them.</summary>
    private List<GatewaySecret> Secrets() =>
        [
            .. environments
                .SelectMany(environment => environment.Exposures)
                .Where(exposure => exposure.CertificateSecret is not null)
                .GroupBy(exposure => exposure.CertificateSecret ?? "", exposure => exposure.SniHosts)
                .Select(hosts => new GatewaySecret(hosts.Key, Names(hosts))),
        ];

    /// <summary>The same in key vaults, which the cluster may read then.</summary>
    private List<VaultCertificate> Vaults() =>
        [
            .. environments
                .SelectMany(environment => environment.Exposures)
                .Where(exposure => exposure.VaultCertificate is not null)
                .GroupBy(exposure => exposure.VaultCertificate ?? default, exposure => exposure.SniHosts)
                .Select(hosts => new VaultCertificate(hosts.Key.Vault, hosts.Key.Certificate, Names(hosts))),
        ];

    /// <summary>The namespaces for Gateways, which the owner of a cluster makes.</summary>
    private IReadOnlyList<string> Namespaces() =>
        [
            .. environments
                .Select(environment => environment.ClusterSpec.TryGetProperty("gatewayNamespace", out var home) ? home.ToString() : "")
                .Where(home => home.Length > 0)
                .Distinct(StringComparer.Ordinal),
        ];

    private static IReadOnlyList<string> Names(IEnumerable<IReadOnlyList<string>> hosts) =>
        [.. hosts.SelectMany(names => names).DefaultIfEmpty("gateway.example.com")];

    /// <returns>Whether every exposure has answered.</returns>
    private async Task<bool> TalkAsync(IReadOnlyList<Destination> destinations, CancellationToken cancellationToken)
    {
        var isAnswered = true;
        foreach (var (desired, found) in destinations.SelectMany(destination => destination.Exposures))
        {
            screen.Out.WriteLine();
            var failure = Destination.AddressOf(desired, found) is { } address
                ? await new TelnetSession(screen.Out).TalkAsync(address, desired, cancellationToken)
                : $"the {desired.Gateway} gateway has no address";
            if (failure is not null)
            {
                Fail($"exposure {desired.Name}: no answer from outside: {failure}.");
                isAnswered = false;
            }
        }

        return isAnswered;
    }

    private ApplyResult Fail(string message)
    {
        screen.Error(message);
        return ApplyResult.Of(ExitCodes.Failed);
    }

    /// <summary>Fails if another process uses a public port: an answer from it would not prove anything.</summary>
    private static void RequirePorts(AzureSandbox sandbox)
    {
        if (sandbox.Problems.FirstOrDefault() is { } problem)
        {
            throw new PublicPortException(
                problem.IsInUse
                    ? $"{problem.Endpoint} is in use by {PortHolder.Describe(problem.Endpoint.Port)}. "
                        + "Stop that process, or choose another port in the file."
                    : $"{problem.Message}. Choose another port in the file."
            );
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
