using System.Security.Cryptography;

namespace MeshPort.WebConsole;

/// <summary>A script, style sheet or picture of the console, embedded in the assembly.</summary>
internal sealed record ConsoleFile(byte[] Content, string ContentType, string Etag)
{
    private const string Prefix = "console/";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>All files by their names.</summary>
    public static readonly IReadOnlyDictionary<string, ConsoleFile> All = typeof(ConsoleFile)
        .Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

    /// <summary>The etag of a text or a file: a digest of its content.</summary>
    public static string EtagOf(ReadOnlySpan<byte> content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content)[..16])}\"";

    private static ConsoleFile Read(string name)
    {
        using var stream = typeof(ConsoleFile).Assembly.GetManifestResourceStream(name) ?? Stream.Null;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new ConsoleFile(content, Types[Path.GetExtension(name)], EtagOf(content));
    }
}
