using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Durable;

/// <summary>How much work the engine takes on at once.</summary>
/// <param name="Activities">
/// The most activities that run at the same time: <c>extensions.durableTask.maxConcurrentActivityFunctions</c> in host.json.
/// </param>
internal sealed record EngineLimits(SessionLimits Sessions, int Activities)
{
    private const string MaxActivities = "maxConcurrentActivityFunctions";

    /// <summary>The defaults of host.json (functions-api A12).</summary>
    public static readonly EngineLimits Default = new(SessionLimits.Default, 10 * Environment.ProcessorCount);

    /// <exception cref="InvalidOperationException">A value is invalid. The message names it.</exception>
    public static EngineLimits From(IConfiguration configuration) =>
        new(
            SessionLimits.From(configuration),
            configuration[SessionLimits.Section + MaxActivities] switch
            {
                null => Default.Activities,
                var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 => value,
                var text => throw SessionLimits.Wrong(MaxActivities, text, "a whole number of 1 or more"),
            }
        );
}
