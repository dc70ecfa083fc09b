using System.Xml.Linq;

namespace MeshPort.Runtime.Queues;

/// <summary>What an operation answers, before it meets HTTP.</summary>
internal sealed record QueueAnswer(int Status, XElement? Body = null)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];
}
