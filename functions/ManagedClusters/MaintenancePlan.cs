using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The maintenance windows of a cluster, pure: child resources, which a cluster has no room for in its own body. Azure keeps them without
/// tags, so the cluster's status notes those that MeshPort made. Source: "Use planned maintenance to schedule and control upgrades" of the
/// AKS documentation.
/// <code>
/// in the spec   in Azure   made by MeshPort   change
/// yes           absent     any                PUT, noted in the status before
/// yes           differs    any                PUT
/// yes           fits       any                -
/// no            any        yes                DELETE
/// no            any        no                 -
/// </code>
/// </summary>
internal static class MaintenancePlan
{
    private const string Type = "maintenanceConfigurations";

    private static readonly (string Name, Func<MaintenanceSpec, MaintenanceWindow?> Of)[] Windows =
    [
        ("default", spec => spec.Releases),
        ("aksManagedAutoUpgradeSchedule", spec => spec.Upgrades),
        ("aksManagedNodeOSUpgradeSchedule", spec => spec.NodeOs),
    ];

    /// <summary>Whether the windows of the cluster must be read.</summary>
    /// <param name="made">The marks in the cluster's status.</param>
    public static bool IsNeeded(ClusterSpec spec, IReadOnlyList<string> made) =>
        Windows.Any(window => window.Of(spec.Maintenance) is not null) || made.Any(IsOne);

    /// <summary>Whether a mark is that of a maintenance window.</summary>
    public static bool IsOne(string id) => id.Contains($"/{Type}/", StringComparison.Ordinal);

    public static IReadOnlyList<ArmChange> Of(ClusterId cluster, ClusterSpec spec, ManagedClusterSnapshot snapshot) =>
        [
            .. Windows
                .Select(window =>
                    Change(IdOf(cluster, window.Name), window.Of(spec.Maintenance), Find(snapshot, window.Name), snapshot.Made)
                )
                .OfType<ArmChange>(),
        ];

    /// <summary>Takes a window out of a cluster that stays.</summary>
    /// <param name="id">A mark in the cluster's status.</param>
    public static ArmChange Delete(string id) =>
        ArmChange.Delete(id, ApiVersions.ManagedClusters, "MeshPort made this maintenance window.") with
        {
            IsMarked = true,
        };

    private static ArmChange? Change(string id, MaintenanceWindow? wanted, JsonObject? found, IReadOnlyList<string> made)
    {
        if (wanted is null)
        {
            return made.Contains(id) ? Delete(id) : null;
        }

        if (found is not null && MaintenanceBody.Fits(found, wanted))
        {
            return null;
        }

        var body = MaintenanceBody.Of(wanted with { StartDate = wanted.StartDate ?? MaintenanceBody.FirstDay(found) });
        var told = found is null
            ? PlannedChange.Create(id, "The maintenance window does not exist.", body)
            : PlannedChange.Update(
                id,
                "The maintenance window differs from the spec.",
                new JsonObject { ["properties"] = found["properties"]?.DeepClone() },
                body
            );
        return new ArmChange(ArmVerb.Put, id, ApiVersions.ManagedClusters, body, told)
        {
            IsMarked = found is null,
            Repair = new ArmRepair(
                ConditionTypes.ClusterReady,
                $"MaintenanceConfiguration {id[(id.LastIndexOf('/') + 1)..]}",
                found is null ? "It was gone." : "It differed from what is desired."
            ),
        };
    }

    private static JsonObject? Find(ManagedClusterSnapshot snapshot, string name) =>
        (snapshot.Maintenance ?? [])
            .OfType<JsonObject>()
            .FirstOrDefault(window => string.Equals(window["name"]?.GetValue<string>(), name, StringComparison.OrdinalIgnoreCase));

    private static string IdOf(ClusterId cluster, string name) => $"{ManagedClusterResource.IdOf(cluster)}/{Type}/{name}";
}
