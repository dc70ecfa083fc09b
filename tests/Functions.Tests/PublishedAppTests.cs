using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The Functions host finds everything that it needs in the published folder.</summary>
public sealed class PublishedAppTests
{
    private readonly PublishedApp _app = new();

    [Fact]
    public void The_metadata_lists_every_function_with_its_trigger_and_level() => Assert.Equal(DeclaredFunction.All, _app.ReadMetadata());

    [Fact]
    public async Task The_worker_reports_every_function_with_its_trigger_and_level() =>
        Assert.Equal(DeclaredFunction.All, await _app.ReadReportOfWorkerAsync());

    [Theory]
    [InlineData("AzureStorageQueues")]
    [InlineData("DurableTask")]
    [InlineData("EventGrid")]
    public void The_host_finds_the_extension(string name)
    {
        var extensions = _app.ReadJson("extensions.json")["extensions"]?.AsArray() ?? [];
        var extension = Assert.Single(extensions, entry => (string?)entry?["name"] == name);

        Assert.True(File.Exists(_app.PathOf((string?)extension?["hintPath"] ?? "")));
    }

    [Fact]
    public void The_host_finds_the_worker()
    {
        var worker = _app.ReadJson("worker.config.json")["description"];

        Assert.Equal("dotnet-isolated", (string?)worker?["language"]);
        Assert.Equal("MeshPort.Functions.dll", (string?)worker?["defaultWorkerPath"]);
        Assert.True(File.Exists(_app.PathOf("MeshPort.Functions.dll")));
        Assert.True(File.Exists(_app.PathOf("MeshPort.Functions.runtimeconfig.json"))); // only a program has one
    }

    [Fact]
    public void The_settings_of_the_host_are_those_of_the_repository() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "host.json")), _app.Read("host.json"));
}
