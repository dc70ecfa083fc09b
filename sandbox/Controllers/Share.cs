using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>A number or a percentage (IntOrString).</summary>
internal static class Share
{
    public static int Of(JsonNode? value, int whole, bool roundUp)
    {
        if (value.Number() is { } number)
        {
            return (int)number;
        }

        var percent = int.TryParse(value.Text()?.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : 0;
        return roundUp ? ((whole * percent) + 99) / 100 : whole * percent / 100;
    }
}
