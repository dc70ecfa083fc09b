using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.World;

/// <summary>The shared parts of the sandbox: clock, store, certificate authority, token issuer.</summary>
public sealed class SandboxWorld : IDisposable
{
    /// <summary>Opens a world. A stored world continues at the simulated time that it would have reached.</summary>
    /// <param name="hasMachineTimes">See <see cref="HasMachineTimes"/>.</param>
    public SandboxWorld(
        double timeScale,
        string? stateFile,
        int? seed = null,
        bool oneLoopbackAddress = false,
        bool isPaced = true,
        bool hasMachineTimes = false
    )
    {
        HasMachineTimes = hasMachineTimes;
        Store = new WorldStore(stateFile);
        var epoch = Store.Get("clock", "epoch")?["at"]?.GetValue<DateTimeOffset>();
        var scale = Store.Get("clock", "epoch")?["scale"]?.GetValue<double>();
        var advanced = Store.Get("clock", "epoch")?["advanced"]?.GetValue<string>() is { } text
            ? TimeSpan.Parse(text, CultureInfo.InvariantCulture)
            : TimeSpan.Zero;
        Clock = new SandboxClock(scale ?? timeScale, epoch, advanced, isPaced);
        Clock.Changed += KeepTime;
        KeepTime();
        Certificates = new SandboxCertificates(TimeProvider.System);
        Tokens = new SandboxTokens(TimeProvider.System, SigningKey.OfProcess);
        Addresses = new PublicAddresses(Store, oneLoopbackAddress);
        Ids = new SandboxIds(Store, seed);
        VaultCertificates = new VaultCertificates(Store, Certificates, Ids);
        Faults = new FaultPlan(Store, Clock, purpose => SeededDraw.Fraction(Ids.Seed, purpose));
    }

    public SandboxClock Clock { get; }

    /// <summary>Whether Kubernetes objects have the machine's times instead of simulated ones.</summary>
    public bool HasMachineTimes { get; }

    /// <summary>See <see cref="SandboxOptions.Namespaces"/>.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>See <see cref="SandboxOptions.GatewaySecrets"/>.</summary>
    public IReadOnlyList<GatewaySecret> GatewaySecrets { get; init; } = [];

    /// <summary>See <see cref="SandboxOptions.GatewayVaults"/>.</summary>
    public IReadOnlyList<VaultCertificate> GatewayVaults { get; init; } = [];

    /// <summary>See <see cref="SandboxOptions.RulesOfNode"/>.</summary>
    public int RulesOfNode { get; init; } = Controllers.RulesOfNode.Most;

    public WorldStore Store { get; }

    public SandboxCertificates Certificates { get; }

    public SandboxTokens Tokens { get; }

    public PublicAddresses Addresses { get; }

    public SandboxIds Ids { get; }

    public VaultCertificates VaultCertificates { get; }

    /// <summary>The scripted faults.</summary>
    public FaultPlan Faults { get; }

    public SandboxTraffic Traffic { get; } = new();

    public void Dispose()
    {
        KeepTime();
        Store.Dispose();
        Certificates.Dispose();
        Addresses.Dispose();
    }

    private void KeepTime() =>
        Store.Put(
            "clock",
            "epoch",
            new JsonObject
            {
                ["at"] = Clock.Epoch,
                ["scale"] = Clock.Scale,
                ["advanced"] = $"{Clock.Advanced}",
            }
        );
}
