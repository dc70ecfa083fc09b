using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>Counts repairs by the hour of the last day. Pure.</summary>
internal static class DriftHours
{
    private const int Hours = 24;

    public static IReadOnlyList<DriftHour> Of(IReadOnlyList<HistoryEntry> entries, DateTimeOffset now)
    {
        var last = Hour(now);
        return
        [
            .. Enumerable
                .Range(0, Hours)
                .Select(number => last.AddHours(number - Hours + 1))
                .Select(start => new DriftHour(start, Count(HistoryTypes.Repaired, start), Count(HistoryTypes.PortReverted, start))),
        ];

        int Count(string type, DateTimeOffset start) => entries.Count(entry => entry.Type == type && Hour(entry.At) == start);
    }

    private static DateTimeOffset Hour(DateTimeOffset at) => new(at.Year, at.Month, at.Day, at.Hour, 0, 0, at.Offset);
}
