using System.Globalization;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// A schedule of minute, hour, day, month and weekday, or a name such as <c>@hourly</c> (https://en.wikipedia.org/wiki/Cron).
/// </summary>
internal sealed class CronSchedule
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(5 * 366); // to the next 29 February
    private readonly HashSet<int> _minutes;
    private readonly HashSet<int> _hours;
    private readonly HashSet<int> _days;
    private readonly HashSet<int> _months;
    private readonly HashSet<int> _weekdays;
    private readonly bool _anyDay;

    private CronSchedule(string[] fields)
    {
        _minutes = Values(fields[0], 0, 59, []);
        _hours = Values(fields[1], 0, 23, []);
        _days = Values(fields[2], 1, 31, []);
        _months = Values(fields[3], 1, 12, Months);
        _weekdays = [.. Values(fields[4], 0, 7, Days).Select(day => day % 7)];
        _anyDay = fields[2].StartsWith('*') || fields[4].StartsWith('*');
    }

    /// <summary>Why the text is not a schedule. Null for a schedule.</summary>
    public static string? Problem(string text)
    {
        string[] fields = Fields(text);
        return fields.Length != 5 ? $"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]"
            : Parse(text) is null ? $"failed to parse {text}"
            : null;
    }

    /// <summary>Null when the text is not a schedule.</summary>
    public static CronSchedule? Parse(string text)
    {
        try
        {
            return Fields(text) is { Length: 5 } fields ? new CronSchedule(fields) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string[] Fields(string text) =>
        (
            text.Trim() switch
            {
                "@yearly" or "@annually" => "0 0 1 1 *",
                "@monthly" => "0 0 1 * *",
                "@weekly" => "0 0 * * 0",
                "@daily" or "@midnight" => "0 0 * * *",
                "@hourly" => "0 * * * *",
                var other => other,
            }
        ).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The first time after the given one. Null when it never comes.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        var next = new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, time.Minute, 0, time.Offset).AddMinutes(1);
        for (var end = time + Horizon; next < end; )
        {
            if (!_months.Contains(next.Month) || !IsDay(next))
            {
                next = new DateTimeOffset(next.Date, next.Offset).AddDays(1);
            }
            else if (!_hours.Contains(next.Hour))
            {
                next = next.AddMinutes(60 - next.Minute);
            }
            else if (!_minutes.Contains(next.Minute))
            {
                next = next.AddMinutes(1);
            }
            else
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>With both a day and a weekday, either is enough.</summary>
    private bool IsDay(DateTimeOffset time)
    {
        var (day, weekday) = (_days.Contains(time.Day), _weekdays.Contains((int)time.DayOfWeek));
        return _anyDay ? day && weekday : day || weekday;
    }

    private static HashSet<int> Values(string field, int least, int most, string[] names)
    {
        var values = new HashSet<int>();
        foreach (var part in field.Split(','))
        {
            var (range, step) = part.Split('/') is [var before, var every] ? (before, Number(every, names)) : (part, 1);
            var (first, last) =
                range is "*" or "?" ? (least, most)
                : range.Split('-') is [var from, var to]
                    ? (Number(from, names) + Offset(from, least, names), Number(to, names) + Offset(to, least, names))
                : part.Contains('/', StringComparison.Ordinal) ? (Number(range, names), most)
                : (Number(range, names) + Offset(range, least, names), Number(range, names) + Offset(range, least, names));
            if (first < least || last > most || first > last || step < 1)
            {
                throw new FormatException(part);
            }

            for (var value = first; value <= last; value += step)
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>Months count from 1, weekdays from 0.</summary>
    private static int Offset(string text, int least, string[] names) => names.Contains(text.ToLowerInvariant()) ? least : 0;

    private static int Number(string text, string[] names) =>
        Array.IndexOf(names, text.ToLowerInvariant()) is >= 0 and var index
            ? index
            : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
