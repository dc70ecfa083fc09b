using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// The times in a cluster's objects. They are simulated times for clients that share the sandbox's clock. Other clients compare them with
/// the machine's clock, which simulated time runs ahead of, so objects then have the machine's time of each change
/// (<see cref="SandboxWorld.HasMachineTimes"/>). A translation of simulated times would not do: an hour of them is a minute of the machine,
/// so a client that writes back what it read would change them. Controllers wait in simulated time either way, and take the begin of an
/// object's life from here.
/// </summary>
internal sealed class ObjectTimes(SandboxWorld world)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _begun = new(StringComparer.Ordinal);

    /// <summary>The clock of the times in objects.</summary>
    public TimeProvider Clock { get; } = world.HasMachineTimes ? TimeProvider.System : world.Clock;

    public string Now => ManagedFields.Timestamp(Clock.GetUtcNow());

    /// <summary>A simulated time of the present or past as it is written to an object.</summary>
    public string At(DateTimeOffset simulated) =>
        ManagedFields.Timestamp(
            world.HasMachineTimes ? Clock.GetUtcNow() - (Positive(world.Clock.GetUtcNow() - simulated) / world.Clock.Scale) : simulated
        );

    /// <summary>The reverse of <see cref="At"/>, exact to a second of the machine.</summary>
    public DateTimeOffset Simulated(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) is var parsed && world.HasMachineTimes
            ? world.Clock.GetUtcNow() - (Positive(Clock.GetUtcNow() - parsed) * world.Clock.Scale)
            : parsed;

    /// <summary>The simulated time at which the object was created, or its work began.</summary>
    public DateTimeOffset Began(JsonObject body) =>
        _begun.TryGetValue(body.Uid(), out var known)
            ? known
            : Simulated(body.Text("status", "startTime") ?? body.Text("metadata", "creationTimestamp") ?? Now);

    public void Begin(JsonObject body)
    {
        if (world.HasMachineTimes)
        {
            _begun[body.Uid()] = world.Clock.GetUtcNow();
        }
    }

    public void Forget(JsonObject body) => _begun.TryRemove(body.Uid(), out _);

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
