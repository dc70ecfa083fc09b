using System.Globalization;

namespace MeshPort.Access;

/// <summary>The ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal sealed record PortRange(int First, int Last)
{
    /// <param name="text"><c>9000</c> or <c>9000-9999</c>.</param>
    /// <returns>Null when the text is neither.</returns>
    public static PortRange? Parse(string text)
    {
        var ends = text.Split('-', 2);
        return Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? new PortRange(first, last) : null;
    }

    public bool Holds(int port) => port >= First && port <= Last;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";

    private static int? Port(string text) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : null;
}
