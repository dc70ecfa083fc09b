using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>Opens the ports of exposures, and closes those of previous strategies.</summary>
internal sealed partial class ExposureSteps
{
    private async Task OpenPortsAsync(ExposurePass pass, ClusterObjects objects, IPassWriter writer, CancellationToken cancellationToken)
    {
        var ready = pass.Active(ConditionTypes.PortOpen);
        var unguarded = await GuardAsync(pass, objects, ready, writer, cancellationToken);
        pass.Report(ConditionTypes.PortOpen, unguarded);
        IReadOnlyList<NamedExposure> active = [.. ready.Where(exposure => !unguarded.ContainsKey(exposure.Name))];
        var blocked = pass.Blocked(ConditionTypes.PortOpen).Concat(unguarded.Keys).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<NamedExposure> kept =
        [
            .. pass
                .Wanted.Where(exposure => blocked.Contains(exposure.Name))
                .Select(exposure => exposure.Only(port => !pass.Displaced.Contains((exposure.Name, port))))
                .OfType<NamedExposure>(),
        ];
        var mark = await installation.MarkAsync(pass.Id, cancellationToken);
        var work = Work(pass, objects, active, kept, mark);
        var opening = work with
        {
            Active = [.. active, .. kept.Where(exposure => pass.Preparing.Contains(exposure.Name))],
            Kept = [.. kept.Where(exposure => !pass.Preparing.Contains(exposure.Name)), .. pass.StillGuarded],
        };
        if (opening.Active.Count > 0)
        {
            await writer.MarkAsync(
                status =>
                    GatewayParameters.Mark(
                        GatewayNamespaces.Mark(status.Making(PreviousStrategy.Mark(pass.Spec.Strategy)), pass.Spec),
                        pass.Spec,
                        active
                    ),
                cancellationToken
            );
        }

        var held = ports.Open(opening);
        await Adoption.RecordAsync(pass, held, writer, statuses.Now, cancellationToken);
        var outcomes = await writer.ApplyAsync(held, cancellationToken);
        if (held.SelectMany(one => one.Outcomes).Any(planned => outcomes[planned.Key].Result != planned.Value.Result))
        {
            // A Service was not written, so its ports stay open, and the rules that deny them stay, too.
            pass.Closing = [.. pass.Closing ?? [], .. new NewPorts(pass.Spec, objects, mark).Open];
        }

        pass.Open(outcomes.Where(outcome => !pass.Preparing.Contains(outcome.Key)).ToDictionary(StringComparer.Ordinal));
        // The routes of these wait for the Service, so its refusal is theirs.
        pass.Report(
            ConditionTypes.RouteProgrammed,
            opening
                .Active.Where(exposure => pass.Preparing.Contains(exposure.Name))
                .Select(exposure => KeyValuePair.Create(exposure.Name, outcomes[exposure.Name].Result))
                .Where(outcome => outcome.Value is { Wait: false, Observation.Status: not ConditionStatus.True })
        );
        foreach (var exposure in active)
        {
            var (result, isReverted) = (outcomes[exposure.Name].Result, outcomes[exposure.Name].Reverted.Count > 0);
            var count =
                isReverted || PortReverts.IsMarked(exposure)
                    ? PortReverts.Count(
                        await statuses.ReadHistoryAsync(pass.Id, exposure.Name, cancellationToken),
                        isReverted,
                        statuses.Now
                    )
                    : 0;
            pass.Report(ConditionTypes.PortOpen, [KeyValuePair.Create(exposure.Name, PortReverts.Advise(result, count))]);
        }

        await ClosePreviousAsync(pass, work, writer, cancellationToken);
    }

    /// <summary>
    /// Closes the ports of previous strategies. The next pass deletes their routes and guards, and the rules that deny them. Two Services
    /// cannot have a port of one address, so ports at an address of the spec close before they open again.
    /// </summary>
    private async Task ClosePreviousAsync(ExposurePass pass, PortWork work, IPassWriter writer, CancellationToken cancellationToken)
    {
        IReadOnlyList<NamedExposure> unopened =
        [
            .. work.Active.Where(exposure => !pass.IsOpened(exposure.Name) && !work.IsAtOneAddress(exposure.Spec.Gateway)),
            .. work.Kept,
        ];
        foreach (var (strategy, objects) in ports.ClosePrevious(work, pass.ClusterStatus, unopened))
        {
            pass.ChangesStrategy = true;
            var refusal = await writer.CloseAsync(objects, cancellationToken) ?? FindUnlisted(strategy, work.Objects);
            pass.PreviousPortsRefusal ??= refusal;
            if (pass.IsDryRun && unopened.Count > 0)
            {
                var later = ports.ClosePrevious(work, pass.ClusterStatus, []).Where(one => one.Strategy == strategy);
                pass.ClosesLater.AddRange(later.SelectMany(one => one.Objects).Where(one => one.Action == ChangeAction.Delete));
            }

            var isClosing = unopened.Count == 0 && objects.Any(one => one.Remaining is not null);
            var isClosed = refusal is null && unopened.Count == 0 && !isClosing;
            var hasGuards =
                objects.Any(one => one.Action is not null)
                && PreviousStrategy.HasManagedPorts(pass.ClusterStatus, pass.Spec.Strategy)
                && work.Active.Any(exposure => exposure.Spec.AllowedSources.Count > 0);
            pass.NeedsAnotherPass |=
                hasGuards || isClosing || (isClosed && PreviousStrategy.NeedsOtherRoutes(strategy, pass.Spec.Strategy));
            if (isClosed)
            {
                await writer.MarkAsync(status => status.Unmaking(PreviousStrategy.Mark(strategy)), cancellationToken);
            }
        }
    }

    /// <summary>Why Gateways of a previous strategy may be left that MeshPort does not see; null when it sees all.</summary>
    private static Observation? FindUnlisted(Strategy previous, ClusterObjects objects) =>
        previous == Strategy.GatewayApi ? GatewayHomes.FindUnlisted(objects) : null;

    /// <summary>Whether an exposure has a route at a listener with other users, where the gateway restricts its sources.</summary>
    private static bool IsGuardedRoute(NamedExposure exposure, PortWork work) =>
        exposure.Spec.AllowedSources.Count > 0
        && SharedPort.HasOtherUsers(exposure.Spec, work.Spec, SharedPort.Service(work.Spec, exposure.Spec.Gateway, work.Objects))
        && work.Objects.Ours.ContainsKey(IstioRoutes.GatewayOf(exposure));

    private static PortWork Work(
        ExposurePass pass,
        ClusterObjects objects,
        IReadOnlyList<NamedExposure> active,
        IReadOnlyList<NamedExposure> kept,
        string installation
    ) =>
        new(objects, pass.Spec, installation, active, kept, IsFirst: !PreviousStrategy.IsInUse(pass.ClusterStatus, pass.Spec.Strategy))
        {
            Chosen = pass.ClusterStatus.Chosen,
        };
}
