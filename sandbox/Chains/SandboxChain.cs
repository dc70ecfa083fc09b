using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.Chains;

/// <summary>Work of Azure's that had to be done one after the other.</summary>
/// <param name="Links">In their order.</param>
public sealed record SandboxChain(IReadOnlyList<SandboxLink> Links)
{
    /// <summary>Simulated: no client could have seen the end of the chain earlier.</summary>
    public TimeSpan Length => Links.Aggregate(TimeSpan.Zero, (sum, link) => sum + link.Takes);
}

/// <summary>Something that Azure or a cluster took its time for.</summary>
/// <param name="Kind">Of a long-running operation as in <see cref="SandboxOperation.Kind"/>; <c>services/address</c> and <c>pods/start</c> within clusters.</param>
/// <param name="Target">The ARM id, or that of the cluster and then namespace and name.</param>
/// <param name="Takes">What the work itself takes, in simulated time.</param>
public sealed record SandboxLink(string Kind, string Target, DateTimeOffset Started, TimeSpan Takes)
{
    internal DateTimeOffset Ends => Started + Takes;
}
