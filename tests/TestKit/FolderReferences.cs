using System.Text.RegularExpressions;

namespace MeshPort.TestKit;

/// <summary>The references between the top-level folders of a project, read from its sources.</summary>
/// <param name="root">The project's folder, in which <c>A/B.cs</c> belongs to folder A and a file beside the folders to folder "".</param>
/// <param name="rootNamespace">The namespace of the project; that of folder A is <c>rootNamespace.A</c>.</param>
public sealed class FolderReferences(string root, string rootNamespace)
{
    private readonly Regex _reference = new($@"\b{Regex.Escape(rootNamespace)}\.(?<folder>[A-Z]\w*)[.;]");

    public IEnumerable<string> Folders => Directory.GetDirectories(root).Select(path => Path.GetFileName(path)).Except(["bin", "obj"]);

    /// <returns>The references to other folders, with the path of the source from the root.</returns>
    public IReadOnlyList<(string Source, string From, string To)> Find() =>
        [
            .. from path in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            let source = Path.GetRelativePath(root, path)
            let parts = source.Split(Path.DirectorySeparatorChar)
            where parts[0] is not ("bin" or "obj")
            let folder = parts.Length > 1 ? parts[0] : ""
            from line in File.ReadLines(path)
            from used in FindIn(line)
            where used != folder
            select (source, folder, used),
        ];

    /// <returns>The folders that a line of source refers to.</returns>
    public IEnumerable<string> FindIn(string line) =>
        line.StartsWith("namespace ", StringComparison.Ordinal)
            ? []
            : _reference.Matches(line).Select(match => match.Groups["folder"].Value);
}
