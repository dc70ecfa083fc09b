using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Gives the ports of one Service their node ports.</summary>
/// <param name="others">The node ports of other Services.</param>
internal sealed class NodePortAllocation(JsonObject service, HashSet<long> others)
{
    public const int First = 30000;
    public const int Count = Last - First + 1;
    private const int Last = 32767;
    private readonly HashSet<long> _own = [];
    private int _offset = others.Count * 7;
    private int _invented = Last;

    /// <param name="before">The Service before the write. It keeps node ports that the new object omits.</param>
    /// <param name="isWanted">The Service's type has node ports.</param>
    /// <param name="isDryRun">Allocates nothing: the answer shows numbers outside the range.</param>
    /// <exception cref="KubeError">422 for a number that is taken or out of range, 500 for a full range or a duplicate number.</exception>
    public void Run(JsonObject? before, bool isWanted, bool isDryRun)
    {
        var known = before
            .Items("spec", "ports")
            .Where(port => port.Number("nodePort") is not null)
            .ToDictionary(Key, port => port.Number("nodePort"));
        var ports = service.Items("spec", "ports").OfType<JsonObject>().ToArray();
        foreach (var (index, port) in ports.Index())
        {
            if (port.Number("nodePort") is { } asked and not 0)
            {
                Claim(port, index, asked, isWanted);
            }
            else
            {
                Keep(port, isWanted ? known.GetValueOrDefault(Key(port)) : null);
            }
        }

        foreach (var port in ports.Where(port => isWanted && port["nodePort"] is null))
        {
            port["nodePort"] = Free(isDryRun);
        }
    }

    private static (long? Port, string? Protocol) Key(JsonNode port) => (port.Number("port"), port.Text("protocol"));

    private void Keep(JsonObject port, long? known)
    {
        port.Remove("nodePort");
        if (known is { } number && _own.Add(number))
        {
            port["nodePort"] = number;
        }
    }

    private void Claim(JsonObject port, int index, long asked, bool isWanted)
    {
        if (!isWanted && service.Text("spec", "type") == "ClusterIP")
        {
            port.Remove("nodePort");
        }
        else if (asked is < First or > Last)
        {
            throw Invalid(index, asked, "provided port is not in the valid range. The range of valid ports is 30000-32767");
        }
        else if (others.Contains(asked))
        {
            throw Invalid(index, asked, "provided port is already allocated");
        }
        else if (!_own.Add(asked))
        {
            throw KubeError.Internal($"duplicate nodePort: {{{port.Text("protocol")} {asked}}}");
        }
    }

    private KubeError Invalid(int index, long asked, string message) =>
        KubeError.Invalid(ResourceCatalog.Service, service.Name(), [Cause.Invalid($"spec.ports[{index}].nodePort", $"{asked}", message)]);

    private int Free(bool isDryRun)
    {
        if (others.Count + _own.Count >= Count && !isDryRun)
        {
            throw new KubeError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
        }

        var free = isDryRun ? ++_invented : Next();
        while (others.Contains(free) || !_own.Add(free))
        {
            free = Next();
        }

        return free;
    }

    private int Next() => First + (_offset++ % Count);
}
