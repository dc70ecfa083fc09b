using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The times at which AKS works on a cluster by itself. A window that is null is left to AKS, or to others.</summary>
public sealed record MaintenanceSpec
{
    /// <summary>Of AKS's weekly releases, which change control plane and add-ons (<c>default</c>).</summary>
    public MaintenanceWindow? Releases { get; init; }

    /// <summary>Of upgrades by <see cref="UpgradesSpec.Channel"/> (<c>aksManagedAutoUpgradeSchedule</c>).</summary>
    public MaintenanceWindow? Upgrades { get; init; }

    /// <summary>Of upgrades by <see cref="UpgradesSpec.NodeOsChannel"/> (<c>aksManagedNodeOSUpgradeSchedule</c>).</summary>
    public MaintenanceWindow? NodeOs { get; init; }
}

/// <summary>A window that repeats every so many days, weeks or months; exactly one of the three is set.</summary>
public sealed record MaintenanceWindow
{
    public const string Utc = "+00:00";

    public int? EveryDays { get; init; }

    /// <summary>On <see cref="DayOfWeek"/>.</summary>
    public int? EveryWeeks { get; init; }

    /// <summary>On <see cref="DayOfMonth"/>, or on <see cref="DayOfWeek"/> in <see cref="WeekIndex"/>.</summary>
    public int? EveryMonths { get; init; }

    public Weekday? DayOfWeek { get; init; }

    public int? DayOfMonth { get; init; }

    public WeekIndex? WeekIndex { get; init; }

    /// <summary>Hours and minutes in <see cref="UtcOffset"/>, such as 02:00.</summary>
    public required string StartTime { get; init; }

    public required int DurationHours { get; init; }

    public string UtcOffset { get; init; } = Utc;

    /// <summary>The first day, such as 2026-12-01; null: the day on which Azure makes the window.</summary>
    public string? StartDate { get; init; }

    public IReadOnlyList<DateSpan> NotAllowedDates { get; init; } = [];
}

/// <summary>Days without maintenance, such as 2026-12-20, both included.</summary>
public sealed record DateSpan(string Start, string End);

[JsonConverter(typeof(JsonStringEnumConverter<Weekday>))]
public enum Weekday
{
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// <summary>Which of the weekdays of a month.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WeekIndex>))]
public enum WeekIndex
{
    First,
    Second,
    Third,
    Fourth,
    Last,
}
