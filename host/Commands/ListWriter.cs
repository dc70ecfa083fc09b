using System.Text.Json;
using MeshPort.Host.Output;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Commands;

/// <summary>Writes a list once, or each change of it.</summary>
internal sealed class ListWriter<T>(Screen screen, Listing<T> listing, Format format)
{
    private readonly Column<T>[] _columns = [.. listing.Columns.Where(column => !column.IsWide || format == Format.Wide)];
    private int[]? _widths; // the rows of a watch continue one table

    /// <param name="isOne">The single item of a name is written without a list around it.</param>
    public void Write(IReadOnlyList<T> items, bool isOne = false)
    {
        switch (format)
        {
            case Format.Json:
                screen.Out.WriteLine(isOne ? JsonText.Write(listing.Body(items[0])) : JsonText.Write(items.Select(listing.Body)));
                break;
            case Format.Yaml:
                screen.Out.Write(
                    YamlText.Write(isOne ? listing.Body(items[0]) : JsonSerializer.SerializeToElement(items.Select(listing.Body)))
                );
                break;
            case Format.Name:
                foreach (var item in items)
                {
                    screen.Out.WriteLine(listing.Id(item));
                }

                break;
            default:
                WriteTable(items, withHeaders: true);
                if (items.Count == 0)
                {
                    screen.Note("There is nothing to list.");
                }

                break;
        }
    }

    /// <summary>Writes the list, and then each item that changes, until Ctrl+C. A server that is lost meanwhile is waited for.</summary>
    public async Task<int> WatchAsync(Func<CancellationToken, Task<IReadOnlyList<T>>> read, Uri server, CancellationToken cancellationToken)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        var patience = screen.EndlessPatience();
        var isFirst = true;
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var items = await read(cancellationToken);
            while (true)
            {
                var changed = items.Where(item => before.GetValueOrDefault(listing.Id(item)) != State(item)).ToList();
                WriteChanges(changed, isFirst);
                foreach (var gone in before.Keys.Except(items.Select(listing.Id)).ToList())
                {
                    screen.Note($"{gone} is deleted.");
                    before.Remove(gone);
                }

                foreach (var item in changed)
                {
                    before[listing.Id(item)] = State(item);
                }

                isFirst &= items.Count == 0;
                await Task.Delay(
                    PollPause.After(TimeProvider.System.GetElapsedTime(began), server),
                    TimeProvider.System,
                    cancellationToken
                );
                began = TimeProvider.System.GetTimestamp();
                items = await patience.ReadAsync(() => read(cancellationToken), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted; // the usual end
        }
    }

    private void WriteChanges(IReadOnlyList<T> changed, bool isFirst)
    {
        if (format == Format.Json)
        {
            foreach (var item in changed)
            {
                screen.Out.WriteLine(JsonText.WriteLine(listing.Body(item)));
            }
        }
        else if (format is Format.Table or Format.Wide)
        {
            WriteTable(changed, isFirst);
        }
        else if (changed.Count > 0)
        {
            Write(changed);
        }

        screen.Out.Flush();
    }

    private void WriteTable(IReadOnlyList<T> items, bool withHeaders)
    {
        var table = new TextTable([.. _columns.Select(column => column.Header)]);
        foreach (var item in items)
        {
            table.Add(
                [.. _columns.Select(column => column.Cell(item).ReplaceLineEndings(" "))],
                line => screen.Paint.Status(line, listing.Status(item))
            );
        }

        if (items.Count > 0)
        {
            _widths = table.Write(screen.Out, withHeaders, _widths);
        }
    }

    /// <summary>A watch prints an item again when this text changes: in tables the cells, otherwise everything.</summary>
    private string State(T item) =>
        format is Format.Json or Format.Yaml
            ? listing.Body(item).GetRawText()
            : string.Join('\t', _columns.Select(column => column.Cell(item)));
}
