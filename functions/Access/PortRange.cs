using System.Globalization;

namespace MeshPort.Access;

/// <summary>From one port to another, both included.</summary>
internal sealed record PortRange(int First, int Last)
{
    /// <param name="text"><c>9000</c> or <c>9000-9999</c>.</param>
    /// <returns>Null when it is neither.</returns>
    public static PortRange? Parse(string text)
    {
        var ends = text.Split('-', 2);
        return Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? new PortRange(first, last) : null;
    }

    public bool Holds(int port) => port >= First && port <= Last;

    private static int? Port(string text) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : null;
}
