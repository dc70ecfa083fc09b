using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Telemetry;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>Dashboards and alerts ask only for what the product sends, and each alert has its section in the runbook.</summary>
[Collection(nameof(FleetInstruments))]
public sealed partial class DashboardTests
{
    /// <summary>The columns that queries may use (learn.microsoft.com, "Azure Monitor Logs reference").</summary>
    private static readonly Dictionary<string, string[]> Tables = new(StringComparer.Ordinal)
    {
        ["AppMetrics"] = ["Name", "Sum", "Min", "Max", "ItemCount", "Properties", "TimeGenerated", "AppRoleInstance"],
        ["AppTraces"] = ["Message", "SeverityLevel", "ItemCount", "TimeGenerated"],
        ["Usage"] = ["DataType", "IsBillable", "Quantity", "TimeGenerated"],
    };

    private static readonly string Dashboards = Path.Combine(Repository.Root, "infra", "dashboards");

    [Fact]
    public async Task Queries_of_Azure_name_metrics_attributes_and_columns_that_exist()
    {
        var sent = await SentMetrics.ReadAsync();
        var queries = Queries(Json("workbook.json")).Concat(await AzureRulesAsync()).ToList();

        Assert.True(queries.Count > 30, "The queries were not found.");
        Assert.Empty(queries.SelectMany(query => KqlProblems(query, sent)));
        Assert.Equal(["AppMetrics: no metric meshport.nonsense"], KqlProblems("AppMetrics | where Name == 'meshport.nonsense'", sent));
    }

    [Fact]
    public async Task Queries_of_Prometheus_name_series_and_labels_that_exist()
    {
        var sent = await SentMetrics.ReadAsync();
        var queries = Expressions(Json("grafana.json")).Concat(PrometheusRules().Select(rule => rule.Expression)).ToList();

        Assert.True(queries.Count > 30, "The queries were not found.");
        Assert.Empty(queries.SelectMany(query => PromQlProblems(query, sent)));
        Assert.Equal(["no series meshport_x_total"], PromQlProblems("sum(rate(meshport_x_total[5m]))", sent));
        Assert.Equal(["meshport_backlog has no label meshport_x"], PromQlProblems("max by (meshport_x) (meshport_backlog)", sent));
    }

    /// <summary>Queries compare values of attributes with texts, so the values are a part of the documentation.</summary>
    [Fact]
    public async Task Attributes_and_states_are_those_that_the_documentation_names()
    {
        var sent = await SentMetrics.ReadAsync();
        var documentation = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "docs", "telemetry.md"),
            TestContext.Current.CancellationToken
        );

        foreach (var row in Documented().Matches(documentation).Select(row => row.Groups))
        {
            var attributes = sent.ByName[row["name"].Value].Attributes;
            Assert.Equal(
                attributes.Keys.Order(),
                Attribute().Matches(row["attributes"].Value).Select(match => match.Groups[1].Value).Order()
            );
            Assert.All(
                attributes.GetValueOrDefault("meshport.state") ?? [],
                state => Assert.Matches($@"\b{state}\b", row["attributes"].Value)
            );
        }
    }

    /// <summary>A misspelt value matches nothing, so an alert with one would never come.</summary>
    [Fact]
    public async Task Values_that_queries_compare_with_are_documented()
    {
        var documentation = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "docs", "telemetry.md"),
            TestContext.Current.CancellationToken
        );
        var documented = Documented()
            .Matches(documentation)
            .SelectMany(row => Values().Matches(row.Groups["attributes"].Value))
            .SelectMany(match =>
                match.Groups[2].Value.Split(", ").Select(value => $"{match.Groups[1].Value.Replace('.', '_')} {value.Trim()}")
            )
            .ToHashSet();
        var azure = string.Join('\n', Queries(Json("workbook.json")).Concat(await AzureRulesAsync()));
        var prometheus = string.Join('\n', Expressions(Json("grafana.json")).Concat(PrometheusRules().Select(rule => rule.Expression)));

        var compared = Compared()
            .Matches(azure)
            .SelectMany(match => Quoted().Matches(match.Groups[2].Value).Select(value => (match.Groups[1].Value, value.Groups[1].Value)))
            .Concat(
                Labelled()
                    .Matches(prometheus)
                    .SelectMany(match => match.Groups[2].Value.Split('|').Select(value => (match.Groups[1].Value, value)))
            )
            .Select(one => $"{one.Item1.Replace('.', '_')} {one.Item2}")
            .Distinct()
            .ToList();

        Assert.Contains("meshport_state not_ready", compared);
        Assert.Contains("meshport_request exposures", compared);
        Assert.Empty(compared.Except(documented));
    }

    [Fact]
    public async Task Each_metric_of_MeshPort_is_on_both_dashboards()
    {
        var sent = await SentMetrics.ReadAsync();
        var (workbook, grafana) = (string.Join('\n', Queries(Json("workbook.json"))), string.Join('\n', Expressions(Json("grafana.json"))));

        Assert.All(
            sent.ByName.Values.Where(metric => metric.Instrument.Meter.Name == Instruments.MeterName),
            metric =>
            {
                Assert.Contains($"'{metric.Instrument.Name}'", workbook, StringComparison.Ordinal);
                Assert.Contains(metric.Series, series => grafana.Contains(series, StringComparison.Ordinal));
            }
        );
    }

    /// <summary>infra/dashboards/alerts.test.yaml has the examples.</summary>
    [Fact]
    public async Task Prometheus_accepts_rules_and_queries_and_the_rules_say_what_their_examples_expect()
    {
        var promtool = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "promtool"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(promtool is null, "This machine has no promtool (Prometheus).");
        using var directory = new TestDirectory();
        var queries = Expressions(Json("grafana.json")).Select((query, index) => new { record = $"query:{index}", expr = query });
        var file = directory.Write(
            "queries.json",
            JsonSerializer.Serialize(new { groups = new[] { new { name = "queries", rules = queries } } })
        );

        await MustAsync(["test", "rules", Path.Combine(Dashboards, "alerts.test.yaml")]);
        await MustAsync(["check", "rules", file]);

        async Task MustAsync(string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(promtool ?? "", arguments) { RedirectStandardOutput = true });
            Assert.NotNull(process);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, output);
        }
    }

    [Fact]
    public async Task Each_alert_has_a_section_of_the_runbook_and_each_section_an_alert()
    {
        var main = await Deployment.PredictAsync(Deployment.Main);
        var azure = main.Where(resource => Text(resource?["type"]) == "Microsoft.Insights/scheduledQueryRules").ToList();
        var events = (await Deployment.PredictAsync(Deployment.Events)).Where(resource =>
            Text(resource?["type"]) == "Microsoft.Insights/metricAlerts"
        );
        var names = azure.Select(rule => Text(rule?["name"])["alert-meshport-".Length..]).ToList();
        var prometheus = PrometheusRules().ToList();
        var runbook = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "docs", "runbook.md"),
            TestContext.Current.CancellationToken
        );
        var sections = Section().Matches(runbook).Select(section => section.Groups[1].Value).ToList();

        Assert.Equal(names.Append("dead-letters").Order(), sections.Order());
        Assert.Equal(names.Order(), prometheus.Select(rule => rule.Name).Order());
        Assert.All(
            azure.Zip(names),
            rule =>
                Assert.EndsWith($"docs/runbook.md#{rule.Second}", Text(rule.First?["properties"]?["description"]), StringComparison.Ordinal)
        );
        Assert.All(prometheus, rule => Assert.Equal($"docs/runbook.md#{rule.Name}", rule.Runbook));
        Assert.All(
            events,
            rule => Assert.EndsWith("docs/runbook.md#dead-letters", Text(rule?["properties"]?["description"]), StringComparison.Ordinal)
        );
        Assert.All(
            runbook.Split("\n## ").Skip(1),
            section =>
                Assert.All(
                    ["**It means**", "**Look**", "**Do**", "**It is over** when"],
                    part => Assert.Contains(part, section, StringComparison.Ordinal)
                )
        );
    }

    private static IEnumerable<string> KqlProblems(string query, SentMetrics sent)
    {
        var tables = Tables.Keys.Where(table => Regex.IsMatch(query, $@"\b{table}\b")).ToList();
        var asked = Named().Matches(query).SelectMany(match => Quoted().Matches(match.Value)).Select(name => name.Groups[1].Value).ToList();
        var metrics = asked.Select(name => sent.ByName.GetValueOrDefault(name)).OfType<SentMetric>().ToList();
        var attributes = Property().Matches(query).Select(match => match.Groups[1].Value).Distinct();
        var own = Defined().Matches(query).Select(match => match.Groups[1].Value);
        var known = tables.SelectMany(table => Tables[table]).Concat(tables).Concat(own).ToHashSet(StringComparer.Ordinal);
        return (tables is [] ? ["no known table"] : Enumerable.Empty<string>())
            .Concat(asked.Where(name => !sent.ByName.ContainsKey(name)).Select(name => $"{tables[0]}: no metric {name}"))
            .Concat(
                attributes
                    .Where(attribute => !metrics.Exists(metric => metric.Attributes.ContainsKey(attribute)))
                    .Select(attribute => $"no attribute {attribute}")
            )
            .Concat(
                Column()
                    .Matches(Quoted().Replace(query, ""))
                    .Select(match => match.Value)
                    .Where(name => !known.Contains(name))
                    .Select(name => $"no column {name}")
            );
    }

    private static IEnumerable<string> PromQlProblems(string query, SentMetrics sent)
    {
        var bare = Grouping().Replace(Matcher().Replace(query, ""), "");
        var series = Series().Matches(bare).Select(match => match.Value).Distinct().ToList();
        var labels = Matcher()
            .Matches(query)
            .SelectMany(match => Label().Matches(match.Value))
            .Concat(Grouping().Matches(query).SelectMany(match => Series().Matches(match.Groups[1].Value)))
            .Select(match => match.Value)
            .Distinct()
            .ToList();
        var all = sent.BySeries;
        return series
            .Where(name => !all.ContainsKey(name))
            .Select(name => $"no series {name}")
            .Concat(
                from name in series
                where all.ContainsKey(name)
                from label in labels
                where !all[name].Labels.Contains(label)
                select $"{name} has no label {label}"
            );
    }

    private static async Task<IEnumerable<string>> AzureRulesAsync() =>
        (await Deployment.PredictAsync(Deployment.Main))
            .Where(resource => Text(resource?["type"]) == "Microsoft.Insights/scheduledQueryRules")
            .Select(rule => Text(rule?["properties"]?["criteria"]?["allOf"]?[0]?["query"]));

    /// <summary>The rules of alerts.yaml; <c>MeshPortLateResync</c> is named late-resync.</summary>
    private static IEnumerable<(string Name, string Expression, string? Runbook)> PrometheusRules()
    {
        var file = new YamlDotNet.RepresentationModel.YamlStream();
        using var text = File.OpenText(Path.Combine(Dashboards, "alerts.yaml"));
        file.Load(text);
        return from rule in ((YamlDotNet.RepresentationModel.YamlSequenceNode)file.Documents[0].RootNode["groups"][0]["rules"]).Children
            select (
                Word().Replace($"{rule["alert"]}"["MeshPort".Length..], "-$0").TrimStart('-').ToLowerInvariant(),
                $"{rule["expr"]}",
                (string?)$"{rule["annotations"]["runbook"]}"
            );
    }

    private static JsonNode Json(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Dashboards, file))) ?? throw new InvalidDataException($"{file} is empty.");

    private static IEnumerable<string> Queries(JsonNode workbook) =>
        workbook["items"]?.AsArray().Select(item => item?["content"]?["query"]?.GetValue<string>()).OfType<string>() ?? [];

    private static IEnumerable<string> Expressions(JsonNode dashboard) =>
        dashboard["panels"]
            ?.AsArray()
            .SelectMany(panel => panel?["targets"]?.AsArray() ?? [])
            .Select(target => Text(target?["expr"]).Replace("$__rate_interval", "5m", StringComparison.Ordinal))
        ?? [];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? throw new InvalidDataException("A text is missing.");

    [GeneratedRegex(@"^## (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Section();

    /// <summary>The condition for the names of metrics: <c>Name == '...'</c> or <c>Name in ('...', '...')</c>.</summary>
    [GeneratedRegex(@"\bName (== '[^']+'|in \([^)]+\))")]
    private static partial Regex Named();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"Properties\['([^']+)'\]")]
    private static partial Regex Property();

    /// <summary>A column that the query makes.</summary>
    [GeneratedRegex(@"\b([A-Z]\w*) = ")]
    private static partial Regex Defined();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Column();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\b\w+(?=[=!])")]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(meshport|http|dotnet|server)_\w+|\ble\b")]
    private static partial Regex Series();

    /// <summary>A row of the table of metrics.</summary>
    [GeneratedRegex(@"^\| `(?<name>meshport\.[a-z._]+)` \| [a-z ]+ \| `[^`]+` \| (?<attributes>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Documented();

    /// <summary>An attribute and its values.</summary>
    [GeneratedRegex(@"`(meshport[^`]+)`: ([\w, ]+)")]
    private static partial Regex Values();

    [GeneratedRegex(@"Properties\['(meshport[^']+)'\]\) (== '[^']*'|in \([^)]*\))")]
    private static partial Regex Compared();

    [GeneratedRegex(@"\b(meshport_\w+)(?:=|!=|=~)""([^""]*)""")]
    private static partial Regex Labelled();

    [GeneratedRegex("`(meshport[^`]+)`")]
    private static partial Regex Attribute();

    [GeneratedRegex("[A-Z][a-z]+")]
    private static partial Regex Word();
}
