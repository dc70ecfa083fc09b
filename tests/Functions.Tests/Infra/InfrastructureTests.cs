using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

public sealed class InfrastructureTests
{
    private static readonly string Infra = Path.Combine(AppContext.BaseDirectory, "infra");

    [Fact]
    public async Task Infrastructure_compiles_without_a_warning()
    {
        var compilation = await BicepCompiler.CompileAsync(Path.Combine(Infra, "main.bicepparam"), TestContext.Current.CancellationToken);

        Assert.Empty(compilation.Diagnostics);
        Assert.Equal(0, compilation.ExitCode);
    }

    [Fact]
    public async Task The_app_is_given_the_settings_that_it_reads()
    {
        var compilation = await BicepCompiler.CompileAsync(Path.Combine(Infra, "modules", "functionApp.bicep"), TestContext.Current.CancellationToken);

        var settings = JsonNode.Parse(compilation.Template)?["resources"]?.AsObject().Single(resource => resource.Value?["type"]?.GetValue<string>() == "Microsoft.Web/sites/config").Value?["properties"]?.AsObject();
        var ours = (settings ?? []).Select(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal)).Where(name => name.StartsWith("MeshPort:", StringComparison.Ordinal));
        Assert.Equal([$"{AzureOptions.Section}:{nameof(AzureOptions.ClientId)}", StateStores.Setting], ours);
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
}
