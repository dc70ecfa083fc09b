using System.Text.RegularExpressions;
using MeshPort.Arm;
using MeshPort.Events;
using MeshPort.State;
using Microsoft.Azure.Functions.Worker;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

public sealed partial class InfrastructureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly string Infra = Deployment.Infra;

    [Theory]
    [InlineData("main.bicepparam")]
    [InlineData("events.bicepparam")]
    public async Task Infrastructure_compiles_without_a_warning(string file)
    {
        var compilation = await Deployment.CompileAsync(file);

        Assert.Empty(compilation.Diagnostics);
        Assert.Equal(0, compilation.ExitCode);
    }

    [Theory]
    [InlineData(
        "main.bicep",
        """
            param environmentName = 'prod'
            param location = 'westeurope'
            param orchestrationBackend = 'SchedulerDedicated'
            param appNetworkPrefix = '10.200.0.0/24'
            param appNatGatewayId = '/subscriptions/0/resourceGroups/g/providers/Microsoft.Network/natGateways/n'
            param accessAudience = 'api://meshport'
            param consoleClientId = '33333333-2222-4333-8444-555555555555'
            param eventsAudience = 'api://meshport-events'
            param settings = { MeshPort__PortBudget: '280', 'AzureWebJobs.Console.Disabled': 'true' }
            param alertEmails = ['platform@example.com']
            param featureProviders = ['Microsoft.ContainerService', 'Microsoft.Network']
            """
    )]
    [InlineData(
        "events.bicep",
        """
            param environmentName = 'prod'
            param functionAppName = 'func-meshport'
            param storageAccountName = 'stmeshport'
            param eventsAudience = 'api://meshport-events'
            param actionGroupId = '/subscriptions/0/resourceGroups/rg-prod/providers/Microsoft.Insights/actionGroups/ag-meshport'
            param clusters = [
              { id: '/subscriptions/0/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c', location: 'westeurope' }
            ]
            """
    )]
    public async Task Every_option_is_accepted(string file, string values)
    {
        var parameters = $"options-{file}param";
        await File.WriteAllTextAsync(Path.Combine(Infra, parameters), $"using './{file}'\n{values}\n", Token);

        var compilation = await Deployment.CompileAsync(parameters);

        Assert.Empty(compilation.Diagnostics);
        Assert.Equal(0, compilation.ExitCode);
        // A reference to an omitted resource is an error only when Azure deploys the template. The compiler does not detect it.
        Assert.DoesNotContain("equals(reference(", compilation.Template, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_module_is_part_of_a_deployment()
    {
        var deployed = new[] { "main.bicep", "events.bicep" }
            .SelectMany(file => Modules().Matches(File.ReadAllText(Path.Combine(Infra, file))))
            .Select(match => match.Groups[1].Value)
            .Distinct();

        Assert.Equal(Directory.GetFiles(Path.Combine(Infra, "modules")).Select(Path.GetFileName).Order(), deployed.Order());
    }

    [Fact]
    public async Task The_app_is_given_settings_that_it_reads()
    {
        var (_, template) = await Deployment.ModuleAsync("functionApp");

        var given = OurSettings().Matches(template).Select(match => match.Value).ToList();
        // SettingsTests checks that the sample has every setting that the code reads.
        var sample = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "local.settings.sample.json"), Token);
        Assert.All(given, name => Assert.Contains($"\"{name}\"", sample, StringComparison.Ordinal));
        Assert.Contains($"{AzureOptions.Section}:{nameof(AzureOptions.ClientId)}".Replace(":", "__", StringComparison.Ordinal), given);
        Assert.Contains(StateStores.Setting.Replace(":", "__", StringComparison.Ordinal), given);
    }

    [Fact]
    public async Task The_app_is_given_further_settings_but_those_of_the_template_win()
    {
        const string Parameters = "settings.bicepparam";
        const string Values = """
            using './main.bicep'
            param environmentName = 'prod'
            param location = 'westeurope'
            param settings = { MeshPort__PortBudget: '280', MeshPort__State: 'sqlite' }
            """;
        await File.WriteAllTextAsync(Path.Combine(Infra, Parameters), Values, Token);

        var resources = await Deployment.PredictAsync(Parameters);

        var settings = resources.Single(resource => $"{resource?["type"]}" == "Microsoft.Web/sites/config")?["properties"];
        Assert.Equal("280", $"{settings?["MeshPort__PortBudget"]}");
        Assert.Equal("tables", $"{settings?["MeshPort__State"]}");
    }

    [Fact]
    public async Task The_role_has_exactly_the_actions_that_MeshPort_needs()
    {
        var (template, _) = await Deployment.ModuleAsync("clusterAccess");

        var written =
            template["resources"]
                ?.AsObject()
                .Single(resource => resource.Value?["type"]?.GetValue<string>() == "Microsoft.Authorization/roleDefinitions")
                .Value?["properties"]?["permissions"]?[0]?["actions"]?.GetValue<string>()
            ?? "";
        var providers =
            template["parameters"]?["featureProviders"]?["defaultValue"]?.AsArray().Select(provider => $"{provider}/register/action") ?? [];
        var granted = Actions().Matches(written).Select(match => match.Groups[1].Value).Concat(providers).ToList();
        Assert.Equal(
            ArmActions.Foreseen.Concat(ArmActions.Linked.Values).Order(StringComparer.Ordinal),
            granted.Order(StringComparer.Ordinal)
        );
        Assert.Contains("map(parameters('featureProviders')", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_action_of_the_role_has_its_reason_and_the_file_that_needs_it()
    {
        var (reason, reasons) = ("", new List<string>());
        foreach (
            var line in (await File.ReadAllLinesAsync(Path.Combine(Infra, "modules", "clusterAccess.bicep"), Token)).Select(line =>
                line.Trim()
            )
        )
        {
            reason =
                line.StartsWith("//", StringComparison.Ordinal) ? line
                : line.StartsWith('\'') || line.StartsWith("map(", StringComparison.Ordinal) ? reason
                : "";
            if (line.StartsWith("'Microsoft.", StringComparison.Ordinal) && line.Count(character => character == '/') > 1)
            {
                Assert.NotEqual("", reason);
                reasons.Add(reason);
            }
        }

        var files = reasons.SelectMany(text => SourceFile().Matches(text)).Select(match => $"{match.Value}.cs").Distinct().ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Repository.Root, "functions", file)), file));
    }

    [Fact]
    public async Task Events_go_to_the_function_that_takes_them()
    {
        var template = await Deployment.TemplateAsync(Deployment.Events);

        Assert.Contains($"'{nameof(ClusterEvents)}'", template, StringComparison.Ordinal);
        Assert.NotNull(
            typeof(ClusterEvents)
                .GetMethod(nameof(ClusterEvents.RunAsync))
                ?.GetCustomAttributes(typeof(FunctionAttribute), inherit: false)
                .OfType<FunctionAttribute>()
                .SingleOrDefault(function => function.Name == nameof(ClusterEvents))
        );
    }

    [Fact]
    public async Task The_rules_of_the_linter_are_in_force()
    {
        var directory = Directory.CreateTempSubdirectory("meshport-bicep-");
        try
        {
            var path = Path.Combine(directory.FullName, "careless.bicep");
            File.Copy(Path.Combine(Infra, "bicepconfig.json"), Path.Combine(directory.FullName, "bicepconfig.json"));
            await File.WriteAllTextAsync(path, "param unused string\n", TestContext.Current.CancellationToken);

            var compilation = await BicepCompiler.CompileAsync(path, TestContext.Current.CancellationToken);

            Assert.Equal("no-unused-params", Assert.Single(compilation.Diagnostics).Code);
            Assert.NotEqual(0, compilation.ExitCode);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"^module \w+ 'modules/([^']+)'", RegexOptions.Multiline)]
    private static partial Regex Modules();

    [GeneratedRegex(@"MeshPort__\w+")]
    private static partial Regex OurSettings();

    [GeneratedRegex("'(Microsoft[^']+)'")]
    private static partial Regex Actions();

    [GeneratedRegex(@"\b[A-Z]\w+/[A-Z]\w+\b")]
    private static partial Regex SourceFile();
}
