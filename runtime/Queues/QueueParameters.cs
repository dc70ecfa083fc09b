using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>The query parameters of a request, with the limits and errors of the service. Times are whole seconds.</summary>
internal sealed class QueueParameters(IQueryCollection query)
{
    public const int SevenDays = 7 * 24 * 60 * 60;

    public string? Find(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    public string Require(string name) => Find(name) ?? throw QueueFault.MissingParameter(name);

    public bool Is(string name, string value) => string.Equals(Find(name), value, StringComparison.OrdinalIgnoreCase);

    /// <summary>A whole number in a range. <paramref name="fallback"/> applies when it is absent; null makes it required.</summary>
    public int Number(string name, int minimum, int maximum, int? fallback)
    {
        if (Find(name) is not { } text)
        {
            return fallback ?? throw QueueFault.MissingParameter(name);
        }

        var number = Parse(name, text);
        return number >= minimum && number <= maximum ? (int)number : throw QueueFault.ParameterOutOfRange(name, text, minimum, maximum);
    }

    public TimeSpan Seconds(string name, int minimum, int? fallback) => TimeSpan.FromSeconds(Number(name, minimum, SevenDays, fallback));

    /// <summary>The time to live: seven days when absent, null (never expires) for -1.</summary>
    public TimeSpan? TimeToLive(TimeSpan delay)
    {
        const string Name = "messagettl";
        var seconds = Find(Name) is { } text ? Parse(Name, text) : SevenDays;
        return seconds switch
        {
            -1 => null,
            < 1 => throw QueueFault.InvalidParameter(
                Name,
                $"{seconds}",
                "Value must be greater than or equal to 1, or -1 to indicate an infinite TTL."
            ),
            _ when seconds <= delay.TotalSeconds && Find(Name) is not null => throw QueueFault.InvalidParameter(
                "visibilitytimeout",
                $"{delay.TotalSeconds}",
                "messagettl must be greater than visibilitytimeout."
            ),
            _ => TimeSpan.FromSeconds(seconds),
        };
    }

    private static long Parse(string name, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw QueueFault.InvalidParameter(name, text, "Not a whole number.");
}
