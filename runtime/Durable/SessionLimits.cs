using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Durable;

/// <summary>
/// The limits for orchestrators that stay in memory between steps. Read from <c>extensions.durableTask.extendedSessionsEnabled</c> and
/// <c>extendedSessionIdleTimeoutInSeconds</c> in host.json. Unlike the official host, this runtime enables extended sessions by default.
/// </summary>
/// <param name="IdleTimeout">A session without a step for this long is dropped.</param>
/// <param name="MaxWeight">The most memory of all sessions, in estimated bytes (<see cref="Session.Weight"/>).</param>
internal sealed record SessionLimits(TimeSpan IdleTimeout, long MaxWeight)
{
    public const long DefaultMaxWeight = 32 << 20;

    public const string Section = "extensions:durableTask:";
    private const string Enabled = "extendedSessionsEnabled";
    private const string IdleSeconds = "extendedSessionIdleTimeoutInSeconds";

    public static readonly SessionLimits Default = new(TimeSpan.FromSeconds(30), DefaultMaxWeight);

    /// <summary>No orchestrator stays in memory. Each step replays the whole history.</summary>
    public static readonly SessionLimits None = new(TimeSpan.Zero, 0);

    /// <exception cref="InvalidOperationException">A value is invalid. The message names it.</exception>
    public static SessionLimits From(IConfiguration configuration)
    {
        var enabled = configuration[Section + Enabled] switch
        {
            null => true,
            var text when bool.TryParse(text, out var value) => value,
            var text => throw Wrong(Enabled, text, "true or false"),
        };
        var idle = configuration[Section + IdleSeconds] switch
        {
            null => Default.IdleTimeout,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) => TimeSpan.FromSeconds(value),
            var text => throw Wrong(IdleSeconds, text, "a whole number of seconds"),
        };
        return enabled ? Default with { IdleTimeout = idle } : None;
    }

    public static InvalidOperationException Wrong(string name, string? text, string expected) =>
        new($"host.json: extensions.durableTask.{name} is '{text}'; it must be {expected}.");
}
