using System.Text.Json.Nodes;
using MeshPort.Runtime.Durable.History;

namespace MeshPort.EndToEnd.Tests.Replay;

/// <summary>What an orchestration of an earlier version had in its history, step by step; read from <c>Histories/VERSION/</c>, or from the durable store of a MeshPort that has stopped.</summary>
internal sealed record RecordedHistory(string Orchestrator, string Instance, IReadOnlyList<IReadOnlyList<HistoryEvent>> Steps)
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Replay", "Histories");

    public static RecordedHistory Read(string file)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))?.AsObject() ?? throw new InvalidDataException($"{file} is empty.");
        return new RecordedHistory(
            json["orchestrator"]!.GetValue<string>(), // as they are recorded
            json["instance"]!.GetValue<string>(),
            [.. json["steps"]!.AsArray().Select(step => HistoryEvent.ManyFromJson(step!.ToJsonString()))]);
    }
}
