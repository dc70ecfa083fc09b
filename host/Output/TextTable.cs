namespace MeshPort.Host.Output;

/// <summary>Aligns columns with spaces, as kubectl does: easy to read, and to process with awk.</summary>
internal sealed class TextTable(params string[] headers)
{
    private const int Gap = 3;
    private readonly List<(string[] Cells, Func<string, string>? Colour)> _rows = [];

    /// <param name="colour">Colours the whole row.</param>
    public void Add(string[] cells, Func<string, string>? colour = null) => _rows.Add((cells, colour));

    /// <param name="least">The widths of an earlier table, whose rows these continue.</param>
    /// <returns>The widths of the columns.</returns>
    public int[] Write(TextWriter output, bool withHeaders = true, int[]? least = null)
    {
        var widths = headers
            .Select(
                (header, column) =>
                    _rows.Select(row => row.Cells[column].Length).Append(withHeaders ? header.Length : 0).Append(least?[column] ?? 0).Max()
            )
            .ToArray();
        if (withHeaders)
        {
            output.WriteLine(Line(headers, widths));
        }

        foreach (var (cells, colour) in _rows)
        {
            var line = Line(cells, widths);
            output.WriteLine(colour is null ? line : colour(line));
        }

        return widths;
    }

    private static string Line(string[] cells, int[] widths) =>
        string.Concat(cells.Select((cell, column) => cell.PadRight(widths[column] + Gap))).TrimEnd();
}
