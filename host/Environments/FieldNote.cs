using System.Text.Json.Nodes;

namespace MeshPort.Host.Environments;

/// <summary>The explanation of a field that editors show.</summary>
/// <param name="Pointer">RFC 6901. The fields of list items have the index 0.</param>
/// <param name="Example">JSON. Null for an object and a list of objects, whose fields have examples.</param>
internal sealed partial record FieldNote(string Pointer, string Title, string Description, string? Example = null)
{
    /// <summary>A document with all fields. It need not be valid: some fields exclude each other.</summary>
    public static JsonObject Document(IEnumerable<FieldNote> notes)
    {
        var document = new JsonObject();
        foreach (var note in notes.Where(note => note.Example is not null))
        {
            var steps = note.Pointer.Split('/')[1..];
            var place = document;
            for (var step = 0; step < steps.Length - 1; step++)
            {
                if (steps[step + 1] == "0")
                {
                    var list = place[steps[step]] as JsonArray ?? [new JsonObject()];
                    place[steps[step]] ??= list;
                    place = list[0]!.AsObject(); // made above
                    step++;
                }
                else
                {
                    place[steps[step]] ??= new JsonObject();
                    place = place[steps[step]]!.AsObject(); // made above
                }
            }

            place[steps[^1]] = JsonNode.Parse(note.Example!); // see Where
        }

        return document;
    }
}
