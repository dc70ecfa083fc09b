// Writes the histories of all orchestrations in a durable store as fixtures of tests/EndToEnd.Tests/Replay, one for each shape. Run it before a release, while and after a MeshPort of it
// converges, changes and removes a cluster:
//   dotnet run eng/record-histories.cs -- DATA_DIRECTORY tests/EndToEnd.Tests/Replay/Histories/VERSION
#:package Microsoft.Data.Sqlite

using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

if (args is not [var data, var output])
{
    Console.Error.WriteLine("Name the data directory of a MeshPort, and the folder to write to.");
    return 2;
}

Directory.CreateDirectory(output);
using var store = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Directory.EnumerateFiles(data, "durable.db", SearchOption.AllDirectories).Single(), Mode = SqliteOpenMode.ReadOnly }.ToString());
store.Open();
using var query = store.CreateCommand();
query.CommandText = "SELECT i.name, i.id, group_concat(h.events, ',' || char(10) ORDER BY h.seq) FROM instances i JOIN history h ON h.instance_id = i.id GROUP BY i.id";
var known = Directory.EnumerateFiles(output, "*.json").Select(file => Shape(File.ReadAllText(file))).ToHashSet();
using var rows = query.ExecuteReader();
while (rows.Read())
{
    var (orchestrator, instance) = (rows.GetString(0), rows.GetString(1));
    var text = $"{{\"orchestrator\":\"{orchestrator}\",\"instance\":\"{instance}\",\"steps\":[\n{rows.GetString(2)}\n]}}\n";
    if (known.Add(Shape(text)))
    {
        var name = orchestrator.Replace("Orchestrator", "", StringComparison.Ordinal);
        var number = Directory.EnumerateFiles(output, $"{name}-*.json").Count() + 1;
        File.WriteAllText(Path.Combine(output, $"{name}-{number}.json"), text);
        Console.WriteLine($"{name}-{number}");
    }
}

return 0;

// What happened, without when and with what.
static string Shape(string history)
{
    var json = JsonNode.Parse(history)!;
    return $"{json["orchestrator"]}: {string.Join('|', json["steps"]!.AsArray().Select(step => string.Join(',', step!.AsArray().Select(happened => $"{happened!["e"]} {happened["Name"]}"))))}";
}
