using System.Globalization;
using Microsoft.Extensions.Configuration;
using NCrontab;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>When a timer runs: NCRONTAB with five or six fields, or a TimeSpan; <c>%Setting%</c> is replaced first. UTC.</summary>
internal sealed class Schedule
{
    private readonly CrontabSchedule? _cron;
    private readonly TimeSpan _interval;

    private Schedule(CrontabSchedule? cron, TimeSpan interval)
    {
        _cron = cron;
        _interval = interval;
    }

    /// <exception cref="InvalidOperationException">The schedule makes no sense, or its setting is missing.</exception>
    public static Schedule Parse(string function, string text, IConfiguration configuration)
    {
        var resolved = text;
        if (text.Length > 2 && text[0] == '%' && text[^1] == '%')
        {
            resolved = configuration[text[1..^1]] ?? throw new InvalidOperationException($"The schedule of {function} is {text}, and there is no setting of that name.");
        }

        if (TimeSpan.TryParse(resolved, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero && !resolved.Contains(' ', StringComparison.Ordinal))
        {
            return new Schedule(null, interval);
        }

        var fields = resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var cron = CrontabSchedule.TryParse(resolved, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 });
        return cron is not null
            ? new Schedule(cron, TimeSpan.Zero)
            : throw new InvalidOperationException($"The schedule of {function}, '{resolved}', is neither NCRONTAB nor a TimeSpan.");
    }

    public DateTime Next(DateTime after) => _cron is null ? after + _interval : _cron.GetNextOccurrence(after);

    /// <summary>A schedule that runs more often than once a minute is not monitored (functions-api A10).</summary>
    public bool IsMonitored(DateTime now) => Next(Next(now)) - Next(now) >= TimeSpan.FromMinutes(1);
}
