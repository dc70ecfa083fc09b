using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>A YAML file as JSON, with the place of every field.</summary>
/// <param name="Positions">By RFC 6901 pointer: of a mapping's entry where its key is, of a list's item where it begins.</param>
/// <param name="Unquoted">Pointers of plain scalars that YAML reads as something other than a string, with their text.</param>
internal sealed record YamlDocument(
    string File,
    JsonNode? Root,
    IReadOnlyDictionary<string, Position> Positions,
    IReadOnlyDictionary<string, string> Unquoted
)
{
    /// <summary>Where the field is, or, when it is missing, what it is missing from.</summary>
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
