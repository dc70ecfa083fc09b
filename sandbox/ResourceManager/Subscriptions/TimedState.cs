using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>A state that changes at a stored time. The change needs no running task.</summary>
internal static class TimedState
{
    public static string? Read(SandboxWorld world, string table, string key) =>
        world.Store.Get(table, key) switch
        {
            null => null,
            { } document when document["due"]?.GetValue<DateTimeOffset>() <= world.Clock.GetUtcNow() => document.Text("then"),
            { } document => document.Text("state"),
        };

    /// <summary>The time of the last change request. Null before the first one.</summary>
    public static DateTimeOffset? Turned(SandboxWorld world, string table, string key) =>
        world.Store.Get(table, key)?["at"]?.GetValue<DateTimeOffset>();

    public static void Turn(SandboxWorld world, string table, string key, string state, string then, TimeSpan after) =>
        world.Store.Put(
            table,
            key,
            new JsonObject
            {
                ["state"] = state,
                ["then"] = then,
                ["at"] = world.Clock.GetUtcNow(),
                ["due"] = world.Clock.GetUtcNow() + after,
            }
        );
}
