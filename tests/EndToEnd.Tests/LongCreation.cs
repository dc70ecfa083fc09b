namespace MeshPort.EndToEnd.Tests;

/// <summary>A cluster whose creation takes until the test ends it, even on a busy machine.</summary>
internal sealed class LongCreation
{
    private static readonly TimeSpan Longer = TimeSpan.FromHours(1);
    private readonly MeshPortHost _host;

    private LongCreation(MeshPortHost host) => _host = host;

    public static LongCreation Begin(MeshPortHost host)
    {
        host.Sandbox.Hang("create managedClusters", Longer, count: 1);
        return new LongCreation(host);
    }

    public Task IsUnderWayAsync(CancellationToken cancellationToken) =>
        Wait.UntilAsync(
            "the cluster is being made",
            Walkthrough.Within,
            () => _host.Sandbox.Operations.Any(operation => operation is { Kind: "managedClusters/create", Status: "InProgress" }),
            cancellationToken
        );

    public void End() => _host.Sandbox.World.Clock.Advance(Longer);
}
