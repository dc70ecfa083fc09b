using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Tests.AzureCli;

/// <summary>
/// A command of Azure CLI and the requests that it sent, in the JSON files beside this one. Polls are left out. An expected answer is a
/// part of the whole answer; a request without one is only expected to have its status.
/// </summary>
internal sealed record RecordedCommand(string Command, IReadOnlyList<RecordedRequest> Requests)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<RecordedCommand> Read(string file) =>
        JsonSerializer.Deserialize<List<RecordedCommand>>(
            File.ReadAllText(Path.Combine(Repository.Root, "tests", "Sandbox.Tests", "AzureCli", file)),
            Web
        ) ?? throw new InvalidDataException($"{file} has no commands.");
}

internal sealed record RecordedRequest(string Method, string Path, JsonNode? Body, int Status, JsonNode? Answer);
