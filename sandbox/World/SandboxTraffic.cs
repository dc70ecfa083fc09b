namespace MeshPort.Sandbox.World;

/// <summary>
/// The number of requests to each side of the sandbox. GET, HEAD and credential listings are reads; everything else is a write.
/// </summary>
public sealed class SandboxTraffic
{
    private long _armReads;
    private long _armWrites;
    private long _kubernetesReads;
    private long _kubernetesWrites;

    public long ArmReads => Interlocked.Read(ref _armReads);

    public long ArmWrites => Interlocked.Read(ref _armWrites);

    public long KubernetesReads => Interlocked.Read(ref _kubernetesReads);

    public long KubernetesWrites => Interlocked.Read(ref _kubernetesWrites);

    internal void CountArm(bool write) => Interlocked.Increment(ref write ? ref _armWrites : ref _armReads);

    internal void CountKubernetes(bool write) => Interlocked.Increment(ref write ? ref _kubernetesWrites : ref _kubernetesReads);
}
