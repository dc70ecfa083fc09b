using System.Text.RegularExpressions;
using MeshPort.Host.Environments;

namespace MeshPort.EndToEnd.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public static TheoryData<string, string, string> Mistakes =>
        new()
        {
            { "count: 1", "count: many", @":\d+:\d+: cluster\.spec\.nodePool\.count: The value is a string. Write a whole number" },
            { "count: 1", "count: 0", @"cluster\.spec\.nodePool\.count: 0 is out of range. Write a whole number from 1 to 1000" },
            { "vmSize:", "vmsize:", @"cluster\.spec\.nodePool\.vmsize: Unknown field 'vmsize'. Use .*vmSize" },
            { "location: eastus2", "kubernetesVersion: '1.34'", @"cluster\.spec\.location: 'location' is missing" },
            {
                "location: eastus2",
                "location: 12",
                @"cluster\.spec\.location: The value is a number. Write a string\. If '12' is meant as text, put it in quotes"
            },
            {
                "subscriptionId: 00000000-0000-0000-0000-000000000000",
                "subscriptionId: mine",
                @":\d+:1: subscriptionId: 'mine' is not a subscription id. Write a GUID"
            },
            { "resourceGroup: istiotest", "resourceGroup: 'ends.'", @"resourceGroup: 'ends\.' is not a resource group name" },
            { "name: tcpecho", "name: Tcp_Echo", @"exposures\[0\]\.name: 'Tcp_Echo' is not an exposure name" },
            { "port: 9000", "port: 80", @"exposures\[0\]\.spec\.port: The gateway Service of the Istio add-on uses port 80\." },
            { "exposures:", "exposed:", @"exposures: List the exposures" },
            { "cluster:", "cluster: [", @":\d+:\d+: This is not YAML" },
            { "  name: istiotest", "  name: istiotest\n  name: twice", @":\d+:\d+: This is not YAML: Duplicate key name" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_line_its_field_and_a_remedy(string right, string wrong, string expected)
    {
        var file = _directory.Write("environment.yaml", Replace(right, wrong));

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Contains(refusal.Problems, problem => Regex.IsMatch(problem.ToString(), "^" + Regex.Escape(file) + ".*" + expected));
    }

    [Fact]
    public void The_line_and_column_are_those_of_the_field()
    {
        var file = _directory.Write("environment.yaml", Replace("count: 1", "count: 0"));
        var lines = File.ReadAllLines(file);
        var line = Array.FindIndex(lines, text => text.Contains("count: 0", StringComparison.Ordinal));

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Equal(
            new Position(line + 1, lines[line].IndexOf("count", StringComparison.Ordinal) + 1),
            Assert.Single(refusal.Problems).Where
        );
    }

    [Fact]
    public void The_sample_is_valid() =>
        Assert.Equal("tcpecho", Assert.Single(EnvironmentFile.Read(EnvironmentFile.Sample).Single().Exposures).Name);

    [Fact]
    public void Every_file_of_a_directory_and_every_document_of_a_file_is_read()
    {
        var second = File.ReadAllText(EnvironmentFile.Sample).Replace("name: istiotest", "name: second", StringComparison.Ordinal);
        var third = second.Replace("name: second", "name: third", StringComparison.Ordinal);
        _directory.Write("1.yaml", File.ReadAllText(EnvironmentFile.Sample));
        _directory.Write("2.yml", $"{second}\n---\n{third}\n---\n");
        _directory.Write("notes.txt", "not YAML: [");

        Assert.Equal(
            ["istiotest", "second", "third"],
            EnvironmentFile.Read(_directory.Path).Select(environment => environment.Cluster.Name)
        );
    }

    [Fact]
    public void The_errors_of_all_files_and_documents_are_reported_together()
    {
        var wrong = Replace("count: 1", "count: 0");
        var other = Replace("port: 9000", "port: 443").Replace("name: istiotest", "name: other", StringComparison.Ordinal);
        _directory.Write("1.yaml", $"{wrong}\n---\n{other}");
        _directory.Write("2.yaml", "a: [");

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(_directory.Path));

        Assert.Collection(
            refusal.Problems,
            problem => Assert.Matches(@"1\.yaml:[0-9]+:7: cluster\.spec\.nodePool\.count: 0 is out of range", problem.ToString()),
            problem => Assert.Matches(@"1\.yaml:[0-9]+:7: exposures\[0\]\.spec\.port: .* uses port 443\.", problem.ToString()),
            problem => Assert.Matches(@"2\.yaml:[0-9]+:[0-9]+: This is not YAML", problem.ToString())
        );
    }

    [Fact]
    public void A_syntax_error_does_not_hide_the_errors_of_earlier_documents()
    {
        var file = _directory.Write("1.yaml", $"{Replace("count: 1", "count: 0")}\n--- {{a: [\n");

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Collection(
            refusal.Problems,
            problem => Assert.Contains("cluster.spec.nodePool.count: 0 is out of range", problem.ToString(), StringComparison.Ordinal),
            problem => Assert.Contains(": This is not YAML", problem.ToString(), StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("<<: *first", "hello jose")]
    [InlineData("<<: [{ probe: { expect: other } }, *first]", "other")]
    public void A_merge_key_gives_the_fields_that_the_mapping_does_not_have(string merge, string expect)
    {
        var second = EnvironmentFile.Read(WithSecond(merge)).Single().Exposures[1];

        Assert.Equal(("9001", expect), (second.PortText, second.Expect));
        Assert.Equal("tcpecho", second.Spec.GetProperty("backends")[0].GetProperty("service").GetString());
    }

    [Theory]
    [InlineData("<<: first", ":{0}:11: The merge key '<<' needs an object, or a list of objects.")]
    [InlineData("<<: &again {{ <<: *again }}", "is nested too deeply")]
    [InlineData("<<: {{ backend: x }}", ":{0}:13: exposures[1].spec.backend: Unknown field 'backend'.")]
    public void A_wrong_merge_is_named_with_its_place(string merge, string expected)
    {
        var file = WithSecond(string.Format(null, merge));
        var line = File.ReadAllLines(file).Index().Single(line => line.Item.Contains("<<", StringComparison.Ordinal)).Index + 1;

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Contains(string.Format(null, expected, line), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tab_is_named_with_its_line()
    {
        var file = _directory.Write("1.yaml", Replace("    location: eastus2", "\tlocation: eastus2"));
        var line = File.ReadAllLines(file).Index().Single(line => line.Item.StartsWith('\t')).Index + 1;

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Equal(
            $"{file}:{line}:1: This is not YAML: a tab indents this line. Indent with spaces.",
            Assert.Single(refusal.Problems).ToString()
        );
    }

    [Fact]
    public async Task A_byte_order_mark_in_standard_input_is_no_text()
    {
        await using var process = MeshPortProcess.Start(null, "validate", "-f", "-");
        await process.WriteInputAsync(
            $"\uFEFF{await File.ReadAllTextAsync(EnvironmentFile.Sample, TestContext.Current.CancellationToken)}"
        );

        var exitCode = await process.ExitCodeAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, process.Errors);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("721h")]
    [InlineData("99999999999999h")]
    public async Task A_timeout_that_no_timer_can_have_is_refused(string time)
    {
        await using var process = MeshPortProcess.Start(null, "watch", "--timeout", time);

        Assert.Equal(2, await process.ExitCodeAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Contains($"--timeout is '{time}'; write a time such as 90s", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_in_two_documents_and_a_port_with_two_owners_are_named()
    {
        var sample = File.ReadAllText(EnvironmentFile.Sample);
        var twice = sample[sample.IndexOf("  - name: tcpecho", StringComparison.Ordinal)..];
        var file = _directory.Write(
            "environment.yaml",
            $"{sample}\n{twice.Replace("name: tcpecho", "name: other", StringComparison.Ordinal)}\n---\n{sample}"
        );

        var refusal = Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(file));

        Assert.Contains(
            refusal.Problems,
            problem =>
                problem
                    .ToString()
                    .EndsWith("Exposure 'tcpecho' has port 9000 of the external gateway. Choose another port.", StringComparison.Ordinal)
        );
        Assert.Contains(
            refusal.Problems,
            problem => Regex.IsMatch(problem.ToString(), @"Cluster 'istiotest' is in an earlier document \(.*environment\.yaml:9:3\)")
        );
    }

    [Fact]
    public void A_directory_without_files_is_named() =>
        Assert.Contains(
            "The directory has no file that ends in .yaml",
            Assert.Single(Assert.Throws<InvalidEnvironmentException>(() => EnvironmentFile.Read(_directory.Path)).Problems).ToString(),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task All_errors_are_reported_together_and_nothing_is_started()
    {
        var file = _directory.Write(
            "environment.yaml",
            Replace("count: 1", "count: 0")
                .Replace("port: 9000", "port: no", StringComparison.Ordinal)
                .Replace("resourceGroup:", "group:", StringComparison.Ordinal)
        );

        var (exitCode, output, errors) = await RunAsync("demo", "--file", file);

        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains("cluster.spec.nodePool.count:", errors, StringComparison.Ordinal);
        Assert.Contains("exposures[0].spec.port:", errors, StringComparison.Ordinal);
        Assert.Contains("resourceGroup: 'resourceGroup' is missing", errors, StringComparison.Ordinal);
        Assert.Contains("group: Unknown field 'group'", errors, StringComparison.Ordinal);
        Assert.EndsWith("nothing was started or changed.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var file = Path.Combine(_directory.Path, "nowhere.yaml");

        var (exitCode, output, errors) = await RunAsync("demo", "--file", file);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"{file}: There is no such file", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--time-scale", "0")]
    [InlineData("--time-scale", "fast")]
    [InlineData("--nonsense", "1")]
    public async Task A_wrong_option_is_named(string option, string value)
    {
        var (exitCode, output, errors) = await RunAsync("demo", option, value);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(option, errors, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The sample with a second exposure, whose spec has a port and the merge.</summary>
    private string WithSecond(string merge) =>
        _directory.Write(
            "environment.yaml",
            $"{Replace("    spec:\n      # The public", "    spec: &first\n      # The public").TrimEnd()}\n"
                + $"  - name: second\n    spec:\n      port: 9001\n      {merge}\n"
        );

    private static string Replace(string right, string wrong)
    {
        var sample = File.ReadAllText(EnvironmentFile.Sample);
        var at = sample.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the sample has no '{right}'");
        return sample[..at] + wrong + sample[(at + right.Length)..];
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var process = MeshPortProcess.Start(null, arguments);
        var exitCode = await process.ExitCodeAsync(Walkthrough.Within, TestContext.Current.CancellationToken);
        return (exitCode, process.Output.Trim(), process.Errors.Trim());
    }
}
