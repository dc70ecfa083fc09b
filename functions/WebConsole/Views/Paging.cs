namespace MeshPort.WebConsole.Views;

/// <summary>A page of a list, with links to its neighbours.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Total">The items of all pages.</param>
/// <param name="Path">The path of the list with its filters, to which the number is added.</param>
/// <param name="Size">The items of a page.</param>
public sealed record Paging(int Number, int Total, string Path, int Size)
{
    public int Count => Math.Max(1, (Total + Size - 1) / Size);

    public int First => Total == 0 ? 0 : ((Number - 1) * Size) + 1;

    public int Last => Math.Min(Total, Number * Size);

    public string? Previous => Number > 1 ? Of(Number - 1) : null;

    public string? Next => Number < Count ? Of(Number + 1) : null;

    /// <summary>The page with a number, or the last one if there are fewer.</summary>
    public static Paging Clamp(int number, int total, string path, int size)
    {
        var all = new Paging(1, total, path, size);
        return all with { Number = Math.Clamp(number, 1, all.Count) };
    }

    public IEnumerable<T> Cut<T>(IEnumerable<T> all) => all.Skip((Number - 1) * Size).Take(Size);

    private string Of(int number) => $"{Path}{(Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}page={number}";
}
