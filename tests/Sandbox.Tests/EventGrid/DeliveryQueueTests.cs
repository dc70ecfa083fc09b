using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

public sealed class DeliveryQueueTests
{
    /// <summary>Otherwise one subscription could have an event while the queue seems empty.</summary>
    [Fact]
    public async Task An_event_is_queued_for_all_its_subscriptions_at_once()
    {
        using var world = new SandboxWorld(60, null);
        using var queue = new DeliveryQueue(world);
        var publishing = Task.Run(
            () =>
            {
                for (var number = 0; number < 200; number++)
                {
                    queue.Add(
                        [.. Enumerable.Range(0, 5).Select(subscription => ($"{subscription}", new JsonObject { ["number"] = number }))],
                        world.Clock.GetUtcNow()
                    );
                }
            },
            TestContext.Current.CancellationToken
        );

        while (!publishing.IsCompleted)
        {
            Assert.All(queue.Waiting.GroupBy(delivery => $"{delivery.Payload["number"]}"), seen => Assert.Equal(5, seen.Count()));
        }

        await publishing;
        Assert.Equal(1000, queue.Waiting.Count);
    }
}
