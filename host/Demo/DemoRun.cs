using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Host.Probes;
using MeshPort.Host.Progress;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;
using Spectre.Console;

namespace MeshPort.Host.Demo;

/// <summary>
/// An apply against a simulated Azure that it starts: start the hosts, request the environments, follow the operations, connect, print a
/// summary.
/// </summary>
internal sealed class DemoRun(IReadOnlyList<DesiredEnvironment> environments, double timeScale, bool hold)
{
    private static readonly TimeSpan SimulatedTimeout = TimeSpan.FromHours(2);
    private static readonly TimeSpan MinimumRealTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The demo ignores environment variables, because they may configure another MeshPort.</summary>
    private static readonly IConfiguration NoSettings = new ConfigurationBuilder().Build();
    private readonly TextWriter _output = Console.Out;
    private readonly List<string> _failures = [];
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
            cancellationToken
        );
        _output.WriteLine(
            $"Simulated Azure at {meshPort.Sandbox.ResourceManagerEndpoint}, MeshPort at {meshPort.Functions.Address}, "
                + $"time x{meshPort.Sandbox.Clock.Scale:0.##}"
        );
        using var api = new MeshPortApi(meshPort.Functions.Address);
        var destinations = await TravelAsync(meshPort, new Journey(api, environments), cancellationToken);
        if (_failures.Count > 0)
        {
            new DemoSummary(_output).WriteFailures(_failures);
        }

        if (hold)
        {
            HoldGuide.Write(_output, meshPort, environments, destinations, directory);
            await meshPort.Functions.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _failures.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    private async Task<IReadOnlyList<Destination>> TravelAsync(
        SandboxedMeshPort meshPort,
        Journey journey,
        CancellationToken cancellationToken
    )
    {
        var clock = meshPort.Sandbox.Clock;
        var began = clock.GetUtcNow();
        // In simulated time, which slows down on a busy machine.
        using var late = new CancellationTokenSource(Longer(SimulatedTimeout, MinimumRealTimeout * clock.Scale), clock);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            var steps = await View(clock)
                .ShowAsync(progress =>
                    journey.TravelAsync(
                        report =>
                        {
                            progress(report);
                            RequirePorts(meshPort.Sandbox);
                        },
                        timeout.Token
                    )
                );
            var destinations = await journey.ArriveAsync(timeout.Token);
            var simulated = clock.GetUtcNow() - began;
            NoteFailures(steps, destinations);
            await TalkAsync(destinations, cancellationToken);
            new DemoSummary(_output).Write(
                steps,
                destinations,
                simulated,
                TimeProvider.System.GetElapsedTime(_began),
                meshPort.Sandbox.Traffic
            );
            return destinations;
        }
        catch (Exception exception) when (exception is ApiException or UnreachableException or PublicPortException)
        {
            _failures.Add(exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _failures.Add(
                $"The operations are still running after {SimulatedDuration.Text(clock.GetUtcNow() - began)} of simulated time. "
                    + "The last lines above show what they wait for."
            );
        }

        return [];
    }

    private async Task TalkAsync(IReadOnlyList<Destination> destinations, CancellationToken cancellationToken)
    {
        foreach (var (desired, found) in destinations.SelectMany(destination => destination.Exposures))
        {
            _output.WriteLine();
            var failure = Destination.AddressOf(desired, found) is { } address
                ? await new TelnetSession(_output).TalkAsync(address, desired, cancellationToken)
                : $"the {desired.Gateway} gateway has no address";
            if (failure is not null)
            {
                _failures.Add($"exposure {desired.Name}: no answer from outside: {failure}.");
            }
        }
    }

    private void NoteFailures(IReadOnlyList<JourneyStep> steps, IReadOnlyList<Destination> destinations)
    {
        _failures.AddRange(steps.Where(step => step.HasFailed).Select(step => $"step {step.Name} failed: {step.Message}"));
        _failures.AddRange(
            destinations
                .SelectMany(destination => destination.Causes)
                .Select(entry =>
                    $"{entry.Resource}: {entry.Condition.Type} is {entry.Condition.Status} ({entry.Condition.Reason}): "
                    + entry.Condition.Message
                )
        );
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

    private IProgressView View(SandboxClock clock) =>
        Console.IsOutputRedirected ? new PlainProgress(_output, clock) : new LiveProgress(AnsiConsole.Console, clock);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
