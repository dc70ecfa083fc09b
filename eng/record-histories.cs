// Records the histories of orchestrations as fixtures of tests/EndToEnd.Tests/Replay. Run it after a change of an orchestrator, together
// with a MeshPort that creates, changes and removes clusters. It reads the durable store until Ctrl+C or SIGTERM. Then it writes one file
// for each shape of history:
//   dotnet run eng/record-histories.cs -- DATA_DIRECTORY tests/EndToEnd.Tests/Replay/Histories
#:package Microsoft.Data.Sqlite

using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

if (args is not [var data, var output])
{
    Console.Error.WriteLine("Pass the data directory of a MeshPort and the output folder.");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var path = Directory.EnumerateFiles(data, "durable.db", SearchOption.AllDirectories).Single();
using var store = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly }.ToString());
store.Open();
using var query = store.CreateCommand();
query.CommandText = """
    SELECT i.name, i.id, i.execution, i.status, group_concat(h.events, ',' ORDER BY h.seq)
    FROM instances i JOIN history h ON h.instance_id = i.id GROUP BY i.id
    """;

// An orchestration that continues as new starts another execution with an empty history. The last read of each execution is kept.
var seen = new Dictionary<string, History>();
do
{
    using var rows = query.ExecuteReader();
    while (rows.Read())
    {
        var history = new History(rows.GetString(0), rows.GetString(1), rows.GetInt32(3), $"[{rows.GetString(4)}]");
        seen[$"{history.Instance} {rows.GetString(2)}"] = history;
    }
} while (!stop.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100)));

// One file for each shape. A history that is the prefix of another is skipped, because the test replays every step.
Directory.CreateDirectory(output);
var shapes = seen.Values.Select(history => (History: history, Shape: history.Shape())).DistinctBy(one => one.Shape).ToList();
foreach (var (history, shape) in shapes)
{
    if (shapes.Exists(other => other.Shape != shape && other.Shape.StartsWith(shape, StringComparison.Ordinal)))
    {
        continue;
    }

    var name = history.Orchestrator.Replace("Orchestrator", "", StringComparison.Ordinal);
    var number = Directory.EnumerateFiles(output, $"{name}-*.json").Count() + 1;
    File.WriteAllText(Path.Combine(output, $"{name}-{number}.json"), history.ToJson());
    Console.WriteLine($"{name}-{number}");
}

return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

internal sealed record History(string Orchestrator, string Instance, int Status, string Events)
{
    private const int Running = 0; // OrchestrationRuntimeStatus
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private IEnumerable<JsonArray> Steps => JsonNode.Parse(Events)!.AsArray().Select(step => step!.AsArray());

    // One line for each step.
    public string ToJson() =>
        $$"""
            {"orchestrator":"{{Orchestrator}}","instance":"{{Instance}}","steps":[
            {{string.Join(",\n", Steps.Select(step => step.ToJsonString(Plain)))}}
            ]}

            """;

    // The names of the events, in order. Results follow from calls, so they are left out. A call that repeats after a timer counts once.
    public string Shape()
    {
        var shape = new List<string>();
        foreach (var happened in Steps.SelectMany(step => step))
        {
            if ($"{happened!["e"]}" is var kind && kind is not ("step" or "taskCompleted" or "childCompleted" or "timerFired"))
            {
                shape.Add($"{kind} {happened["Name"]}");
            }

            if (shape is [.., var first, var second, var third, var fourth] && first == third && second == fourth)
            {
                shape.RemoveRange(shape.Count - 2, 2);
            }
        }

        return $"{Orchestrator}: {string.Join('|', shape)}|{(Status == Running ? "" : $"ended as {Status}")}";
    }
}
