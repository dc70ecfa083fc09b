using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Firewall;

/// <summary>
/// Lets the exposures' clients through the security group of the nodes' subnet, where there is one. AKS looks after the group at the nodes' interfaces by itself and never touches
/// the subnet's. Each rule is written as a resource of its own, and only where it differs; other people's rules stay.
/// </summary>
internal sealed class EnsureNetworkOpen(
    ArmClient arm,
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Installation installation
)
{
    [Function(nameof(EnsureNetworkOpen))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                var round = await ExposurePass.StartAsync(exposures, log, question, ConditionTypes.NetworkOpen, cancellationToken);
                var cluster = await clusters.GetAsync(question.Cluster, cancellationToken);
                if (cluster?.Spec.Network is not { } network)
                {
                    return await TellAsync(
                        round,
                        Observation.True(Reasons.NoSubnetFirewall, "The network is AKS's own, which opens its security group by itself."),
                        cancellationToken
                    );
                }

                var id =
                    SubnetSecurityGroup.Find(cluster.Status)
                    ?? SubnetSecurityGroup.Of(
                        await Resource(EnsureNetwork.SubnetId(question.Cluster, network)).GetIfExistsAsync(cancellationToken)
                    );
                return id.Length > 0 && await Resource(new ResourceIdentifier(id)).GetIfExistsAsync(cancellationToken) is { } group
                    ? await OpenAsync(round, question.Cluster, cluster, new ResourceIdentifier(id), group, cancellationToken)
                    : await TellAsync(
                        round,
                        Observation.True(Reasons.NoSubnetFirewall, "No network security group guards the nodes' subnet."),
                        cancellationToken
                    );
            },
            cancellationToken
        );

    /// <summary>The other strategies have Services of their own, whose source ranges Azure keeps; but the add-on's ports may be open still.</summary>
    internal static bool IsOnlyGuard(ClusterSpec spec, ResourceStatus status) =>
        spec.Strategy == Strategy.ManagedService || PreviousStrategyRoutes.NeedsGuards(status, spec.Strategy);

    private static Task<StepResult> TellAsync(ExposurePass round, Observation verdict, CancellationToken cancellationToken)
    {
        foreach (var exposure in round.Active)
        {
            round.Report(exposure.Name, verdict);
        }

        return round.FinishAsync(cancellationToken);
    }

    private async Task<StepResult> OpenAsync(
        ExposurePass round,
        ClusterId owner,
        Resource<ClusterSpec> cluster,
        ResourceIdentifier id,
        JsonObject group,
        CancellationToken cancellationToken
    )
    {
        var plan = FirewallPlan.Make(
            group,
            FirewallPlan.Prefix(await installation.NameAsync(cancellationToken), owner),
            round.All.Where(exposure => exposure.Address is not null),
            IsOnlyGuard(cluster.Spec, cluster.Status)
        );
        foreach (var rule in plan.Puts)
        {
            await Resource(RuleId(id, rule.Name)).PutAsync(rule.Body, conditions: null, cancellationToken);
        }

        foreach (var name in plan.Deletes)
        {
            await Resource(RuleId(id, name)).DeleteAsync(cancellationToken);
        }

        var written = plan.Puts.SelectMany(rule => rule.Exposures).Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var exposure in round.Active)
        {
            round.Report(
                exposure.Name,
                plan.Refused.TryGetValue(exposure.Name, out var refusal) ? StepResult.Done(refusal)
                    : plan.Narrowing.TryGetValue(exposure.Name, out var rule)
                        ? StepResult.AskAgain(
                            Reasons.Pending,
                            $"Security group {id.Name} may let others than allowedSources to {exposure.Address}:{exposure.Spec.Port} until Azure is done with rule {rule}."
                        )
                    : StepResult.Done(
                        Observation.True(
                            Reasons.AsDesired,
                            $"Security group {id.Name} lets {exposure.Address}:{exposure.Spec.Port} through."
                        )
                    )
            );
        }

        return await round.FinishAsync(
            cancellationToken,
            change: (exposure, status) =>
                exposure.WasTrue(ConditionTypes.NetworkOpen)
                && exposure.Status.Find(ConditionTypes.NetworkOpen)?.Reason == Reasons.AsDesired
                && written.Contains(exposure.Name)
                    ? status.Happened(
                        HistoryTypes.Repaired,
                        Reasons.Repaired,
                        $"The rule of security group {id.Name} was written again.",
                        log.Now,
                        $"SecurityRule {id.Name}"
                    )
                    : status
        );
    }

    private ArmJsonResource Resource(ResourceIdentifier id) => new(arm, id, ApiVersions.Network);

    private static ResourceIdentifier RuleId(ResourceIdentifier group, string name) => new($"{group}/securityRules/{name}");
}
