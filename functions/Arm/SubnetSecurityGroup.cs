using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>
/// The security group that guards the nodes' subnet, pure. The cluster's status notes its id when the subnet is read: its rules are then
/// found without another read of the subnet, and an event of the group finds the cluster.
/// </summary>
internal static class SubnetSecurityGroup
{
    private const string Prefix = "guard|";

    /// <summary>In the cluster's status: nodes are in other subnets, behind another security group.</summary>
    private const string OtherNodes = "unguarded";

    /// <summary>In the cluster's status.</summary>
    /// <param name="group">The ARM id; empty without one.</param>
    public static string Mark(string group) => $"{Prefix}{group}";

    /// <param name="subnet">As ARM answers it.</param>
    /// <returns>The ARM id; empty without one.</returns>
    public static string Of(JsonObject? subnet) => subnet?["properties"]?["networkSecurityGroup"]?["id"]?.GetValue<string>() ?? "";

    public static ResourceStatus Note(ResourceStatus status, string group) =>
        Find(status) == group ? status : status with { Made = [.. status.Made.Where(made => !IsMark(made)), Mark(group)] };

    /// <returns>The ARM id; empty without one; null where nobody has looked yet.</returns>
    public static string? Find(ResourceStatus status) => status.Made.FirstOrDefault(IsMark)?[Prefix.Length..];

    /// <param name="isSo">Whether nodes are in other subnets, behind another security group.</param>
    public static ResourceStatus NoteOtherNodes(ResourceStatus status, bool isSo) =>
        isSo ? status.Making(OtherNodes) : status.Unmaking(OtherNodes);

    /// <summary>
    /// The spec as it was observed: without the security group that it names when the subnet has none, or when it does not guard all
    /// nodes. Nothing but the gateway restricts the sources of a port then.
    /// </summary>
    public static ClusterSpec Observed(ClusterSpec spec, ResourceStatus status) =>
        spec.Network is { NetworkSecurityGroup: not null } network && (Find(status) is "" || status.Made.Contains(OtherNodes))
            ? spec with
            {
                Network = network with { NetworkSecurityGroup = null },
            }
            : spec;

    private static bool IsMark(string made) => made.StartsWith(Prefix, StringComparison.Ordinal);
}
