using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>A YAML file as JSON, with the position of every field.</summary>
/// <param name="Positions">By RFC 6901 pointer: the key of a mapping's entry, or the start of a list's item.</param>
/// <param name="Unquoted">The pointers and texts of plain scalars that YAML does not read as strings.</param>
internal sealed record YamlDocument(
    string File,
    JsonNode? Root,
    IReadOnlyDictionary<string, Position> Positions,
    IReadOnlyDictionary<string, string> Unquoted
)
{
    /// <summary>Returns the position of the field. If it is missing, the position of its nearest parent.</summary>
    public Position? Find(string pointer)
    {
        for (var at = pointer; ; at = at[..at.LastIndexOf('/')])
        {
            if (Positions.TryGetValue(at, out var position))
            {
                return position;
            }

            if (at.Length == 0)
            {
                return null;
            }
        }
    }
}
