using MeshPort.Host.Api;
using MeshPort.Host.Commands;
using MeshPort.Host.Environments;
using MeshPort.Host.Probes;
using MeshPort.Host.Progress;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The environment of the sample, and the checks of its end state.</summary>
internal static class Walkthrough
{
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    public static readonly DesiredEnvironment Environment = EnvironmentFile.Read(EnvironmentFile.Sample).Single();

    public static IReadOnlyDictionary<string, string> Settings(AzureSandbox sandbox) => MeshPortProcess.Settings(sandbox);

    /// <returns>The operation of the cluster, and those of the exposures.</returns>
    public static async Task<IReadOnlyList<Uri>> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        using var api = new MeshPortApi(address);
        var accepted = await new ApplyRequests(api, [Environment]).SendAsync(cancellationToken);
        return [.. accepted.Select(request => request.Operation).OfType<Uri>()];
    }

    /// <summary>Whether a step is running and has made at least one attempt.</summary>
    public static async Task<bool> IsUnderWayAsync(Uri address, Uri operation, string step, CancellationToken cancellationToken)
    {
        using var api = new MeshPortApi(address);
        var found = await api.GetOperationAsync(operation, cancellationToken);
        return (found.Steps ?? []).Any(one => one.Name == step && one.Status == "Running" && one.Attempts > 0);
    }

    public static async Task<Destination> LookAsync(Uri address, CancellationToken cancellationToken)
    {
        using var api = new MeshPortApi(address);
        return (await new Journey(api, [Environment]).ArriveAsync(cancellationToken)).Single();
    }

    /// <summary>Waits until every condition is True, and then connects to the public address.</summary>
    public static async Task MustSucceedAsync(MeshPortProcess meshPort, Uri address, CancellationToken cancellationToken)
    {
        Destination? destination = null;
        try
        {
            await Wait.UntilAsync("every condition is True", Within, Arrived, cancellationToken);
        }
        catch (Exception)
        {
            Assert.Fail($"{string.Join('\n', destination?.Conditions ?? [])}\n--- stderr\n{meshPort.Errors}");
        }

        var (desired, found) = Assert.Single(destination!.Exposures); // set when the condition held
        var transcript = new StringWriter();
        var exception = await new TelnetSession(transcript).TalkAsync(
            Destination.AddressOf(desired, found) ?? "none",
            desired,
            cancellationToken
        );
        Assert.Null(exception);
        Assert.Contains("hello jose", transcript.ToString(), StringComparison.Ordinal);

        async Task<bool> Arrived()
        {
            destination = await LookAsync(address, cancellationToken);
            return destination.Conditions.All(entry => entry.Condition.IsTrue);
        }
    }
}
