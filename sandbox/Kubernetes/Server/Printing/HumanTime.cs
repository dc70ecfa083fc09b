using System.Globalization;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>Durations in their two largest units, as in k8s.io/apimachinery's duration.HumanDuration.</summary>
internal static class HumanTime
{
    public static string Since(string? timestamp, DateTimeOffset now) =>
        DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, out var then) ? Of(now - then) : "<unknown>";

    public static string Of(TimeSpan duration)
    {
        var (seconds, minutes, hours, days) = (
            (int)duration.TotalSeconds,
            (int)duration.TotalMinutes,
            (int)duration.TotalHours,
            (int)duration.TotalDays
        );
        return duration switch
        {
            _ when seconds < -1 => "<invalid>",
            _ when seconds < 0 => "0s",
            _ when seconds < 120 => $"{seconds}s",
            _ when minutes < 10 => Both(minutes, "m", seconds % 60, "s"),
            _ when minutes < 180 => $"{minutes}m",
            _ when hours < 8 => Both(hours, "h", minutes % 60, "m"),
            _ when hours < 48 => $"{hours}h",
            _ when days < 8 => Both(days, "d", hours % 24, "h"),
            _ when days < 730 => $"{days}d",
            _ when days < 2920 => Both(days / 365, "y", days % 365, "d"),
            _ => $"{days / 365}y",
        };
    }

    private static string Both(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
