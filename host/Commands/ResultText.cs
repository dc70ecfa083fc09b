using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Commands;

/// <summary>Writes the end state of clusters and exposures, and derives the exit code.</summary>
internal sealed class ResultText(Screen screen, Format format)
{
    public int Write(IReadOnlyList<Destination> destinations)
    {
        var isReady = destinations.All(destination => destination.IsReady);
        if (format == Format.Json)
        {
            screen.Out.WriteLine(
                JsonText.Write(
                    new
                    {
                        Ready = isReady,
                        Clusters = destinations.Select(destination => new
                        {
                            Cluster = destination.Cluster.Body,
                            Exposures = destination.Exposures.Select(exposure => exposure.Found.Body),
                        }),
                    }
                )
            );
        }

        var report = screen.Report(format);
        foreach (var destination in destinations)
        {
            Write(report, destination);
        }

        return isReady ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <summary>Writes the end state of one exposure, whatever the others are.</summary>
    /// <param name="etag">The etag of the spec that the command has put; null if unknown.</param>
    public int Write(string cluster, DesiredExposure exposure, ResourceView found, string? etag)
    {
        var destination = new Destination(cluster, found, [(exposure, found)])
        {
            Replaced = Destination.IsReplacement(etag, found) ? [$"exposure {exposure.Name}"] : [],
        };
        WriteReady(screen.Report(format), destination);
        foreach (var (_, condition) in destination.Causes.Where(_ => !found.IsReady).DistinctBy(cause => cause.Condition.Type))
        {
            Explain($"exposure {exposure.Name}", condition);
        }

        return destination.IsReady ? ExitCodes.Success : ExitCodes.Failed;
    }

    private void Write(TextWriter report, Destination destination)
    {
        WriteReady(report, destination);
        if (destination.IsReady)
        {
            report.WriteLine($"{screen.Paint.Added("Ready")}  cluster {destination.Name}");
            return;
        }

        foreach (var (resource, condition) in destination.Causes)
        {
            Explain(resource, condition);
        }
    }

    private void WriteReady(TextWriter report, Destination destination)
    {
        foreach (var resource in destination.Replaced)
        {
            screen.Error(
                $"{resource}: another request has replaced its spec, and that of this command does not apply any more. "
                    + "To apply it again, repeat the command."
            );
        }

        foreach (
            var (desired, found) in destination.Exposures.Where(exposure =>
                exposure.Found.IsReady && !destination.Replaced.Contains($"exposure {exposure.Desired.Name}")
            )
        )
        {
            report.WriteLine(
                $"{screen.Paint.Added("Ready")}  {desired.Name} at "
                    + $"{Destination.AddressOf(desired, found) ?? "no address"}:{desired.PortText}"
            );
        }
    }

    private void Explain(string resource, ConditionView condition) =>
        screen.Error($"{resource}: {condition.Type} is {condition.Status} ({condition.Reason}): {condition.Message}");
}
