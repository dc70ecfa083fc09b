using System.Text.RegularExpressions;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>docs/threat-model.md names a test for each mitigation.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_test_that_holds_a_mitigation_exists()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension)
            .ToHashSet(StringComparer.Ordinal);
        var named = Name()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "threat-model.md")))
            .Select(match => match.Groups[1].Value)
            .ToList();

        Assert.NotEmpty(named);
        Assert.Equal("", string.Join(", ", named.Where(name => !files.Contains(name)).Distinct()));
    }

    [GeneratedRegex("`([A-Za-z]+Tests)`")]
    private static partial Regex Name();
}
