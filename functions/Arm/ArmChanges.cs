using System.Globalization;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>Records a change of the cluster's status. The function may run more than once.</summary>
internal delegate Task RecordStatus(Func<ResourceStatus, DateTimeOffset, ResourceStatus> change);

/// <summary>
/// The apply part of every step on Azure Resource Manager: sends a plan's changes in order, up to the first that must finish before the
/// next.
/// </summary>
internal static class ArmChanges
{
    /// <summary>For plans whose changes leave nothing in the cluster's status.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public static Task<ArmOutcome> ApplyAsync(ArmClient arm, StepPlan<ArmChange> plan, CancellationToken cancellationToken) =>
        ApplyAsync(arm, plan, generation: 0, _ => Task.CompletedTask, cancellationToken);

    /// <param name="generation">Of the cluster's spec, which tells drift from a change of the spec.</param>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<ArmOutcome> ApplyAsync(
        ArmClient arm,
        StepPlan<ArmChange> plan,
        long generation,
        RecordStatus record,
        CancellationToken cancellationToken
    )
    {
        var notes = new List<string>();
        foreach (var change in plan.Changes)
        {
            if (change is { IsMarked: true, Verb: ArmVerb.Put })
            {
                await record((status, _) => status.Making(change.Target));
            }

            ArmAccepted accepted;
            try
            {
                accepted = await SendAsync(arm, change, cancellationToken);
            }
            catch (RequestFailedException refusal) when (Tolerance(change, refusal) is { } tolerance)
            {
                if (change is { IsMarked: true, Verb: ArmVerb.Put })
                {
                    await record((status, _) => status.Unmaking(change.Target));
                }

                notes.AddRange(tolerance.Note is { } note ? [note] : []);
                continue;
            }
            catch (RequestFailedException refusal) when (change is { IsMarked: true, Verb: ArmVerb.Put } && ArmErrors.IsRefused(refusal))
            {
                // Otherwise MeshPort would later delete a resource of that name that somebody else makes.
                await record((status, _) => status.Unmaking(change.Target));
                throw;
            }

            await RecordAsync(change, generation, record);
            if (change.Then is { } then)
            {
                return new ArmOutcome(then with { RetryAfter = accepted.RetryAfter ?? then.RetryAfter }, accepted, notes);
            }
        }

        return new ArmOutcome(plan.Result, null, notes);
    }

    private static async Task<ArmAccepted> SendAsync(ArmClient arm, ArmChange change, CancellationToken cancellationToken)
    {
        var resource = new ArmJsonResource(arm, new ResourceIdentifier(change.Target), change.ApiVersion);
        return change.Verb switch
        {
            ArmVerb.Put => await resource.PutAsync(change.Body ?? [], Conditions(change), cancellationToken),
            ArmVerb.Register => new ArmAccepted(await resource.PostAsync("register", cancellationToken), null, null),
            _ => new ArmAccepted([], null, await resource.DeleteAsync(cancellationToken)),
        };
    }

    private static MatchConditions? Conditions(ArmChange change) =>
        change.MustBeNew ? new MatchConditions { IfNoneMatch = ETag.All }
        : change.IfMatch is { } etag ? new MatchConditions { IfMatch = new ETag(etag) }
        : null;

    private static async Task RecordAsync(ArmChange change, long generation, RecordStatus record)
    {
        if (change is { IsMarked: true, Verb: ArmVerb.Delete })
        {
            await record((status, _) => status.Unmaking(change.Target));
        }

        if (change.Repair is { } repair)
        {
            await record((status, now) => status.Repaired(repair.Condition, generation, repair.Target, repair.Why, now));
        }
    }

    private static ArmTolerance? Tolerance(ArmChange change, RequestFailedException refusal) =>
        change.Tolerates.FirstOrDefault(tolerance =>
            tolerance.Refusal == refusal.ErrorCode || tolerance.Refusal == refusal.Status.ToString(CultureInfo.InvariantCulture)
        );
}

/// <param name="Result">Of the change after which the step waits, or the plan's.</param>
/// <param name="Accepted">ARM's answer to the change after which the step waits; null when all changes are made.</param>
/// <param name="Notes">Of the refusals that were tolerated.</param>
internal sealed record ArmOutcome(StepResult Result, ArmAccepted? Accepted, IReadOnlyList<string> Notes);
