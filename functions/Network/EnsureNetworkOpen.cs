using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>
/// Looks whether a network security group guards the nodes' subnet. AKS looks after the one at the nodes' interfaces by itself and never touches the subnet's.
/// </summary>
internal sealed class EnsureNetworkOpen(ArmClient arm, DesiredClusters clusters, DesiredExposures exposures, ConvergenceLog log)
{
    [Function(nameof(EnsureNetworkOpen))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) => ArmFaults.GuardAsync(async () =>
    {
        var round = await ExposureRound.StartAsync(exposures, log, question, ConditionTypes.NetworkOpen, cancellationToken);
        var verdict = await LookAsync(question.Cluster, cancellationToken);
        foreach (var exposure in round.Active)
        {
            round.Report(exposure.Name, verdict);
        }

        return await round.FinishAsync(cancellationToken);
    }, cancellationToken);

    private async Task<Verdict> LookAsync(ClusterId cluster, CancellationToken cancellationToken)
    {
        if ((await clusters.GetAsync(cluster, cancellationToken))?.Spec.Network is not { } network)
        {
            return Verdict.True(Reasons.NoSubnetFirewall, "The network is AKS's own, which opens its security group by itself.");
        }

        var subnet = await new ArmJsonResource(arm, EnsureNetwork.SubnetId(cluster, network), ApiVersions.Network).GetIfExistsAsync(cancellationToken);
        return subnet?["properties"]?["networkSecurityGroup"]?["id"]?.GetValue<string>() is { } group
            ? Verdict.Unknown(Reasons.SubnetFirewallNotManaged, $"Subnet {network.Subnet} is guarded by {group}, which this version does not open: allow inbound TCP to the gateway's address and port there.")
            : Verdict.True(Reasons.NoSubnetFirewall, $"No network security group guards subnet {network.Subnet}.");
    }
}
