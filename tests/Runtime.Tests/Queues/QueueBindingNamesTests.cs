using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class QueueBindingNamesTests
{
    private static readonly IConfiguration Settings = new ConfigurationBuilder()
        .AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["Stage"] = "test",
                ["Loud"] = "LOUD",
                ["Other"] = "UseDevelopmentStorage=true",
                ["Identity:queueServiceUri"] = "https://account.queue.core.windows.net",
            }
        )
        .Build();

    [Theory]
    [InlineData("orders", "orders")]
    [InlineData("orders-%Stage%", "orders-test")]
    [InlineData("%stage%", "test")]
    public void Settings_replace_placeholders_in_the_name_of_a_queue(string declared, string expected) =>
        Assert.Equal(expected, QueueBindingNames.QueueName(declared, Settings));

    [Theory]
    [InlineData("%Absent%", "'%Absent%' of the queue name '%Absent%' does not resolve: the setting does not exist.")]
    [InlineData("%Loud%", "'LOUD' is not a valid queue name: use 3 to 63 lower-case letters, digits and single hyphens between them.")]
    public void An_invalid_name_fails_the_start(string declared, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => QueueBindingNames.QueueName(declared, Settings)).Message);

    [Fact]
    public void Without_a_setting_the_embedded_queues_are_used()
    {
        Assert.Null(QueueBindingNames.ConnectionString(null, Settings));
        Assert.Null(QueueBindingNames.ConnectionString("AzureWebJobsStorage", Settings));
        Assert.Equal("UseDevelopmentStorage=true", QueueBindingNames.ConnectionString("Other", Settings));
        Assert.Throws<InvalidOperationException>(() => QueueBindingNames.ConnectionString("Absent", Settings));
        Assert.Throws<InvalidOperationException>(() => QueueBindingNames.ConnectionString("Identity", Settings));
    }
}
