using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Api;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>
/// local.settings.sample.json has every setting that the code reads and no other. The tests read all settings through a recording
/// configuration.
/// </summary>
public sealed partial class SettingsTests : IDisposable
{
    private static readonly string[] OfTheHost =
    [
        "FUNCTIONS_WORKER_RUNTIME",
        "AzureWebJobsStorage",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
    ];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshport-settings-");

    [Fact]
    public async Task The_sample_has_every_setting_that_is_read_and_no_other()
    {
        var values =
            JsonNode
                .Parse(
                    await File.ReadAllTextAsync(
                        Path.Combine(Repository.Root, "local.settings.sample.json"),
                        TestContext.Current.CancellationToken
                    )
                )
                ?["Values"]?.AsObject()
            ?? [];
        var sample = values
            .Select(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal))
            .Except(OfTheHost)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        var read = await ReadAsync(sample, StateStores.Sqlite);
        read.UnionWith(await ReadAsync(sample, StateStores.Tables));

        var ours = read.Where(key => key.StartsWith("MeshPort", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.Equal(
            "",
            string.Join(", ", ours.Except(sample, StringComparer.OrdinalIgnoreCase).Where(key => !MeansNothing().IsMatch(key)))
        );
        Assert.Equal("", string.Join(", ", sample.Except(ours, StringComparer.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Each_setting_is_on_a_list_that_says_whether_its_value_is_shown()
    {
        var sample =
            JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.sample.json")))?["Values"]?.AsObject() ?? [];
        var listed = ShownSettings.Values.Concat(ShownSettings.Addresses).Concat(ShownSettings.Hidden).Append("FUNCTIONS_WORKER_RUNTIME");

        var names = sample.Select(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal));
        Assert.Empty(names.Where(name => !name.StartsWith(ClusterConnections.Kubeconfigs, StringComparison.Ordinal)).Except(listed));
    }

    [Fact]
    public void Settings_are_shown_without_secrets()
    {
        const string Secret = "hidden";
        var names = ShownSettings
            .Hidden.Concat(ShownSettings.Addresses)
            .Append($"{ClusterConnections.Kubeconfigs}:lab")
            .Append("Other:Password");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                names.Select(name => KeyValuePair.Create<string, string?>(name, $"https://{Secret}:{Secret}@host/{Secret}?{Secret}"))
            )
            .AddInMemoryCollection([new("MeshPort:PortBudget", "280")])
            .Build();

        var shown = ShownSettings.Of(configuration);

        Assert.Contains(new ShownSetting("MeshPort:PortBudget", true, "280"), shown);
        Assert.Contains(new ShownSetting("MeshPort:PublicUrl", true, "https://host"), shown);
        Assert.Contains(new ShownSetting("MeshPort:Azure:ClientSecret", true, null), shown);
        Assert.Contains(new ShownSetting($"{ClusterConnections.Kubeconfigs}:lab", true, null), shown);
        Assert.Contains(new ShownSetting("MeshPort:State", false, null), shown);
        Assert.DoesNotContain(Secret, string.Join(' ', shown), StringComparison.Ordinal);
        Assert.DoesNotContain(shown, setting => setting.Name.StartsWith("Other", StringComparison.Ordinal));
    }

    [Fact]
    public void The_sample_has_every_setting_of_the_host_that_the_program_reads()
    {
        var program = File.ReadAllText(Path.Combine(Repository.Root, "functions", "Program.cs"));

        Assert.All(Indexed().Matches(program), match => Assert.Contains(match.Groups[1].Value, OfTheHost));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>Creates everything that <c>AddMeshPort</c> registers, and connects to a cluster with a kubeconfig of the sample.</summary>
    private async Task<HashSet<string>> ReadAsync(IReadOnlyCollection<string> sample, string state)
    {
        var listening = new ListeningSource();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ((IConfigurationBuilder)builder.Configuration).Add(listening);
        listening.Values[StateStores.Setting] = state;
        listening.Values[MeshPortServices.DataDirectory] = _directory.FullName;
        listening.Values["AzureWebJobsStorage"] = state == StateStores.Tables ? null : "UseDevelopmentStorage=true";
        listening.Values["AzureWebJobsStorage:accountName"] = "meshport";
        builder.AddMeshPort();
        await using var services = builder.Services.BuildServiceProvider();
        foreach (
            var type in builder
                .Services.Select(service => service.ServiceType)
                .Where(type => type.Namespace?.StartsWith("MeshPort", StringComparison.Ordinal) == true)
                .Distinct()
        )
        {
            Assert.NotEmpty(services.GetServices(type));
        }

        if (state == StateStores.Sqlite)
        {
            var id = new ClusterId("00000000-0000-0000-0000-000000000000", "lab", "lab");
            var name = sample.Single(key => key.StartsWith($"{ClusterConnections.Kubeconfigs}:", StringComparison.Ordinal)).Split(':')[^1];
            var spec = new ClusterSpec { Location = "eastus2", Connection = new Connection(name) };
            await services
                .GetRequiredService<ClusterStore>()
                .PutAsync(
                    id,
                    spec,
                    Precondition.None,
                    new Requester(RequestTrigger.Http, null, "trace"),
                    TestContext.Current.CancellationToken
                );
            await Assert.ThrowsAsync<KubeconfigMissingException>(() =>
                services.GetRequiredService<ClusterConnections>().ConnectAsync(id, spec.Connection, TestContext.Current.CancellationToken)
            );
        }

        return listening.Read;
    }

    private sealed class ListeningSource : IConfigurationSource
    {
        public Dictionary<string, string?> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

        public HashSet<string> Read { get; } = new(StringComparer.OrdinalIgnoreCase);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(this);

        private sealed class Provider(ListeningSource source) : ConfigurationProvider
        {
            public override bool TryGet(string key, out string? value)
            {
                source.Read.Add(key);
                return source.Values.TryGetValue(key, out value);
            }
        }
    }

    /// <summary>Settings that the code reads only to refuse them: a role that only reads cannot have limits on changes.</summary>
    [GeneratedRegex("^MeshPort:Access:Reader:(Namespaces|Ports)$", RegexOptions.IgnoreCase)]
    private static partial Regex MeansNothing();

    [GeneratedRegex("""Configuration\["([^"]+)"\]""")]
    private static partial Regex Indexed();
}
