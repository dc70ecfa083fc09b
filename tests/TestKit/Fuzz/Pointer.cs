using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MeshPort.TestKit.Fuzz;

/// <summary>RFC 6901, read independently of the code that writes it.</summary>
public static partial class Pointer
{
    private static readonly string[] PathSegments = ["/subscriptionId", "/resourceGroup", "/cluster", "/exposure"];

    /// <summary>Whether it points to an existing place of the document, or to a missing field of one.</summary>
    public static bool LeadsInto(string pointer, string document)
    {
        if (!Rule().IsMatch(pointer))
        {
            return false;
        }

        using var json = JsonDocument.Parse(document);
        var steps = pointer
            .Split('/')
            .Skip(1)
            .Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
            .ToList();
        var place = json.RootElement;
        foreach (var step in steps.SkipLast(1))
        {
            if (!TryStep(ref place, step))
            {
                return false;
            }
        }

        return steps.Count == 0
            || place.ValueKind == JsonValueKind.Object
            || TryStep(ref place, steps[^1])
            || PathSegments.Contains(pointer);
    }

    private static bool TryStep(ref JsonElement place, string step)
    {
        if (
            place.ValueKind == JsonValueKind.Array
            && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < place.GetArrayLength()
        )
        {
            place = place[index];
            return true;
        }

        return place.ValueKind == JsonValueKind.Object && place.TryGetProperty(step, out place);
    }

    [GeneratedRegex("^(/([^~/]|~[01])*)*$", RegexOptions.Singleline)]
    private static partial Regex Rule();
}
