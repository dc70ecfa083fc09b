using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.Chains;

/// <summary>Work of Azure in which each step depends on the one before it.</summary>
/// <param name="Links">In order.</param>
public sealed record SandboxChain(IReadOnlyList<SandboxLink> Links)
{
    /// <summary>Simulated time. No client could have seen the end of the chain earlier.</summary>
    public TimeSpan Length => Links.Aggregate(TimeSpan.Zero, (sum, link) => sum + link.Takes);
}

/// <summary>A piece of work that takes Azure or a cluster time.</summary>
/// <param name="Kind">
/// For a long-running operation, <see cref="SandboxOperation.Kind"/>; within clusters, <c>services/address</c> or <c>pods/start</c>.
/// </param>
/// <param name="Target">The ARM id; within clusters, followed by namespace and name.</param>
/// <param name="Takes">The duration of the work itself, in simulated time.</param>
public sealed record SandboxLink(string Kind, string Target, DateTimeOffset Started, TimeSpan Takes)
{
    internal DateTimeOffset Ends => Started + Takes;
}
