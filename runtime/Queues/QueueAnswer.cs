using System.Xml.Linq;

namespace MeshPort.Runtime.Queues;

/// <summary>The result of an operation, independent of HTTP.</summary>
internal sealed record QueueAnswer(int Status, XElement? Body = null)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];
}
