using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport describe cluster|exposure</c>.</summary>
internal static class DescribeCommand
{
    private const int LastEntries = 10;

    public static Command Create() =>
        new ClientCommand(
            "describe",
            "Shows everything about a resource: spec, conditions, addresses, objects and history.",
            "meshport describe exposure tcpecho",
            "meshport describe cluster istiotest"
        )
        {
            Cluster(),
            Exposure(),
        };

    private static Command Cluster()
    {
        var name = CommonOptions.ClusterArgument();
        return new ClientCommand("cluster", "Shows a cluster and its exposures.", "meshport describe cluster istiotest") { name }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var id = await session.FindClusterAsync(arguments.GetValue(name), cancellationToken);
                var api = await session.ConnectAsync(cancellationToken);
                var cluster = await api.GetAsync(id.Path, cancellationToken);
                Write(session.Screen, "Cluster", cluster);
                Title(session.Screen, "Exposures");
                new ListWriter<ResourceView>(session.Screen, Listings.Exposures, Format.Table).Write(
                    await api.ListExposuresAsync(id, cancellationToken)
                );
                await WriteObjectsAsync(session.Screen, api, cluster, cancellationToken);
                WriteHistory(session.Screen, "cluster", cluster);
                return ExitCodes.Success;
            }
        );
    }

    private static Command Exposure()
    {
        var name = CommonOptions.Exposure();
        var cluster = CommonOptions.Cluster();
        return new ClientCommand("exposure", "Shows an exposure.", "meshport describe exposure tcpecho --cluster istiotest")
        {
            name,
            cluster,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var exposure = await session.FindExposureAsync(
                    arguments.GetRequiredValue(name),
                    arguments.GetValue(cluster),
                    cancellationToken
                );
                Write(session.Screen, "Exposure", exposure);
                await WriteObjectsAsync(session.Screen, await session.ConnectAsync(cancellationToken), exposure, cancellationToken);
                WriteHistory(session.Screen, "exposure", exposure);
                return ExitCodes.Success;
            }
        );
    }

    private static void Write(Screen screen, string kind, ResourceView resource)
    {
        screen.Out.WriteLine(screen.Paint.Strong($"{kind} {resource.Metadata.Name}"));
        screen.Out.WriteLine($"  path         {resource.Metadata.Id}");
        if (resource.Metadata.Owner is { } owner)
        {
            screen.Out.WriteLine($"  owner        {owner}, by its annotations");
        }

        screen.Out.WriteLine($"  generation   {resource.Metadata.Generation}, observed {resource.Status.ObservedGeneration}");
        screen.Out.WriteLine($"  created      {Listings.Time(resource.Metadata.CreatedAt)}");
        screen.Out.WriteLine($"  changed      {Listings.Time(resource.Metadata.UpdatedAt)}");
        if (resource.Metadata.DeletedAt is { } deleted)
        {
            screen.Out.WriteLine($"  deletion     requested {Listings.Time(deleted)}");
        }

        foreach (var address in resource.Status.Addresses ?? [])
        {
            var name = address.Hostname is { } hostname ? $", {hostname}" : "";
            screen.Out.WriteLine($"  address      {address.Ip} ({address.Gateway}){name}");
        }

        Title(screen, "Spec");
        foreach (var line in YamlText.Write(resource.Spec).TrimEnd().Split('\n'))
        {
            screen.Out.WriteLine($"  {line}");
        }

        Title(screen, "Conditions");
        var table = new TextTable("TYPE", "STATUS", "REASON", "SINCE", "MESSAGE");
        var obstacles = new ObstacleText();
        foreach (var condition in resource.Status.Conditions ?? [])
        {
            table.Add(
                [
                    condition.Type,
                    condition.Status,
                    condition.Reason ?? "",
                    Listings.Time(condition.Since),
                    $"{(resource.IsOfEarlierSpec(condition) ? $"Of generation {condition.ObservedGeneration}: " : "")}"
                        + obstacles.Of(condition.Type, condition.Status, condition.Message),
                ],
                line => screen.Paint.Status(line, condition.Status)
            );
        }

        table.Write(screen.Out);
    }

    /// <summary>A dry run of the unchanged spec tells which objects exist, and how they differ.</summary>
    private static async Task WriteObjectsAsync(Screen screen, MeshPortApi api, ResourceView resource, CancellationToken cancellationToken)
    {
        Title(screen, "In Azure and in the cluster");
        try
        {
            var plan = await api.PlanPutAsync(resource.Metadata.Id, resource.Spec, cancellationToken);
            new PlanText(screen.Out, screen.Paint).WriteChanges(
                resource.Cluster,
                plan.Changes.Where(change => change.Target != resource.Metadata.Id)
            );
        }
        catch (ApiException refusal)
        {
            screen.Out.WriteLine($"  MeshPort cannot tell: {refusal.Message}");
        }
    }

    private static void WriteHistory(Screen screen, string kind, ResourceView resource)
    {
        Title(screen, $"History (the last {LastEntries}; all: meshport history {kind} {resource.Metadata.Name})");
        HistoryCommand.Write(screen, (resource.Status.History ?? []).TakeLast(LastEntries));
    }

    private static void Title(Screen screen, string text)
    {
        screen.Out.WriteLine();
        screen.Out.WriteLine(screen.Paint.Strong(text));
    }
}
