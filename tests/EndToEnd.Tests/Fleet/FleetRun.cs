using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Storage.Queues;
using MeshPort.Host.Hosting;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.Runtime.Tests.Queues;
using MeshPort.Sandbox;
using Microsoft.Data.Sqlite;

namespace MeshPort.EndToEnd.Tests.Fleet;

/// <summary>
/// Many clusters whose exposures come by queue, while a fifth of all requests fail and the process is killed several times. The queue is a
/// separate service, as in Azure, and runs in the sandbox's time.
/// </summary>
internal sealed class FleetRun : IAsyncDisposable
{
    private const int Senders = 8;
    private readonly string _directory = Directory.CreateTempSubdirectory("meshport-fleet-").FullName;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly EmbeddedService _queues;
    private readonly Uri _address = new($"http://127.0.0.1:{LoopbackPorts.Free()}/");
    private readonly CancellationToken _cancellationToken;
    private long _started;
    private TimeSpan? _took;
    private MeshPortProcess? _meshPort;
    private TimeSpan _killed; // the processor time of the killed processes

    private FleetRun(FleetPlan plan, AzureSandbox azure, EmbeddedService queues, CancellationToken cancellationToken)
    {
        (Plan, Azure, _queues, _cancellationToken) = (plan, azure, queues, cancellationToken);
        Client = new HttpClient(_handler) { BaseAddress = _address };
    }

    public FleetPlan Plan { get; }

    public AzureSandbox Azure { get; }

    public HttpClient Client { get; }

    /// <summary>The time from the first request until everything is Ready.</summary>
    public TimeSpan Elapsed => _took ?? Wait.Time.GetElapsedTime(_started);

    public int Killed { get; private set; }

    /// <summary>The largest amount of memory of one process, in bytes.</summary>
    public long PeakWorkingSet { get; private set; }

    /// <summary>The memory of the present process when it was last measured, in bytes.</summary>
    public long WorkingSet { get; private set; }

    /// <summary>The size of the files of State and orchestrations, in bytes.</summary>
    public long DataSize => new DirectoryInfo(_directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>The sum of all processes.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    public string Errors => _meshPort?.Errors ?? "";

    public QueueClient Queue(string name) => _queues.Client().GetQueueClient(name);

    public static async Task<FleetRun> StartAsync(FleetPlan plan, CancellationToken cancellationToken)
    {
        var azure = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = plan.TimeScale,
                Seed = plan.Seed,
                RulesOfNode = 2000,
            },
            cancellationToken
        );
        var run = new FleetRun(plan, azure, await EmbeddedService.StartAsync(azure.Clock, cancellationToken), cancellationToken);
        if (!plan.IsPaced)
        {
            KeptClock.Keep(run._directory, azure.Clock, isPaced: false);
        }

        await run.Queue(ExposureQueue.Name).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        if (plan.HasFaults)
        {
            InjectedFaults.Add(azure);
        }

        await run.ServeAsync();
        return run;
    }

    /// <summary>Sends all requests and waits until everything is Ready.</summary>
    public async Task RunAsync(TimeSpan within, Action<string> tell)
    {
        _started = Wait.Time.GetTimestamp();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        var killing = KillAsync(tell, watching.Token);
        var asking = AskAsync();
        try
        {
            foreach (var cluster in Plan.Ids)
            {
                await Wait.UntilAsync(
                    $"{cluster.Name} is Ready with its exposures",
                    within - Elapsed,
                    () => IsReadyAsync(cluster),
                    _cancellationToken
                );
                if (Elapsed > within)
                {
                    throw new TimeoutException($"Not within {within}: {cluster.Name} and later clusters.");
                }
            }

            await asking;
            _took = Elapsed;
            Measure();
        }
        finally
        {
            await watching.CancelAsync();
            await killing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>GET of a resource of MeshPort; null while the process is down.</summary>
    public async Task<JsonElement?> GetAsync(string path)
    {
        try
        {
            using var answer = await Client.GetAsync(path, _cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<JsonElement>(_cancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public static bool IsTrue(JsonElement resource, string condition) =>
        resource
            .GetProperty("status")
            .GetProperty("conditions")
            .EnumerateArray()
            .Any(one => one.GetProperty("type").GetString() == condition && one.GetProperty("status").GetString() == "True");

    /// <summary>The number of Ready exposures, and the status of the first other one.</summary>
    public async Task<string> DescribeAsync()
    {
        var found = new List<JsonElement>();
        foreach (var cluster in Plan.Ids)
        {
            found.AddRange(await ExposuresAsync(cluster));
        }

        var waiting = found.FirstOrDefault(exposure => !IsTrue(exposure, ConditionTypes.Ready));
        return $"{found.Count} exposures are known, {found.Count(exposure => IsTrue(exposure, ConditionTypes.Ready))} are Ready. "
            + $"{(waiting.ValueKind == JsonValueKind.Undefined ? "" : waiting.GetRawText())}";
    }

    public async Task<IReadOnlyList<JsonElement>> ExposuresAsync(ClusterId cluster) =>
        await GetAsync($"{cluster.Path}/exposures?top=1000") is { } page ? [.. page.GetProperty("value").EnumerateArray()] : [];

    public async ValueTask DisposeAsync()
    {
        if (_meshPort is not null)
        {
            await _meshPort.DisposeAsync();
        }

        Client.Dispose();
        _handler.Dispose();
        await _queues.DisposeAsync();
        await Azure.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Uses the same port every time, so that clients can ignore a restart.</summary>
    private async Task ServeAsync()
    {
        var settings = new Dictionary<string, string>(MeshPortProcess.Settings(Azure).Concat(Plan.Environment))
        {
            ["AzureWebJobsStorage"] = _queues.ConnectionString,
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development", // polls the queue at least every 2 s
            ["MeshPort__PortBudget"] = "2000",
            ["MeshPort__Resync__ManagedService"] = Plan.Resync,
        };
        _meshPort = MeshPortProcess.Start(
            settings,
            "serve",
            "--port",
            $"{_address.Port}",
            "--data",
            _directory,
            "--time-scale",
            $"{Plan.TimeScale}"
        );
        await _meshPort.ReadyAsync(_cancellationToken);
    }

    private async Task AskAsync()
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = _cancellationToken };
        await Parallel.ForEachAsync(Plan.Ids, options, (cluster, _) => new ValueTask(PutAsync(cluster)));
        var queue = Queue(ExposureQueue.Name);
        await Parallel.ForEachAsync(Plan.Messages(), options, async (message, token) => await queue.SendMessageAsync(message, token));
    }

    /// <summary>Repeats a request until it has an answer.</summary>
    private Task PutAsync(ClusterId cluster) =>
        Wait.UntilAsync(
            $"PUT of {cluster.Name} is answered",
            TimeSpan.FromMinutes(1),
            async () =>
            {
                try
                {
                    using var answer = await Client.PutAsJsonAsync(cluster.Path, new { spec = FleetPlan.ClusterSpec }, _cancellationToken);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            _cancellationToken
        );

    private async Task KillAsync(Action<string> tell, CancellationToken cancellationToken)
    {
        for (var kill = 1; kill <= Plan.Kills; kill++)
        {
            var due = 2L * Plan.Exposures * kill / (Plan.Kills + 1); // two objects for each exposure
            await Wait.UntilAsync(
                $"{due} objects are written",
                TimeSpan.FromHours(1),
                () => Azure.Traffic.KubernetesWrites >= due,
                cancellationToken
            );
            Measure();
            _killed = ProcessorTime;
            await (_meshPort?.KillAsync(cancellationToken) ?? Task.CompletedTask);
            await (_meshPort?.DisposeAsync() ?? ValueTask.CompletedTask);
            var down = Stopwatch.StartNew();
            await ServeAsync();
            Killed = kill;
            tell($"killed after {Elapsed.TotalSeconds:0.0} s and {due:N0} writes; serves again after {down.Elapsed.TotalSeconds:0.0} s");
        }
    }

    /// <summary>
    /// The time of the newest step of any keeper by the clock of the process, and the seconds from each
    /// keeper's last step to it, in order. A keeper makes a step when its timer fires and when its resync
    /// ends, so a resync that waits for its turn does not show.
    /// </summary>
    public (TimeSpan Newest, double[] Ages) Keepers()
    {
        var path = Directory.EnumerateFiles(_directory, "durable.db", SearchOption.AllDirectories).Single();
        using var store = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString()
        );
        store.Open();
        using var query = store.CreateCommand();
        query.CommandText = "SELECT updated FROM instances WHERE name = 'KeepClusterOrchestrator'";
        using var rows = query.ExecuteReader();
        var steps = new List<long>();
        while (rows.Read())
        {
            steps.Add(rows.GetInt64(0));
        }

        var now = steps.Max();
        return (TimeSpan.FromTicks(now), [.. steps.Select(step => TimeSpan.FromTicks(now - step).TotalSeconds).Order()]);
    }

    /// <summary>Updates the figures of memory and processor time.</summary>
    public void Measure()
    {
        ProcessorTime = _killed + (_meshPort?.Measure() ?? TimeSpan.Zero);
        PeakWorkingSet = Math.Max(PeakWorkingSet, _meshPort?.PeakWorkingSet ?? 0);
        WorkingSet = _meshPort?.WorkingSet ?? 0;
    }

    private async Task<bool> IsReadyAsync(ClusterId cluster) =>
        await GetAsync(cluster.Path) is { } found
        && IsTrue(found, ConditionTypes.Ready)
        && await ExposuresAsync(cluster) is var exposures
        && exposures.Count == Plan.ExposuresEach
        && exposures.All(exposure => IsTrue(exposure, ConditionTypes.Ready));
}
