using System.Globalization;

namespace MeshPort.Host.Progress;

/// <summary>Formats durations for people.</summary>
internal static class SimulatedDuration
{
    public static string Text(TimeSpan? duration) =>
        duration switch
        {
            null => "",
            { TotalHours: >= 1 } hours => string.Create(CultureInfo.InvariantCulture, $"{(int)hours.TotalHours} h {hours.Minutes} min"),
            { TotalMinutes: >= 1 } some => string.Create(CultureInfo.InvariantCulture, $"{some.Minutes} min {some.Seconds} s"),
            { } brief => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, brief.TotalSeconds):0} s"),
        };
}
