using MeshPort.Host.Api;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Progress;

/// <summary>The cluster and the exposures after all operations have ended.</summary>
internal sealed record Destination(
    string Name,
    ResourceView Cluster,
    IReadOnlyList<(DesiredExposure Desired, ResourceView Found)> Exposures
)
{
    /// <summary>The resources whose spec another request has replaced since the command put it, such as <c>exposure tcpecho</c>.</summary>
    public IReadOnlyList<string> Replaced { get; init; } = [];

    /// <param name="etag">The etag of the spec that was put; null if unknown.</param>
    public static bool IsReplacement(string? etag, ResourceView found) => etag is not null && found.Metadata.Etag is { } now && now != etag;

    /// <summary>All conditions with their resources.</summary>
    public IEnumerable<(string Resource, ConditionView Condition)> Conditions =>
        Of($"cluster {Name}", Cluster).Concat(Exposures.SelectMany(exposure => Of($"exposure {exposure.Desired.Name}", exposure.Found)));

    /// <summary>The conditions that are not True, without consequences of others. If all are consequences, all of them.</summary>
    public IReadOnlyList<(string Resource, ConditionView Condition)> Causes
    {
        get
        {
            var missed = Conditions.Where(entry => !entry.Condition.IsTrue).ToList();
            var causes = missed.Where(entry => entry.Condition is not ({ Reason: "Blocked" } or { Type: "Ready" })).ToList();
            return causes.Count > 0 ? causes : missed;
        }
    }

    /// <summary>Whether the cluster and all exposures are Ready, with the specs that the command has put.</summary>
    public bool IsReady => Replaced.Count == 0 && Cluster.IsReady && Exposures.All(exposure => exposure.Found.IsReady);

    /// <summary>The public address of the exposure. Null while it is unknown.</summary>
    public static string? AddressOf(DesiredExposure desired, ResourceView found) => found.AddressOf(desired.Gateway);

    /// <summary>Observations of an earlier spec explain nothing, so they are left out.</summary>
    private static IEnumerable<(string, ConditionView)> Of(string resource, ResourceView found) =>
        (found.Status.Conditions ?? [])
            .Where(condition => condition.Type != "Ready" && (condition.Status == "Unknown" || found.IsCurrent(condition)))
            .Append(found.CurrentReady)
            .Select(condition => (resource, condition));
}
