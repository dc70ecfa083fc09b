using Azure.Core;
using Azure.Identity;
using MeshPort.Runtime.Queues;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class QueueCredentialsTests
{
    private const string Prefix = "MESHPORT_QUEUE_CREDENTIALS_";

    private static readonly TokenCredential Own = DelegatedTokenCredential.Create((_, _) => default);

    [Fact]
    public void The_settings_of_the_connection_select_the_credential()
    {
        Assert.IsType<ManagedIdentityCredential>(Credential(("credential", "managedidentity")));
        Assert.IsType<ManagedIdentityCredential>(
            Credential(("credential", "ManagedIdentity"), ("clientId", "00000000-0000-0000-0000-000000000001"))
        );
        Assert.IsType<ClientSecretCredential>(
            Credential(
                ("tenantId", "00000000-0000-0000-0000-000000000002"),
                ("clientId", "00000000-0000-0000-0000-000000000001"),
                ("clientSecret", "s")
            )
        );
        Assert.Same(Own, Credential());
    }

    [Fact]
    public void Settings_without_a_valid_credential_are_rejected()
    {
        Assert.Contains("'password'", Refusal(("credential", "password")), StringComparison.Ordinal);
        Assert.Contains("clientId", Refusal(("clientId", "x")), StringComparison.Ordinal);
        Assert.Equal(
            "the connection Ports is identity-based, and the application has no TokenCredential.",
            Assert.Throws<InvalidOperationException>(() => QueueCredentials.Of(Section(), null)).Message
        );
    }

    [Theory]
    [InlineData("accountName", "ports", "https://ports.queue.core.windows.net/")]
    [InlineData("queueServiceUri", "https://ports.queue.core.usgovcloudapi.net", "https://ports.queue.core.usgovcloudapi.net/")]
    public async Task Environment_variables_with_double_underscores_open_the_account_that_they_name(
        string name,
        string value,
        string expected
    )
    {
        Environment.SetEnvironmentVariable($"{Prefix}{name}_AzureWebJobsStorage__{name}", value);
        var settings = new ConfigurationBuilder().AddEnvironmentVariables($"{Prefix}{name}_").Build();
        var directory = Directory.CreateTempSubdirectory("queues-test-");
        using (
            var queues = new EmbeddedQueues(
                Path.Combine(directory.FullName, "queues.db"),
                TimeProvider.System,
                NullLogger<EmbeddedQueues>.Instance
            )
        )
        {
            using var services = new ServiceCollection().AddSingleton(Own).BuildServiceProvider();
            var connections = new QueueConnections(settings, services, queues);
            Assert.False(connections.IsEmbedded(null));
            Assert.Equal(expected, (await connections.OpenAsync(null, TestContext.Current.CancellationToken)).Uri.AbsoluteUri);
        }

        directory.Delete(recursive: true);
    }

    private static TokenCredential Credential(params (string Name, string Value)[] settings) => QueueCredentials.Of(Section(settings), Own);

    private static string Refusal(params (string Name, string Value)[] settings) =>
        Assert.Throws<InvalidOperationException>(() => Credential(settings)).Message;

    private static IConfigurationSection Section(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Ports:{setting.Name}", (string?)setting.Value)))
            .Build()
            .GetSection("Ports");
}
