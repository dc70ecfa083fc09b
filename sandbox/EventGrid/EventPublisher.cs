using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>Queues an event for every matching subscription.</summary>
internal sealed class EventPublisher(
    SandboxWorld world,
    EventSubscriptionStore subscriptions,
    DeliveryQueue queue,
    DeliverySwitches switches
)
{
    public void Publish(GridEvent raised)
    {
        var deliveries = new List<(string Subscription, JsonObject Payload)>();
        foreach (var subscription in subscriptions.Active())
        {
            var topic = raised.Topics.FirstOrDefault(topic =>
                string.Equals(topic, subscription.Source, StringComparison.OrdinalIgnoreCase)
            );
            if (topic is not null && raised.Render(topic, subscription.IsCloudEvents) is var payload && subscription.Wants(raised, payload))
            {
                deliveries.Add((subscription.Id, payload));
            }
        }

        queue.Add(deliveries, switches.DueOf(world.Clock.GetUtcNow()));
    }
}
