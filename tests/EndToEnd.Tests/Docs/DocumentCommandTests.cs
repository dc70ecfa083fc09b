namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>The commands of documents run as they are written, against the simulated Azure, and print what the documents show.</summary>
public sealed class DocumentCommandTests
{
    /// <summary>The documents with a block <c>sh test</c>.</summary>
    public static TheoryData<string> Tested =>
        [.. CodeBlock.Documents.Where(document => CodeBlock.Of(document).Any(DocumentScript.IsTested))];

    [Theory]
    [MemberData(nameof(Tested))]
    public async Task The_commands_of_a_document_print_what_it_shows(string document)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");
        var blocks = CodeBlock.Of(document).Where(block => DocumentScript.IsTested(block) || DocumentScript.IsOutput(block)).ToList();
        foreach (var tool in (string[])["kubectl", "openssl"])
        {
            Assert.SkipWhen(
                blocks.Any(block => block.Text.Contains($"{tool} ", StringComparison.Ordinal)) && !Has(tool),
                $"This machine has no {tool}."
            );
        }

        using var script = new DocumentScript(blocks);
        await script.RunAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Every_shown_output_belongs_to_a_tested_block()
    {
        Assert.True(Tested.Count > 3, "The documents were not found.");
        foreach (var document in CodeBlock.Documents)
        {
            var blocks = CodeBlock.Of(document).Where(block => DocumentScript.IsTested(block) || DocumentScript.IsOutput(block)).ToList();
            Assert.All(
                blocks.Zip(blocks.Skip(1)).Where(pair => DocumentScript.IsOutput(pair.Second)),
                pair => Assert.True(DocumentScript.IsTested(pair.First), pair.Second.Place)
            );
            Assert.False(blocks is [var first, ..] && DocumentScript.IsOutput(first), document);
        }
    }

    [Theory]
    [InlineData("a\n...\nb c\n", "a\nx\ny\nb  c\n", true)]
    [InlineData("at 127.20.0.1:9000 in 3 s", "at 127.23.0.9:9000 in 1 min 12 s\n", true)]
    [InlineData("2026-11-29 11:22:14 Ready ... desired.", "2027-01-01 00:00:00   Ready   as desired.\n", true)]
    [InlineData("http://127.0.0.1:7071/console", "http://127.0.0.1:35001/console\n", true)]
    [InlineData("at 127.20.0.1:9000", "at 127.20.0.1:9001\n", false)]
    [InlineData("a\nb", "a\nx\nb\n", false)]
    [InlineData("Ready", "Ready\nNot ready\n", false)]
    public void Shown_output_stands_for_what_may_differ_and_for_nothing_else(string shown, string actual, bool matches) =>
        Assert.Equal(matches, ShownOutput.Matches(shown, actual));

    private static bool Has(string tool) =>
        Environment.GetEnvironmentVariable($"MESHPORT_TEST_{tool.ToUpperInvariant()}") is { Length: > 0 }
        || (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, tool)));
}
