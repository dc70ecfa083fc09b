using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport history cluster|exposure</c>: requests, changes of conditions and repairs.</summary>
internal static class HistoryCommand
{
    public static Command Create() =>
        new ClientCommand(
            "history",
            "Shows the requests, changes of conditions and repairs of a resource, oldest first.",
            "meshport history exposure tcpecho",
            "meshport history cluster istiotest -o json"
        )
        {
            Cluster(),
            Exposure(),
        };

    public static void Write(Screen screen, IEnumerable<HistoryView> entries)
    {
        var table = new TextTable("TIME", "TYPE", "STATUS", "REASON", "BY", "MESSAGE");
        var obstacles = new ObstacleText();
        foreach (var entry in entries)
        {
            obstacles = entry.Status is null or "True" ? new ObstacleText() : obstacles; // the next obstacle has its whole message again
            table.Add(
                [.. Cells(entry)[..^1], obstacles.Of(entry.Type, entry.Status, entry.Message)],
                line => screen.Paint.Status(line, entry.Status ?? "True")
            );
        }

        table.Write(screen.Out);
    }

    public static string[] Cells(HistoryView entry) =>
        [
            Listings.Time(entry.At),
            entry.Type,
            entry.Status ?? "",
            entry.Reason,
            entry.By?.Principal ?? entry.By?.Trigger ?? "",
            entry.Message.ReplaceLineEndings(" "),
        ];

    private static Command Cluster()
    {
        var name = CommonOptions.ClusterArgument();
        var format = FormatOption.Create("table", "json");
        return new ClientCommand("cluster", "Shows the history of a cluster.", "meshport history cluster istiotest") { name, format }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var id = await session.FindClusterAsync(arguments.GetValue(name), cancellationToken);
                var api = await session.ConnectAsync(cancellationToken);
                Write(session.Screen, await api.GetAsync(id.Path, cancellationToken), FormatOption.Of(arguments.GetValue(format)));
                return ExitCodes.Success;
            }
        );
    }

    private static Command Exposure()
    {
        var name = CommonOptions.Exposure();
        var cluster = CommonOptions.Cluster();
        var format = FormatOption.Create("table", "json");
        return new ClientCommand("exposure", "Shows the history of an exposure.", "meshport history exposure tcpecho")
        {
            name,
            cluster,
            format,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var found = await session.FindExposureAsync(
                    arguments.GetRequiredValue(name),
                    arguments.GetValue(cluster),
                    cancellationToken
                );
                Write(session.Screen, found, FormatOption.Of(arguments.GetValue(format)));
                return ExitCodes.Success;
            }
        );
    }

    private static void Write(Screen screen, ResourceView resource, Format format)
    {
        if (format == Format.Json)
        {
            screen.Out.WriteLine(
                resource.Status.History is null ? "[]" : JsonText.Write(resource.Body.GetProperty("status").GetProperty("history"))
            );
        }
        else
        {
            Write(screen, resource.Status.History ?? []);
        }
    }
}
