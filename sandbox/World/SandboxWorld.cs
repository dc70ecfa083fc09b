using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>What every part of the sandbox shares: one clock, one store, one certificate authority, one issuer of tokens.</summary>
public sealed class SandboxWorld : IDisposable
{
    /// <summary>Opens a world. A world that was kept in a file goes on from the simulated time that it would have reached.</summary>
    public SandboxWorld(double timeScale, string? stateFile, bool oneLoopbackAddress = false)
    {
        Store = new WorldStore(stateFile);
        var epoch = Store.Get("clock", "epoch")?["at"]?.GetValue<DateTimeOffset>();
        var scale = Store.Get("clock", "epoch")?["scale"]?.GetValue<double>();
        Clock = new SandboxClock(scale ?? timeScale, epoch);
        Store.Put("clock", "epoch", new JsonObject { ["at"] = Clock.Epoch, ["scale"] = Clock.Scale });
        Certificates = new SandboxCertificates(TimeProvider.System);
        Tokens = new SandboxTokens(TimeProvider.System);
        Addresses = new PublicAddresses(Store, oneLoopbackAddress);
    }

    public SandboxClock Clock { get; }

    public WorldStore Store { get; }

    public SandboxCertificates Certificates { get; }

    public SandboxTokens Tokens { get; }

    public PublicAddresses Addresses { get; }

    public SandboxTraffic Traffic { get; } = new();

    public void Dispose()
    {
        Store.Dispose();
        Certificates.Dispose();
        Addresses.Dispose();
    }
}
