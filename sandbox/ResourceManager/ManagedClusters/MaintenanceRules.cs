using System.Globalization;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's validation of a maintenance window: the ranges of the published specification, and the schedules that each configuration may have
/// (AKS documentation, "Use planned maintenance"). The wording is not measured.
/// </summary>
internal static class MaintenanceRules
{
    private const string Target = "properties.maintenanceWindow";
    private static readonly string[] Kinds = ["daily", "weekly", "absoluteMonthly", "relativeMonthly"];

    /// <summary>Checks the window, and fills in what AKS does.</summary>
    /// <param name="today">The first day of a window that names none.</param>
    public static void Complete(string name, JsonObject properties, DateTimeOffset today)
    {
        if (properties.Object("maintenanceWindow") is not { } window)
        {
            return;
        }

        var schedule = window.Object("schedule") ?? [];
        var kinds = Kinds.Where(kind => schedule.Object(kind) is not null).ToList();
        Require(kinds.Count == 1, "schedule", "Exactly one of daily, weekly, absoluteMonthly and relativeMonthly must be given.");
        Require(name != "default" || kinds[0] == "weekly", "schedule", $"The configuration default must be weekly, not {kinds[0]}.");
        Require(
            name == "aksManagedNodeOSUpgradeSchedule" || kinds[0] != "daily",
            "schedule",
            $"Only the configuration aksManagedNodeOSUpgradeSchedule can be daily, not {name}."
        );
        SettingRanges.Check(schedule, Target, 1, 7, "daily", "intervalDays");
        SettingRanges.Check(schedule, Target, 1, 4, "weekly", "intervalWeeks");
        SettingRanges.Check(schedule, Target, 1, 6, "absoluteMonthly", "intervalMonths");
        SettingRanges.Check(schedule, Target, 1, 31, "absoluteMonthly", "dayOfMonth");
        SettingRanges.Check(schedule, Target, 1, 6, "relativeMonthly", "intervalMonths");
        SettingRanges.Check(window, Target, 4, 24, "durationHours");
        Require(Is(window.Text("startTime"), "HH:mm"), "startTime", "startTime must be of the form HH:mm.");
        window.Default("utcOffset", "+00:00");
        Require(
            window.Text("utcOffset") is ['+' or '-', .. var offset] && Is(offset, "HH:mm"),
            "utcOffset",
            "utcOffset must be of the form +HH:mm or -HH:mm."
        );
        window.Default("startDate", today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Require(Is(window.Text("startDate"), "yyyy-MM-dd"), "startDate", "startDate must be of the form yyyy-MM-dd.");
        foreach (var span in window.Objects("notAllowedDates"))
        {
            Require(
                Is(span.Text("start"), "yyyy-MM-dd")
                    && Is(span.Text("end"), "yyyy-MM-dd")
                    && string.CompareOrdinal(span.Text("start"), span.Text("end")) <= 0,
                "notAllowedDates",
                "A span of notAllowedDates must have a start and an end of the form yyyy-MM-dd, in this order."
            );
        }
    }

    private static bool Is(string? text, string format) =>
        DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static void Require(bool isMet, string name, string message) => ArmErrors.Require(isMet, $"{Target}.{name}", message);
}
