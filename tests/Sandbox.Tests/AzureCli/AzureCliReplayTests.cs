using System.Text.Json.Nodes;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.AzureCli;

/// <summary>The requests of Azure CLI for each command of the walk-through and for others, one command after the other.</summary>
public sealed class AzureCliReplayTests(GenerousArmFixture fixture) : IClassFixture<GenerousArmFixture>
{
    /// <param name="file">Version 2.45 was run against the sandbox. The requests of 2.85 are from its own recordings of Azure.</param>
    [Theory]
    [InlineData("az-2.45.json")]
    [InlineData("az-2.85.json")]
    public async Task Azure_cli_is_answered_as_expected(string file)
    {
        var problems = new List<string>();
        foreach (var command in RecordedCommand.Read(file))
        {
            foreach (var request in command.Requests)
            {
                var answer = await fixture.SendAsync(request.Method, request.Path, request.Body?.ToJsonString());
                await ArmFixture.QuietAsync(fixture.Sandbox);
                if (answer.Status != request.Status)
                {
                    problems.Add($"{command.Command}: {request.Method} {request.Path}: {answer.Status} {answer.Body.ToJsonString()}");
                }
                else
                {
                    problems.AddRange(
                        Differences(request.Answer, answer.Body, "").Select(at => $"{command.Command}: {request.Path}: {at}")
                    );
                }
            }
        }

        Assert.Empty(problems);
    }

    private static IEnumerable<string> Differences(JsonNode? expected, JsonNode? actual, string path) =>
        (expected, actual) switch
        {
            (null, _) => [],
            (JsonObject wanted, JsonObject found) => wanted.SelectMany(property =>
                Differences(property.Value, found[property.Key], $"{path}.{property.Key}")
            ),
            (JsonArray wanted, JsonArray found) when wanted.Count == found.Count => wanted.SelectMany(
                (item, index) => Differences(item, found[index], $"{path}[{index}]")
            ),
            _ when JsonNode.DeepEquals(expected, actual) => [],
            _ => [$"{path} is {actual?.ToJsonString() ?? "absent"}, not {expected.ToJsonString()}"],
        };
}
