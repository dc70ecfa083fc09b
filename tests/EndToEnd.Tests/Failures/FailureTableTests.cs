using System.Reflection;
using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>The table in docs/operations.md has a row for every failure, and a test causes the failure of each row.</summary>
public sealed partial class FailureTableTests
{
    private static readonly string Documents = FindDocuments();

    [Fact]
    public void Every_row_of_the_failure_table_has_a_test_and_every_test_a_row() => Assert.Equal(Rows(), Tested());

    [Fact]
    public void Every_reason_is_in_the_failure_table_or_said_to_be_no_trouble()
    {
        var reasons = typeof(Reasons)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => $"{field.GetRawConstantValue()}")
            .Order(StringComparer.Ordinal);
        var harmless = Code()
            .Matches(Operations().Split('\n').Single(line => line.StartsWith("No trouble by themselves: ", StringComparison.Ordinal)))
            .Select(code => code.Groups[1].Value)
            .ToList();

        Assert.Empty(harmless.Intersect(Rows()));
        Assert.Equal(
            reasons,
            Rows().Where(row => char.IsUpper(row[0]) && !Rejections.Contains(row)).Concat(harmless).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_problem_of_the_api_is_in_the_failure_table()
    {
        var problems = Heading()
            .Matches(File.ReadAllText(Path.Combine(Documents, "problems.md")))
            .Select(heading => heading.Groups[1].Value);

        Assert.Empty(problems.Except(Rows()));
    }

    /// <summary>Codes that only messages can have.</summary>
    private static readonly string[] Rejections = ["ClusterNotFound", "MalformedJson"];

    private static string Operations() => File.ReadAllText(Path.Combine(Documents, "operations.md"));

    /// <summary>The codes in the third column.</summary>
    private static SortedSet<string> Rows() =>
        new(
            Operations()
                .Split('\n')
                .SkipWhile(line => line != "## Failures")
                .TakeWhile(line => !line.StartsWith("No trouble", StringComparison.Ordinal))
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
                .SelectMany(line => Code().Matches(line.Split('|')[3]))
                .Select(code => code.Groups[1].Value),
            StringComparer.Ordinal
        );

    private static SortedSet<string> Tested() =>
        new(
            typeof(FailureTableTests)
                .Assembly.GetTypes()
                .SelectMany(type => type.GetMethods())
                .SelectMany(method => method.GetCustomAttributes<FailureRowAttribute>())
                .Select(row => row.Code),
            StringComparer.Ordinal
        );

    private static string FindDocuments()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "global.json")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("No folder above the tests has global.json.");
        }

        return Path.Combine(root.FullName, "docs");
    }

    [GeneratedRegex("`([A-Za-z-]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^## ([a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
