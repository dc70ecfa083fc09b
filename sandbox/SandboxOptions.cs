using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox;

/// <summary>The options of a sandbox.</summary>
public sealed record SandboxOptions
{
    /// <summary>Simulated seconds per real second. At 60, five minutes of Azure's time take five seconds.</summary>
    public double TimeScale { get; init; } = 60;

    /// <summary>
    /// Whether simulated time slows down when this process waits for the processor. Off when clients in another process have their own
    /// clock: their deadlines must not pass while Azure stands still.
    /// </summary>
    public bool IsPaced { get; init; } = true;

    /// <summary>
    /// Whether Kubernetes objects have the machine's times, for clients that compare them with its clock: kubectl prints their ages. Off
    /// for clients that use <see cref="AzureSandbox.Clock"/>.
    /// </summary>
    public bool MachineTimes { get; init; }

    /// <summary>The file that stores the world across restarts. Null keeps it in memory.</summary>
    public string? StateFile { get; init; }

    /// <summary>
    /// The loopback port of Azure Resource Manager. 0 takes the port of the state file if it is free, otherwise any free port.
    /// </summary>
    public int Port { get; init; }

    /// <summary>
    /// Behaves as on a system that has only 127.0.0.1: every public address is that one, and a taken port is served at another port (<see
    /// cref="AzureSandbox.Problems"/>).
    /// </summary>
    public bool OneLoopbackAddress { get; init; }

    /// <summary>The measured interval of AKS's reconciler (reference domain.md, section 1.8).</summary>
    public static readonly TimeSpan UsualAddOnReconcilerPeriod = TimeSpan.FromSeconds(100);

    /// <summary>How often the mesh add-on restores its own Services, in simulated time (about 100 s in AKS). Null: never.</summary>
    public TimeSpan? AddOnReconcilerPeriod { get; init; }

    /// <summary>
    /// Whether requests count against Azure's token buckets, which refill in simulated time. An empty bucket answers 429.
    /// </summary>
    public bool Throttling { get; init; } = true;

    /// <summary>
    /// Whether answers have the oddities of real traffic: other spellings and key order, nulls, byte-swapped operation names.
    /// </summary>
    public bool Quirks { get; init; }

    /// <summary>The namespaces that each cluster has besides those of AKS, as its owner would make them.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>
    /// The Secrets that somebody brings into the namespace of the gateways of each cluster. They have new certificates of the sandbox's
    /// authority.
    /// </summary>
    public IReadOnlyList<GatewaySecret> GatewaySecrets { get; init; } = [];

    /// <summary>
    /// The certificates that somebody brings into key vaults for each cluster with the secrets provider, with the role of its identity on
    /// the vaults. A vault that does not exist is created in the cluster's resource group.
    /// </summary>
    public IReadOnlyList<VaultCertificate> GatewayVaults { get; init; } = [];

    /// <summary>
    /// How many rules of load balancers a node can have, as many as in Azure. More are for measurements with many ports.
    /// </summary>
    public int RulesOfNode { get; init; } = Controllers.RulesOfNode.Most;

    /// <summary>Makes ids, random choices and faults repeatable for the same requests. Null: random.</summary>
    public int? Seed { get; init; }
}
