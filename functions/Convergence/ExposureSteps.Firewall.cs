using MeshPort.Arm;
using MeshPort.Firewall;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;

namespace MeshPort.Convergence;

/// <summary>Opens and closes the security group of the nodes' subnet.</summary>
internal sealed partial class ExposureSteps
{
    /// <summary>
    /// Keeps others out of ports that are about to open on the add-on's Service, where only the security group does. Ports whose address is
    /// not known yet open without it.
    /// </summary>
    /// <param name="active">The exposures whose ports are about to open, or are open.</param>
    /// <returns>By exposure, why others are not kept out, so that its port does not open.</returns>
    private async Task<Dictionary<string, StepResult>> GuardAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IReadOnlyList<NamedExposure> active,
        IPassWriter writer,
        CancellationToken cancellationToken
    )
    {
        if (pass.IsDryRun || pass.Spec.Strategy != Strategy.ManagedService)
        {
            return [];
        }

        var ports = new NewPorts(pass.Spec, objects, await installation.MarkAsync(pass.Id, cancellationToken));
        var guarded = active
            .Where(exposure => exposure.Spec.AllowedSources.Count > 0 && !SourceRestriction.IsAtGateway(exposure.Spec, pass.Spec, objects))
            .Select(ports.Opening)
            .OfType<NamedExposure>()
            .ToDictionary(exposure => exposure.Name, StringComparer.Ordinal);
        if (guarded.Count == 0)
        {
            return [];
        }

        return await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                var observed = await firewall.ObserveAsync(pass.Id, pass.Spec, pass.ClusterStatus, cancellationToken);
                var wanted = pass.Wanted.Select(exposure => guarded.GetValueOrDefault(exposure.Name) ?? ports.Own(exposure));
                // Ports that a rule denies now stay denied until the Service has changed.
                List<NamedExposure> open = [.. pass.Closing ?? [], .. ports.Open];
                var plan = FirewallPlan
                    .Of(observed, wanted.OfType<NamedExposure>(), pass.Spec, pass.ClusterStatus, objects, open)
                    .BeforeOpening;
                var refused = await writer.ApplyAsync(observed, plan, cancellationToken);
                return Results(name => plan.FindUnguarded(name, refused));
            },
            // The rule of a port that was open is probably there. A new port, or one on another Service, has none.
            fault => Results(name => IsKnown(name) ? null : StepResult.Of(fault)),
            cancellationToken
        );

        bool IsKnown(string name) =>
            guarded[name].WasTrue(ConditionTypes.PortOpen) && PreviousStrategy.IsInUse(pass.ClusterStatus, pass.Spec.Strategy);

        Dictionary<string, StepResult> Results(Func<string, StepResult?> find) =>
            guarded
                .Keys.Select(name => (Name: name, Result: find(name)))
                .Where(one => one.Result is not null)
                .ToDictionary(one => one.Name, one => one.Result!, StringComparer.Ordinal); // just checked
    }

    /// <summary>
    /// Lets the exposures' clients through the security group of the nodes' subnet, and tells what the Service of an exposure itself keeps
    /// out.
    /// </summary>
    /// <param name="objects">The cluster as it is; <see cref="ClusterObjects.None"/> where it was not observed.</param>
    /// <exception cref="Azure.RequestFailedException">ARM refused the caller, or could not be reached.</exception>
    public async Task OpenFirewallAsync(ExposurePass pass, ClusterObjects objects, IPassWriter writer, CancellationToken cancellationToken)
    {
        var active = pass.Active(ConditionTypes.NetworkOpen);
        var observed = await firewall.ObserveAsync(pass.Id, pass.Spec, pass.ClusterStatus, cancellationToken);
        var planned = PlanFirewall(pass, observed, objects);
        var plan = planned.After(await writer.ApplyAsync(observed, planned, cancellationToken));
        pass.SecurityGroup = plan.Group;
        // A rule serves several exposures. One that comes, changes or goes changes the rule of the others, which is no repair.
        pass.RepairedRules = plan
            .Puts.Where(rule => pass.Deleting.Count == 0 && rule.Exposures.All(exposure => exposure.WasTrue(ConditionTypes.NetworkOpen)))
            .SelectMany(rule => rule.Exposures)
            .Select(exposure => exposure.Name)
            .ToHashSet(StringComparer.Ordinal);
        var opened = pass.Wanted.ToDictionary(exposure => exposure.Name, StringComparer.Ordinal);
        pass.Report(
            ConditionTypes.NetworkOpen,
            active.Select(exposure =>
                KeyValuePair.Create(
                    exposure.Name,
                    plan.ResultOf(exposure) is { Observation.Status: ConditionStatus.True } result
                        ? ServiceRestriction.Find(opened[exposure.Name], pass.Spec, objects, plan.Group is not null) is { } restriction
                            ? StepResult.Done(restriction)
                            : result
                        : plan.ResultOf(exposure)
                )
            )
        );
    }

    /// <summary>
    /// Deletes the firewall rules that no wanted exposure needs, except those that keep others out of a port that may still be open.
    /// </summary>
    /// <param name="objects">The cluster as it is; <see cref="ClusterObjects.None"/> where it was not observed.</param>
    /// <returns>The refusal of Azure that leaves a port open; null when all are closed.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused the caller, or could not be reached.</exception>
    public async Task<Observation?> CloseFirewallAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IPassWriter writer,
        CancellationToken cancellationToken
    )
    {
        var observed = await firewall.ObserveAsync(pass.Id, pass.Spec, pass.ClusterStatus, cancellationToken);
        var plan = PlanFirewall(pass, observed, objects);
        pass.KeepsRules = plan.KeepsUnwanted;
        var refused = await writer.ApplyAsync(observed, plan, cancellationToken);
        // A rule that serves other exposures only does not stop the removal.
        return refused
            .Where(one => pass.Wanted.Count == 0 || pass.Deleting.Any(exposure => observed.LetsThrough(one.Key, exposure)))
            .Select(one => one.Value with { Message = $"Rule {one.Key} of the subnet's security group: {one.Value.Message}" })
            .FirstOrDefault();
    }

    private static FirewallPlan PlanFirewall(ExposurePass pass, FirewallSnapshot observed, ClusterObjects objects) =>
        FirewallPlan.Of(
            observed,
            pass.Wanted.Select(pass.OpenPart),
            pass.Spec,
            pass.ClusterStatus,
            objects,
            pass.IsDryRun ? null : pass.Closing
        );
}
