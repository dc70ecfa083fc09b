using System.Text.Json.Nodes;
using MeshPort.Runtime.Durable.History;

namespace MeshPort.EndToEnd.Tests.Replay;

/// <summary>The history of an orchestration, step by step. <c>eng/record-histories.cs</c> writes the files.</summary>
internal sealed record RecordedHistory(string Orchestrator, string Instance, IReadOnlyList<IReadOnlyList<HistoryEvent>> Steps)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Replay", "Histories");

    /// <summary>The names of all recorded histories, such as <c>KeepCluster-1</c>.</summary>
    public static IReadOnlyList<string> Names =>
        [.. Directory.EnumerateFiles(Folder).Select(Path.GetFileNameWithoutExtension).OfType<string>().Order()];

    public static RecordedHistory Read(string name)
    {
        var file = Path.Combine(Folder, $"{name}.json");
        var json = JsonNode.Parse(File.ReadAllText(file))?.AsObject() ?? throw new InvalidDataException($"{file} is empty.");
        return new RecordedHistory(
            json["orchestrator"]!.GetValue<string>(), // as they are recorded
            json["instance"]!.GetValue<string>(),
            [.. json["steps"]!.AsArray().Select(step => HistoryEvent.ManyFromJson(step!.ToJsonString()))]
        );
    }
}
