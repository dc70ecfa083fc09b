using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>The ARM body of a maintenance configuration (Microsoft.ContainerService 2026-03-01), pure.</summary>
internal static class MaintenanceBody
{
    private const string Window = "maintenanceWindow";

    public static JsonObject Of(MaintenanceWindow window) => new() { ["properties"] = new JsonObject { [Window] = Content(window) } };

    /// <param name="observed">The configuration as Azure answers it. Azure adds nulls and the first day.</param>
    public static bool Fits(JsonObject observed, MaintenanceWindow window)
    {
        var found = observed["properties"]?[Window]?.DeepClone() as JsonObject ?? [];
        if (window.StartDate is null)
        {
            found.Remove("startDate");
        }

        found["utcOffset"] ??= MaintenanceWindow.Utc;
        Trim(found);
        return JsonNode.DeepEquals(found, Content(window));
    }

    /// <returns>The day from which the weeks of an existing window count; null without a window.</returns>
    public static string? FirstDay(JsonObject? observed) => observed?["properties"]?[Window]?["startDate"]?.GetValue<string>();

    private static JsonObject Content(MaintenanceWindow window)
    {
        var content = new JsonObject
        {
            ["schedule"] = Schedule(window),
            ["durationHours"] = window.DurationHours,
            ["utcOffset"] = window.UtcOffset,
            ["startDate"] = window.StartDate,
            ["startTime"] = window.StartTime,
            ["notAllowedDates"] = new JsonArray([
                .. window.NotAllowedDates.Select(dates => new JsonObject { ["start"] = dates.Start, ["end"] = dates.End }),
            ]),
        };
        Trim(content);
        return content;
    }

    private static JsonObject Schedule(MaintenanceWindow window) =>
        window switch
        {
            { EveryDays: { } days } => new() { ["daily"] = new JsonObject { ["intervalDays"] = days } },
            { EveryWeeks: { } weeks } => new()
            {
                ["weekly"] = new JsonObject { ["intervalWeeks"] = weeks, ["dayOfWeek"] = $"{window.DayOfWeek}" },
            },
            { DayOfMonth: { } day } => new()
            {
                ["absoluteMonthly"] = new JsonObject { ["intervalMonths"] = window.EveryMonths, ["dayOfMonth"] = day },
            },
            _ => new()
            {
                ["relativeMonthly"] = new JsonObject
                {
                    ["intervalMonths"] = window.EveryMonths,
                    ["dayOfWeek"] = $"{window.DayOfWeek}",
                    ["weekIndex"] = $"{window.WeekIndex}",
                },
            },
        };

    /// <summary>Removes nulls and empty lists.</summary>
    private static void Trim(JsonObject node)
    {
        foreach (var (name, value) in node.ToList())
        {
            switch (value)
            {
                case null or JsonArray { Count: 0 }:
                    node.Remove(name);
                    break;
                case JsonObject child:
                    Trim(child);
                    break;
            }
        }
    }
}
