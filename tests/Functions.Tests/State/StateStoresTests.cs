using Azure.Core;
using MeshPort.State;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class StateStoresTests
{
    private const string ConnectionString =
        "DefaultEndpointsProtocol=https;AccountName=one;AccountKey=AAAA;EndpointSuffix=core.windows.net";

    [Theory]
    [InlineData("tables", "MeshPortState", ConnectionString)]
    [InlineData("tables", "AzureWebJobsStorage", "UseDevelopmentStorage=true")]
    [InlineData("tables", "MeshPortState:accountName", "one")]
    [InlineData("tables", "AzureWebJobsStorage:tableServiceUri", "https://one.table.core.windows.net")]
    [InlineData("", "MeshPortState", ConnectionString)]
    public void Tables_are_opened_by_a_connection_of_either_name(string state, string setting, string value) =>
        Assert.IsType<TableStateStore>(
            StateStores.From(Settings((StateStores.Setting, state), (setting, value)), StateStores.Tables)(
                DelegatedTokenCredential.Create((_, _) => default)
            )
        );

    [Theory]
    [InlineData("cosmos", "MeshPort:DataDirectory", "/nowhere", "MeshPort:State")]
    [InlineData("sqlite", "MeshPort:DataDirectory", "", "MeshPort:DataDirectory")]
    [InlineData("tables", "MeshPortState", "", "MeshPortState")]
    [InlineData("tables", "MeshPortState", "rubbish-and-secret", "MeshPortState")]
    [InlineData("tables", "MeshPortState:tableServiceUri", "http://one.table.core.windows.net", "MeshPortState__tableServiceUri")]
    public void The_error_names_an_invalid_or_missing_setting(string state, string setting, string value, string named)
    {
        var fault = Assert.Throws<InvalidOperationException>(() =>
            StateStores.From(Settings((StateStores.Setting, state), (setting, value)), StateStores.Sqlite)
        );

        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params IEnumerable<(string Name, string Value)> settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value))
            .Build();
}
