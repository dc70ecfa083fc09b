using System.Text.RegularExpressions;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The links in the documents, to files and headings of the repository.</summary>
public sealed partial class DocumentLinkTests
{
    private static readonly string[] Skipped = ["artifacts", "bin", "node_modules", "obj"];

    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        var documents = Documents(new DirectoryInfo(Repository.Root)).ToDictionary(file => file, File.ReadAllText);
        var headings = documents.ToDictionary(
            one => one.Key,
            one => Heading().Matches(one.Value).Select(heading => Anchor(heading.Groups[1].Value)).ToHashSet()
        );

        var broken =
            from document in documents
            from link in Link().Matches(Code().Replace(document.Value, ""))
            let parts = link.Groups[1].Value.Split('#', 2)
            where !Uri.IsWellFormedUriString(parts[0], UriKind.Absolute)
            let file = parts[0] == "" ? document.Key : Path.GetFullPath(parts[0], Path.GetDirectoryName(document.Key)!)
            where !Path.Exists(file) || (parts.Length == 2 && headings.TryGetValue(file, out var known) && !known.Contains(parts[1]))
            select $"{Path.GetRelativePath(Repository.Root, document.Key)}: {link.Groups[1].Value}";

        Assert.True(documents.Count > 20, "The documents were not found.");
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Documents(DirectoryInfo directory) =>
        directory
            .EnumerateFiles("*.md")
            .Select(file => file.FullName)
            .Concat(directory.EnumerateDirectories().Where(folder => !Skipped.Contains(folder.Name)).SelectMany(Documents));

    /// <summary>The anchor that GitHub gives to a heading.</summary>
    private static string Anchor(string heading) => NotInAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
