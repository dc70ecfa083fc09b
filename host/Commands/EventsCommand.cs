using System.CommandLine;
using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport events</c>: the histories of many resources as one stream.</summary>
internal static class EventsCommand
{
    public static Command Create()
    {
        var cluster = CommonOptions.Cluster();
        var all = CommonOptions.All();
        var past = new Option<int>("--past")
        {
            Description = "Print so many past events first.",
            DefaultValueFactory = _ => 10,
            HelpName = "N",
        }.Must(text => uint.TryParse(text, out _), "a number from 0");
        var once = new Option<bool>("--no-follow") { Description = "Print the past events only." };
        var format = FormatOption.Create("table", "json");
        return new ClientCommand(
            "events",
            "Prints requests, changes of conditions and repairs of all clusters and exposures as they happen, until Ctrl+C.",
            "meshport events",
            "meshport events --cluster istiotest --past 100 --no-follow -o json"
        )
        {
            cluster,
            all,
            past,
            once,
            format,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                var scope = await session.ScopeAsync(arguments.GetValue(all), cancellationToken);
                var id = arguments.GetValue(cluster) is { } name
                    ? await session.FindExistingClusterAsync(name, cancellationToken)
                    : default;
                var stream = new EventStream(api, id.Name is null ? scope : new Scope(id.SubscriptionId, id.ResourceGroup), id.Name);
                return await new EventWriter(session.Screen, FormatOption.Of(arguments.GetValue(format))).RunAsync(
                    stream,
                    arguments.GetValue(past),
                    isOnce: arguments.GetValue(once),
                    cancellationToken
                );
            }
        );
    }
}

/// <summary>Reads the histories, and remembers the entries that were read.</summary>
/// <param name="cluster">Only this cluster of the scope. Null reads all.</param>
internal sealed class EventStream(MeshPortApi api, Scope scope, string? cluster)
{
    private const int Concurrent = 8;
    private const int ReadsPerSecond = 50; // the server allows 6,000 requests a minute to a caller
    private readonly HashSet<(string Path, HistoryView Entry)> _seen = [];
    private int _resources;

    /// <summary>How long to wait before the next read: longer with many resources.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(Math.Max(1, _resources / (double)ReadsPerSecond));

    /// <returns>The entries that are new, oldest first.</returns>
    public async Task<IReadOnlyList<(ResourceView Resource, HistoryView Entry)>> ReadAsync(CancellationToken cancellationToken)
    {
        var clusters = (await api.ListClustersAsync(scope, cancellationToken)).Where(one =>
            cluster is null || string.Equals(one.Metadata.Name, cluster, StringComparison.OrdinalIgnoreCase)
        );
        var exposures = await api.ListExposuresAsync(scope, new ExposureFilter(Cluster: cluster), cancellationToken);
        var paths = clusters.Concat(exposures).Select(one => one.Metadata.Id).ToList();
        _resources = paths.Count;
        var found = new ResourceView?[paths.Count];
        await Parallel.ForAsync(
            0,
            paths.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrent, CancellationToken = cancellationToken },
            async (index, token) => found[index] = await api.FindAsync(paths[index], token)
        );
        return
        [
            .. found
                .OfType<ResourceView>() // one may have been deleted since the list was read
                .SelectMany(one => (one.Status.History ?? []).Select(entry => (Resource: one, Entry: entry)))
                .Where(one => _seen.Add((one.Resource.Metadata.Id, one.Entry)))
                .OrderBy(one => one.Entry.At),
        ];
    }
}

/// <summary>Writes events as lines.</summary>
internal sealed class EventWriter(Screen screen, Format format)
{
    public async Task<int> RunAsync(EventStream stream, int past, bool isOnce, CancellationToken cancellationToken)
    {
        try
        {
            Write((await stream.ReadAsync(cancellationToken)).TakeLast(past));
            var patience = screen.EndlessPatience();
            while (!isOnce)
            {
                await Task.Delay(stream.Interval, TimeProvider.System, cancellationToken);
                Write(await patience.ReadAsync(() => stream.ReadAsync(cancellationToken), cancellationToken));
            }

            return ExitCodes.Success;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted; // the usual end
        }
    }

    private void Write(IEnumerable<(ResourceView Resource, HistoryView Entry)> events)
    {
        foreach (var (resource, entry) in events)
        {
            screen.Out.WriteLine(format == Format.Json ? Json(resource, entry) : Line(resource, entry));
        }

        screen.Out.Flush();
    }

    private static string Json(ResourceView resource, HistoryView entry) =>
        JsonText.WriteLine(JsonSerializer.SerializeToNode(new { resource = resource.Metadata.Id, entry }, JsonSerializerOptions.Web));

    private string Line(ResourceView resource, HistoryView entry)
    {
        var cells = HistoryCommand.Cells(entry);
        var name = resource.Metadata.Id == resource.Cluster.Path ? "" : $"/{resource.Metadata.Name}";
        return screen.Paint.Status(
            $"{cells[0]}  {resource.Cluster.Name + name, -30}  {cells[1], -18}  {cells[2], -7}  {cells[3], -20}  {cells[5]}".TrimEnd(),
            entry.Status ?? "True"
        );
    }
}
