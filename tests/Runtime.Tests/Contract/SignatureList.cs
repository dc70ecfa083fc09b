namespace MeshPort.Runtime.Tests.Contract;

/// <summary>signatures.txt: members by the line that opens their type.</summary>
internal static class SignatureList
{
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Read()
    {
        using var stream = typeof(SignatureList).Assembly.GetManifestResourceStream("signatures.txt")
            ?? throw new InvalidOperationException("signatures.txt is not embedded.");
        using var reader = new StreamReader(stream);
        var types = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        var members = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                Assert.True(members.Add(line[2..]), $"signatures.txt has '{line}' twice.");
            }
            else
            {
                types.Add(line, members = new HashSet<string>(StringComparer.Ordinal));
            }
        }

        return types;
    }
}
