using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Hosting;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;
using Spectre.Console;

namespace MeshPort.Host.Demo;

/// <summary>The walk-through from beginning to end: start, ask, follow, connect, tell.</summary>
internal sealed class DemoRun(DesiredEnvironment environment, double timeScale, bool hold)
{
    private static readonly TimeSpan SimulatedPatience = TimeSpan.FromHours(2);
    private static readonly TimeSpan LeastRealPatience = TimeSpan.FromMinutes(1);

    /// <summary>What the environment sets is for another MeshPort.</summary>
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
            $"Simulated Azure at {meshPort.Sandbox.ResourceManagerEndpoint}, MeshPort at {meshPort.Functions.Address}, time x{meshPort.Sandbox.Clock.Scale:0.##}"
        );
        using var api = new MeshPortApi(meshPort.Functions.Address);
        var destination = await TravelAsync(meshPort, new Journey(api, environment), cancellationToken);
        if (_failures.Count > 0)
        {
            new DemoSummary(_output).WriteFailures(_failures);
        }

        if (hold)
        {
            HoldGuide.Write(_output, meshPort, environment, destination, directory);
            await meshPort.Functions.WaitForShutdownAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _failures.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    private async Task<Destination?> TravelAsync(SandboxedMeshPort meshPort, Journey journey, CancellationToken cancellationToken)
    {
        var clock = meshPort.Sandbox.Clock;
        var began = clock.GetUtcNow();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longer(clock.ToReal(SimulatedPatience), LeastRealPatience));
        try
        {
            var steps = await View(clock)
                .ShowAsync(progress =>
                    journey.TravelAsync(
                        steps =>
                        {
                            progress(steps);
                            RequirePorts(meshPort.Sandbox);
                        },
                        patience.Token
                    )
                );
            var destination = await journey.ArriveAsync(patience.Token);
            var simulated = clock.GetUtcNow() - began;
            NoteFailures(steps, destination);
            await TalkAsync(destination, cancellationToken);
            new DemoSummary(_output).Write(
                steps,
                destination,
                simulated,
                TimeProvider.System.GetElapsedTime(_began),
                meshPort.Sandbox.Traffic
            );
            return destination;
        }
        catch (Exception trouble) when (trouble is ApiException or PublicPortException)
        {
            _failures.Add(trouble.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _failures.Add(
                $"The operations are not over after {SimulatedDuration.Text(clock.GetUtcNow() - began)} of simulated time; the last lines above say what is waited for."
            );
        }

        return null;
    }

    private async Task TalkAsync(Destination destination, CancellationToken cancellationToken)
    {
        foreach (var (desired, found) in destination.Exposures)
        {
            _output.WriteLine();
            var trouble = Destination.AddressOf(desired, found) is { } address
                ? await new TelnetSession(_output).TalkAsync(address, desired, cancellationToken)
                : $"the {desired.Gateway} gateway has no address";
            if (trouble is not null)
            {
                _failures.Add($"exposure {desired.Name}: no answer from outside: {trouble}.");
            }
        }
    }

    private void NoteFailures(IReadOnlyList<JourneyStep> steps, Destination destination)
    {
        _failures.AddRange(steps.Where(step => step.HasFailed).Select(step => $"step {step.Name} failed: {step.Message}"));
        _failures.AddRange(
            destination.Causes.Select(entry =>
                $"{entry.Resource}: {entry.Condition.Type} is {entry.Condition.Status} ({entry.Condition.Reason}): {entry.Condition.Message}"
            )
        );
    }

    /// <summary>Whatever would answer on a port that somebody else has is not what was asked for.</summary>
    private static void RequirePorts(AzureSandbox sandbox)
    {
        if (sandbox.Problems.FirstOrDefault() is { } problem)
        {
            throw new PublicPortException(
                problem.IsInUse
                    ? $"{problem.Endpoint} is in use by {PortHolder.Describe(problem.Endpoint.Port)}; stop that, or choose another port in the file."
                    : $"{problem.Message}; choose another port in the file."
            );
        }
    }

    private IProgressView View(SandboxClock clock) =>
        Console.IsOutputRedirected ? new PlainProgress(_output, clock) : new LiveProgress(AnsiConsole.Console, clock);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
