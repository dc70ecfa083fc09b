using System.Reflection;
using System.Threading.Channels;
using Azure.Messaging.EventGrid;
using MeshPort.Events;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.EndToEnd.Tests.Events;

/// <summary>A function as an operator writes it.</summary>
public sealed class ClusterEventFunction(Channel<EventGridEvent> received)
{
    [Function("OnClusterEvent")]
    public void OnClusterEvent([EventGridTrigger] EventGridEvent raised) => received.Writer.TryWrite(raised);

    /// <summary>An assembly with only this function.</summary>
    internal sealed class Alone : Assembly
    {
        public override Type[] GetTypes() => [typeof(ClusterEventFunction)];

        public override AssemblyName GetName() => new("events");
    }
}
