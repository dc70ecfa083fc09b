using System.Xml;
using MeshPort.Model;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Convergence;

/// <summary>How long a cluster with which nothing happens goes without being looked at: the settings <c>MeshPort:Resync</c>, ISO 8601 durations.</summary>
/// <param name="ManagedService">The add-on's reconciler drops foreign ports about every 100 s, so a cluster that uses its Service is looked at more often than that.</param>
/// <param name="Other">Where nothing of ours is on an object that somebody else looks after.</param>
internal sealed record Resync(TimeSpan ManagedService, TimeSpan Other)
{
    public const string Setting = "MeshPort:Resync";
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public TimeSpan Of(ClusterSpec spec) => spec.Strategy == Strategy.ManagedService ? ManagedService : Other;

    /// <exception cref="InvalidOperationException">A setting is no duration; the message names it.</exception>
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
            // told below, together with an interval that is out of range
        }

        throw new InvalidOperationException(
            $"The setting {key} is '{text}'; write an ISO 8601 duration from {XmlConvert.ToString(Shortest)} to {XmlConvert.ToString(Longest)}, such as {XmlConvert.ToString(otherwise)}."
        );
    }
}
