using System.Globalization;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads the field <c>maintenance</c> of a cluster's spec. The limits are those of the published specification (maintenanceWindow), and of
/// "Use planned maintenance to schedule and control upgrades" of the AKS documentation.
/// </summary>
internal static class ClusterMaintenance
{
    private const int ShortestHours = 4;
    private const int LongestHours = 24;
    private const int MostSpans = 100;

    private static readonly TextRule Time = Format(
        "HH:mm",
        "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        "a time of day. Write hours and minutes, such as 02:00."
    );
    private static readonly TextRule Date = Format("yyyy-MM-dd", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date. Write one such as 2026-12-24.");
    private static readonly TextRule Offset = new(text =>
        text is [('+' or '-'), ..]
        && TimeOnly.TryParseExact(text.AsSpan(1), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var offset)
        && offset <= new TimeOnly(14, 0)
            ? null
            : $"'{text}' is not an offset from UTC. Write one such as +05:30."
    )
    {
        Pattern = "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$",
    };

    public static MaintenanceSpec Read(SpecReader reader)
    {
        var maintenance = new MaintenanceSpec
        {
            Releases = reader.Object("releases") is { } releases ? Window(releases, isWeekly: true) : null,
            Upgrades = reader.Object("upgrades") is { } upgrades ? Window(upgrades) : null,
            NodeOs = reader.Object("nodeOs") is { } nodeOs ? Window(nodeOs, mayBeDaily: true) : null,
        };
        reader.RefuseUnknown();
        return maintenance;
    }

    private static MaintenanceWindow Window(SpecReader reader, bool isWeekly = false, bool mayBeDaily = false)
    {
        var window = new MaintenanceWindow
        {
            EveryDays = reader.Number("everyDays", 1, 7),
            EveryWeeks = reader.Number("everyWeeks", 1, 4),
            EveryMonths = reader.Number("everyMonths", 1, 6),
            DayOfWeek = reader.Choice<Weekday>("dayOfWeek"),
            DayOfMonth = reader.Number("dayOfMonth", 1, 31),
            WeekIndex = reader.Choice<WeekIndex>("weekIndex"),
            StartTime = reader.Text("startTime", required: true, check: Time) ?? "",
            DurationHours = reader.Number("durationHours", ShortestHours, LongestHours, required: true) ?? ShortestHours,
            UtcOffset = reader.Text("utcOffset", check: Offset) ?? MaintenanceWindow.Utc,
            StartDate = reader.Text("startDate", check: Date),
            NotAllowedDates = [.. reader.Objects("notAllowedDates").Select(Span)],
        };
        reader.RefuseMore("notAllowedDates", window.NotAllowedDates.Count, MostSpans);
        reader.RequireOne("everyDays", "everyWeeks", "everyMonths");
        if (Unfit(window) is { } unfit)
        {
            reader.Error(unfit.Field, unfit.IsMissing ? "Required" : "InvalidCombination", unfit.Detail);
        }

        if (!isWeekly && !mayBeDaily && reader.Has("everyDays"))
        {
            reader.Error("everyDays", "InvalidCombination", "Only images of nodes have daily windows. Set 'everyWeeks' or 'everyMonths'.");
        }

        if (isWeekly && !reader.Has("everyWeeks"))
        {
            reader.Error("everyWeeks", "Required", "AKS's releases have weekly windows only. Set 'everyWeeks' and 'dayOfWeek'.");
        }

        reader.RefuseUnknown();
        return window;
    }

    /// <returns>The field that the repetition lacks, or does not have.</returns>
    private static (string Field, bool IsMissing, string Detail)? Unfit(MaintenanceWindow window) =>
        window switch
        {
            { EveryWeeks: not null, DayOfWeek: null } => ("dayOfWeek", true, "A weekly window needs 'dayOfWeek'. Set it."),
            { EveryMonths: not null, DayOfMonth: null, WeekIndex: null } => (
                "dayOfMonth",
                true,
                "A monthly window needs 'dayOfMonth', or 'weekIndex' and 'dayOfWeek'. Set them."
            ),
            { EveryMonths: not null, WeekIndex: not null, DayOfWeek: null } => (
                "dayOfWeek",
                true,
                "'weekIndex' needs 'dayOfWeek'. Set it."
            ),
            { EveryMonths: not null, DayOfMonth: not null } and ({ WeekIndex: not null } or { DayOfWeek: not null }) => (
                "dayOfMonth",
                false,
                "A day of the month excludes 'weekIndex' and 'dayOfWeek'. Remove it, or remove them."
            ),
            { EveryMonths: null, DayOfMonth: not null } => ("dayOfMonth", false, "Only a monthly window has 'dayOfMonth'. Remove it."),
            { EveryMonths: null, WeekIndex: not null } => ("weekIndex", false, "Only a monthly window has 'weekIndex'. Remove it."),
            { EveryDays: not null, DayOfWeek: not null } => ("dayOfWeek", false, "A daily window has no 'dayOfWeek'. Remove it."),
            _ => null,
        };

    private static DateSpan Span(SpecReader reader)
    {
        var span = new DateSpan(
            reader.Text("start", required: true, check: Date) ?? "",
            reader.Text("end", required: true, check: Date) ?? ""
        );
        if (span.End.Length > 0 && string.CompareOrdinal(span.Start, span.End) > 0)
        {
            reader.Error("end", "InvalidCombination", $"The span ends on {span.End}, before it starts. Write a later day.");
        }

        reader.RefuseUnknown();
        return span;
    }

    private static TextRule Format(string format, string pattern, string wanted) =>
        new(text =>
            DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                ? null
                : $"'{text}' is not {wanted}"
        )
        {
            Pattern = pattern,
        };
}
