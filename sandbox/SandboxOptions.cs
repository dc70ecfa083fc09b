namespace MeshPort.Sandbox;

/// <summary>How a sandbox is started.</summary>
public sealed record SandboxOptions
{
    /// <summary>Simulated seconds in a real second; at 60, five minutes of Azure's time take five seconds.</summary>
    public double TimeScale { get; init; } = 60;

    /// <summary>
    /// Whether simulated time slows down when this process waits for the processor. Off when the clients have a clock of their own in another process:
    /// their deadlines must not pass while Azure stands still.
    /// </summary>
    public bool IsPaced { get; init; } = true;

    /// <summary>The file that keeps the world over restarts; null keeps it in memory.</summary>
    public string? StateFile { get; init; }

    /// <summary>The loopback port of Azure Resource Manager; 0 takes the one that the state file remembers, if it is free, else any free one.</summary>
    public int Port { get; init; }

    /// <summary>Does as on a system that has 127.0.0.1 only: every public address is that one, and a port that is taken is served at another (<see cref="AzureSandbox.Problems"/>).</summary>
    public bool OneLoopbackAddress { get; init; }

    /// <summary>What was measured of AKS's reconciler (reference domain.md, section 1.8).</summary>
    public static readonly TimeSpan UsualAddOnReconcilerPeriod = TimeSpan.FromSeconds(100);

    /// <summary>How often, in simulated time, the mesh add-on puts its own Services back (about 100 s in AKS); null leaves them alone.</summary>
    public TimeSpan? AddOnReconcilerPeriod { get; init; }

    /// <summary>Whether requests are counted in Azure's token buckets, refilled in simulated time, and refused with 429 when one is empty.</summary>
    public bool Throttling { get; init; } = true;

    /// <summary>Whether answers also have the oddities of real traffic: other spellings and key order, nulls, byte-swapped operation names.</summary>
    public bool Quirks { get; init; }

    /// <summary>Makes ids, chance and faults the same in each run with the same requests; null leaves them to chance.</summary>
    public int? Seed { get; init; }
}
