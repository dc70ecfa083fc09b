using System.Collections.Concurrent;

namespace MeshPort.Kubernetes;

/// <summary>Namespaces that lists leave out when the API server refuses them, and remember.</summary>
internal sealed class OptionalNamespaces(IReadOnlyCollection<string> names)
{
    public static readonly OptionalNamespaces None = new([]);

    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);

    /// <summary>The namespaces that lists have left out.</summary>
    public IReadOnlyList<string> Refused => [.. _refused.Keys.Order(StringComparer.Ordinal)];

    /// <returns>Whether a list leaves the namespace out.</returns>
    public bool Refuse(string name)
    {
        if (!names.Contains(name))
        {
            return false;
        }

        _refused[name] = true;
        return true;
    }
}
