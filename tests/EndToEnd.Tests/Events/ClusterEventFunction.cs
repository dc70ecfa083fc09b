using System.Reflection;
using System.Threading.Channels;
using Azure.Messaging.EventGrid;
using MeshPort.Events;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.EndToEnd.Tests.Events;

/// <summary>A function as somebody else would write it.</summary>
public sealed class ClusterEventFunction(Channel<EventGridEvent> received)
{
    [Function("OnClusterEvent")]
    public void OnClusterEvent([EventGridTrigger] EventGridEvent raised) => received.Writer.TryWrite(raised);

    /// <summary>An assembly of this function alone.</summary>
    internal sealed class Alone : Assembly
    {
        public override Type[] GetTypes() => [typeof(ClusterEventFunction)];

        public override AssemblyName GetName() => new("events");
    }
}
