using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>A state that turns into another at a time that is stored with it: nothing has to run for it to change.</summary>
internal static class TimedState
{
    public static string? Read(SandboxWorld world, string table, string key) =>
        world.Store.Get(table, key) switch
        {
            null => null,
            { } document when document["due"]?.GetValue<DateTimeOffset>() <= world.Clock.GetUtcNow() => document.Text("then"),
            { } document => document.Text("state"),
        };

    /// <summary>When it was last told to turn; null when it never was.</summary>
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
