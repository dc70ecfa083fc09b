using System.Text.RegularExpressions;

namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>A fenced code block of a document.</summary>
/// <param name="Place">The document and the line, for messages.</param>
/// <param name="Language">The first word behind the fence, by which GitHub colours the block.</param>
/// <param name="Words">The other words, which no reader sees: <c>test</c> and others (CONTRIBUTING.md).</param>
internal sealed partial record CodeBlock(string Place, string Language, IReadOnlyList<string> Words, string Text)
{
    private static readonly string[] Folders = ["docs", "infra", "."];

    /// <summary>The documents for users and operators, relative to the repository. Decisions describe the past and are left out.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. Folders
            .SelectMany(folder =>
                Directory.EnumerateFiles(
                    Path.Combine(Repository.Root, folder),
                    "*.md",
                    folder == "docs" ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly
                )
            )
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("docs/adr/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyList<CodeBlock> Of(string document)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, document));
        return
        [
            .. Fence()
                .Matches(text)
                .Select(block =>
                {
                    var words = block.Groups["info"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    var line = text.AsSpan(0, block.Index).Count('\n') + 1;
                    return new CodeBlock(
                        $"{document}:{line}",
                        words.FirstOrDefault() ?? "",
                        words[Math.Min(1, words.Length)..],
                        Outdented(block)
                    );
                }),
        ];
    }

    public static IEnumerable<CodeBlock> OfAll() => Documents.SelectMany(Of);

    /// <summary>A block within a list is indented.</summary>
    private static string Outdented(Match block) =>
        Regex.Replace(block.Groups["text"].Value, $"^{block.Groups["indent"].Value}", "", RegexOptions.Multiline);

    [GeneratedRegex(@"^(?<indent> *)```(?<info>[^`\n]*)\n(?<text>.*?)^\k<indent>```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
