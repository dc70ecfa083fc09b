using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Host;
using MeshPort.Host.Environments;
using YamlDotNet.RepresentationModel;

namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>The code blocks of all documents, also of those whose commands do not run here.</summary>
public sealed partial class DocumentBlockTests
{
    private static readonly string[] Shells = ["sh", "console"];
    private static readonly string[] Parts = ["subscriptionId", "resourceGroup", "cluster", "exposures"];

    /// <summary>
    /// Commands of Azure CLI that have no recording. All are in the command table of Azure CLI 2.45, except <c>az bicep build-params</c>,
    /// which is newer (https://learn.microsoft.com/cli/azure/bicep).
    /// </summary>
    private static readonly string[] NotRecorded =
    [
        "account show",
        "ad app create",
        "ad app update",
        "ad signed-in-user show",
        "ad sp create",
        "ad sp show",
        "bicep build-params",
        "cloud register",
        "cloud set",
        "deployment sub create",
        "deployment sub show",
        "deployment sub what-if",
        "functionapp deployment source config-zip",
        "functionapp keys list",
        "login",
        "network private-dns link vnet create",
        "network private-dns zone list",
        "network vnet peering create",
        "rest",
    ];

    [Fact]
    public void Every_yaml_block_of_an_environment_is_accepted_by_the_validator()
    {
        var blocks = CodeBlock.OfAll().Where(block => block.Language == "yaml" && IsEnvironment(Root(block.Text))).ToList();

        Assert.True(blocks.Count > 5, "The blocks were not found.");
        Assert.All(blocks, block => Assert.Equal("", Problems(Completed(block.Text))));
    }

    [Fact]
    public void Every_json_block_is_json() =>
        Assert.All(CodeBlock.OfAll().Where(block => block.Language == "json"), block => Assert.NotNull(JsonNode.Parse(block.Text)));

    [Fact]
    public void Every_command_of_MeshPort_has_the_words_and_options_that_a_document_writes()
    {
        var root = MeshPortCommands.Create();
        var commands = Lines(MeshPortCommand()).ToList();

        Assert.True(commands.Count > 50, "The commands were not found.");
        Assert.All(
            commands,
            command =>
            {
                var parsed = root.Parse(command.Text.Replace('\'', '"'));
                Assert.True(parsed.Errors.Count == 0, $"{command.Place}: meshport {command.Text}: {string.Join(' ', parsed.Errors)}");
            }
        );
    }

    [Fact]
    public void Every_command_of_Azure_CLI_exists()
    {
        var recorded = ((string[])["az-2.45.json", "az-2.85.json"])
            .Select(file => File.ReadAllText(Path.Combine(Repository.Root, "tests", "Sandbox.Tests", "AzureCli", file)))
            .SelectMany(text => JsonNode.Parse(text)?.AsArray() ?? [])
            .Select(one => AzureCommand().Match($"{one?["command"]}").Groups["text"].Value);
        var known = recorded.Concat(NotRecorded).ToHashSet(StringComparer.Ordinal);
        var commands = Lines(AzureCommand()).ToList();

        Assert.True(commands.Count > 15, "The commands were not found.");
        Assert.Empty(commands.Where(command => !known.Contains(command.Text)).Select(command => $"{command.Place}: az {command.Text}"));
    }

    /// <summary>What the pattern finds in the blocks for a shell, without comments, and with continued lines as one.</summary>
    private static IEnumerable<(string Place, string Text)> Lines(Regex pattern) =>
        from block in CodeBlock.OfAll()
        where Shells.Contains(block.Language) || block.Words.Contains("pipeline")
        from line in block.Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        from match in pattern.Matches(Comment().Replace(line, ""))
        select (block.Place, match.Groups["text"].Value.Trim());

    /// <summary>Not an object of Kubernetes, a pipeline or other YAML.</summary>
    private static bool IsEnvironment(YamlNode root) =>
        root switch
        {
            YamlMappingNode map => Parts.Any(part => map.Children.ContainsKey(part)),
            YamlSequenceNode list => list.Children is [YamlMappingNode exposure, ..] && exposure.Children.ContainsKey("spec"),
            _ => false,
        };

    /// <summary>A page may show a part of an environment.</summary>
    private static string Completed(string text)
    {
        if (Root(text) is not YamlMappingNode map)
        {
            return Completed($"exposures:\n{text}");
        }

        var missing = Parts.Where(part => !map.Children.ContainsKey(part));
        return string.Concat(missing.Select(part => $"{part}: {Standard(part)}\n")) + text;
    }

    private static string Standard(string part) =>
        part switch
        {
            "subscriptionId" => "00000000-0000-0000-0000-000000000000",
            "resourceGroup" => "istiotest",
            "cluster" => "{ name: istiotest, spec: { location: eastus2 } }",
            _ => "[]",
        };

    private static YamlNode Root(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents[0].RootNode;
    }

    private static string Problems(string text)
    {
        var problems = new List<InputProblem>();
        foreach (var document in YamlDocumentReader.Parse("block", text, problems))
        {
            var reading = new EnvironmentReading(document);
            EnvironmentValidator.Validate(reading);
            problems.AddRange(reading.Problems);
        }

        return string.Join('\n', problems);
    }

    [GeneratedRegex(@"(?:^|[|&;(]|\$ |run: )\s*(?:[A-Z_]+=\S+ )*meshport (?<text>(?:'[^']*'|""[^""]*""|[^|&;<>()`'""])*)")]
    private static partial Regex MeshPortCommand();

    [GeneratedRegex("(?<![\\w./-])az (?<text>[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*)")]
    private static partial Regex AzureCommand();

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();
}
