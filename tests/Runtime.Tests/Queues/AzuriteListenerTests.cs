namespace MeshPort.Runtime.Tests.Queues;

/// <summary>
/// The same tests against real Azure Storage semantics, when MESHPORT_TEST_AZURITE holds the connection string of a running Azurite.
/// </summary>
public sealed class AzuriteListenerTests : QueueListenerSuite
{
    private const string Variable = "MESHPORT_TEST_AZURITE";

    protected override Task<string> ConnectAsync()
    {
        var connectionString = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(connectionString), $"{Variable} is not set, so no Azurite is available.");
        return Task.FromResult(connectionString ?? "");
    }
}
