using System.Reflection;
using System.Text.RegularExpressions;
using MeshPort.Clusters;
using Xunit;

namespace MeshPort.Functions.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_reason_is_explained_and_no_other()
    {
        var documented = FirstColumn().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reasons.md")))
            .SelectMany(row => row.Groups[1].Value.Split(','))
            .Select(name => name.Trim())
            .Where(name => name is not "reason" and not "---");
        var known = typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string?)field.GetRawConstantValue());

        Assert.Equal(known.Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex FirstColumn();
}
