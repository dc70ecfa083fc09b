using System.Xml;
using MeshPort.Model;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Convergence;

/// <summary>
/// The time after which MeshPort observes a cluster without changes: the settings <c>MeshPort:Resync</c>, ISO 8601 durations.
/// </summary>
/// <param name="ManagedService">
/// The interval of clusters that use the add-on's Service. Its reconciler removes MeshPort's ports about every 100 s, so the interval is
/// shorter.
/// </param>
/// <param name="Other">The interval of all other clusters.</param>
internal sealed record Resync(TimeSpan ManagedService, TimeSpan Other)
{
    public const string Setting = "MeshPort:Resync";
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public TimeSpan Of(ClusterSpec spec) => spec.Strategy == Strategy.ManagedService ? ManagedService : Other;

    /// <exception cref="InvalidOperationException">A setting is not a duration; the message names it.</exception>
    public static Resync From(IConfiguration configuration) =>
        new(
            Read(configuration, nameof(ManagedService), TimeSpan.FromSeconds(60)),
            Read(configuration, nameof(Other), TimeSpan.FromMinutes(15))
        );

    private static TimeSpan Read(IConfiguration configuration, string name, TimeSpan otherwise)
    {
        var key = $"{Setting}:{name}";
        if (configuration[key] is not { Length: > 0 } text)
        {
            return otherwise;
        }

        try
        {
            var interval = XmlConvert.ToTimeSpan(text);
            if (interval >= Shortest && interval <= Longest)
            {
                return interval;
            }
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            // reported below, together with an interval that is out of range
        }

        throw new InvalidOperationException(
            $"The setting {key} is '{text}'. Write an ISO 8601 duration from {XmlConvert.ToString(Shortest)} "
                + $"to {XmlConvert.ToString(Longest)}, such as {XmlConvert.ToString(otherwise)}."
        );
    }
}
