using MeshPort.Convergence;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// Opens the exposures' ports in the way that the cluster's spec names, and closes what is open in another way, but only when the new one has an address: a cluster changes its
/// strategy without an outage. Which ways are in use is noted in the cluster's status before anything is opened.
/// </summary>
internal sealed class OpenPorts(
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Installation installation,
    IEnumerable<IPortStrategy> strategies
)
{
    [Function(nameof(OpenPorts))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            question.Cluster,
            (await log.FindDesireAsync(question.Cluster, cancellationToken))?.Cluster.Spec.Connection ?? Connection.Aks,
            api => ReachAsync(api, question, cancellationToken),
            cancellationToken
        );

    /// <summary>In the cluster's status, for a way that is in use.</summary>
    internal static string Mark(Strategy strategy) => $"ports|{strategy}";

    private async Task<StepResult> ReachAsync(KubernetesApi api, StepInput question, CancellationToken cancellationToken)
    {
        if (await clusters.GetAsync(question.Cluster, cancellationToken) is not { } cluster)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "The cluster is not known any more."));
        }

        var round = await ExposurePass.StartAsync(exposures, log, question, ConditionTypes.PortOpen, cancellationToken);
        var chosen = strategies.Single(strategy => strategy.Kind == cluster.Spec.Strategy);
        var active = round.Active.ToList();
        var kept = round.All.Where(exposure => !round.Takes(exposure.Name)).ToList();
        var isFirst = !cluster.Status.Made.Contains(Mark(chosen.Kind));
        if (isFirst && active.Count > 0)
        {
            await log.RecordClusterAsync(question.Cluster, (status, _) => status.Making(Mark(chosen.Kind)), cancellationToken);
        }

        var work = new PortWork(api, cluster.Spec, await installation.NameAsync(cancellationToken), active, kept, isFirst);
        var (outcomes, left, _) =
            isFirst && active.Count == 0
                ? (new Dictionary<string, PortOutcome>(), null, false)
                : await OpenAsync(chosen, work, cancellationToken);
        var reverts = await PortReverts.CountAsync(
            log,
            question.Cluster,
            active.Where(exposure => outcomes[exposure.Name].IsReverted || PortReverts.IsMarked(exposure)),
            outcomes,
            cancellationToken
        );
        active.ForEach(exposure =>
            round.Report(exposure.Name, PortReverts.Advise(outcomes[exposure.Name].Report, reverts.GetValueOrDefault(exposure.Name)))
        );

        var unopened = active.Where(exposure => outcomes[exposure.Name].Address is null).Concat(kept).ToList();
        var hasLeftRoutes = false;
        foreach (var other in strategies.Where(strategy => strategy != chosen && cluster.Status.Made.Contains(Mark(strategy.Kind))))
        {
            var (_, stays, closes) = await OpenAsync(other, work with { Active = [], Kept = unopened, IsFirst = false }, cancellationToken);
            hasLeftRoutes |=
                closes
                && PreviousStrategyRoutes.NeedsGuards(cluster.Status, chosen.Kind)
                && !SourceRestriction.HasNetworkSecurityGroup(cluster.Spec)
                && active.Exists(exposure => exposure.Spec.AllowedSources.Count > 0);
            left ??= stays;
            if (unopened.Count == 0 && stays is null)
            {
                await log.RecordClusterAsync(question.Cluster, (status, _) => status.Unmaking(Mark(other.Kind)), cancellationToken);
                hasLeftRoutes |= PreviousStrategyRoutes.AreOther(other.Kind, chosen.Kind);
            }
        }

        var report = await round.FinishAsync(
            cancellationToken,
            left,
            (exposure, status) =>
                outcomes.GetValueOrDefault(exposure.Name) is { } outcome ? Tell(exposure, status, outcome, log.Now) : status
        );
        return hasLeftRoutes && !report.Wait && !question.LastChance
            ? StepResult.AskAgain(
                Reasons.SomeWait,
                $"{report.Observation.Message} The routes of the way that was left are taken away with the next pass."
            )
            : report;
    }

    /// <returns>What became of each exposure, what stays for a while after its deletion, if anything, and whether anything was written.</returns>
    private static async Task<(IReadOnlyDictionary<string, PortOutcome> Outcomes, string? Left, bool Wrote)> OpenAsync(
        IPortStrategy strategy,
        PortWork work,
        CancellationToken cancellationToken
    )
    {
        var objects = await strategy.PlanAsync(work, cancellationToken);
        return (
            await PortObject.CarryOutAsync(work.Api, objects, cancellationToken),
            objects.Select(one => one.Left).FirstOrDefault(left => left is not null),
            objects.Any(one => one.Action is not null)
        );
    }

    /// <summary>An exposure that has lost its new address keeps telling the old one, which is still open.</summary>
    private static ResourceStatus Tell(NamedExposure exposure, ResourceStatus status, PortOutcome outcome, DateTimeOffset now)
    {
        var told =
            outcome.Address is { } ip && exposure.Address != ip
                ? status with
                {
                    Addresses = [new GatewayAddress(exposure.Spec.Gateway, ip)],
                }
                : status;
        return outcome.IsReverted
                ? told.Happened(
                    HistoryTypes.PortReverted,
                    Reasons.PortReverted,
                    $"Port {exposure.Spec.Port} had vanished from the gateway's Service and was opened again.",
                    now
                )
            : outcome.IsRepaired
                ? told.Happened(
                    HistoryTypes.Repaired,
                    Reasons.Repaired,
                    $"Port {exposure.Spec.Port} of the gateway's Service had been edited and was put right.",
                    now
                )
            : told;
    }
}
