using System.Globalization;
using Microsoft.Extensions.Configuration;
using NCrontab;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>
/// A timer's schedule: NCRONTAB with five or six fields, or a TimeSpan. <c>%Setting%</c> is replaced first. Times are UTC, or in the zone
/// of the setting WEBSITE_TIME_ZONE (functions-api A10).
/// </summary>
internal sealed class Schedule
{
    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _interval;
    private readonly TimeZoneInfo _zone;

    private Schedule(CrontabSchedule? cron, TimeSpan interval, TimeZoneInfo zone)
    {
        _cron = cron;
        _interval = interval;
        _zone = zone;
    }

    /// <exception cref="InvalidOperationException">The schedule is invalid, or its setting is missing.</exception>
    public static Schedule Parse(string function, string text, IConfiguration configuration)
    {
        var resolved = text;
        if (text.Length > 2 && text[0] == '%' && text[^1] == '%')
        {
            resolved =
                configuration[text[1..^1]]
                ?? throw new InvalidOperationException($"The schedule of {function} is {text}, but the setting does not exist.");
        }

        if (
            TimeSpan.TryParse(resolved, CultureInfo.InvariantCulture, out var interval)
            && interval > TimeSpan.Zero
            && !resolved.Contains(' ', StringComparison.Ordinal)
        )
        {
            return new Schedule(null, interval, TimeZoneInfo.Utc);
        }

        var fields = resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var cron = CrontabSchedule.TryParse(resolved, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 });
        return cron is not null
            ? new Schedule(cron, TimeSpan.Zero, Zone(configuration))
            : throw new InvalidOperationException($"The schedule of {function}, '{resolved}', is neither NCRONTAB nor a TimeSpan.");
    }

    /// <param name="after">A UTC time, like the result.</param>
    public DateTime Next(DateTime after)
    {
        if (_cron is null)
        {
            return after + _interval;
        }

        var offset = _zone.GetUtcOffset(after);
        var local = _cron.GetNextOccurrence(after + offset);
        var next = DateTime.SpecifyKind(local - offset, DateTimeKind.Utc);
        // The offset may change in between. The schedule means local time of day. A repeated hour counts once.
        var changed = DateTime.SpecifyKind(local - _zone.GetUtcOffset(next), DateTimeKind.Utc);
        return changed > after ? changed : next;
    }

    /// <summary>False for a schedule that runs more often than once a minute (functions-api A10).</summary>
    public bool IsMonitored(DateTime now) => Next(Next(now)) - Next(now) >= TimeSpan.FromMinutes(1);

    private static TimeZoneInfo Zone(IConfiguration configuration) =>
        configuration["WEBSITE_TIME_ZONE"] switch
        {
            null or "" => TimeZoneInfo.Utc,
            var id when TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) => zone,
            var id => throw new InvalidOperationException(
                $"The setting WEBSITE_TIME_ZONE is '{id}', which is not a time zone of this machine."
            ),
        };
}
