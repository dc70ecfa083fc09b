using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Discovery;

/// <summary>The answers to Services after their requests were stored. Pure.</summary>
/// <param name="Answers">By Service, the lines of its answer.</param>
/// <param name="Waits">Whether a refusal may end when exposures are gone that are being deleted.</param>
internal sealed record DiscoveryOutcome(IReadOnlyList<(AskingService Service, IReadOnlyList<AnswerLine> Lines)> Answers, bool Waits)
{
    private const int MostNamed = 3;

    /// <summary>
    /// Decides whether a refusal is final:
    /// <code>
    /// refused because                            | answer
    /// -------------------------------------------+--------
    /// the holder of the claim is being deleted   | Pending
    /// the exposure itself is being deleted       | Pending
    /// no room, and any exposure is being deleted | Pending
    /// any other                                  | Refused
    /// </code>
    /// </summary>
    /// <param name="stored">The results of the plan's changes.</param>
    /// <param name="exposures">All exposures of the cluster, with what the pass has observed.</param>
    public static DiscoveryOutcome Of(
        DiscoveryPlan plan,
        IReadOnlyList<ExposureResult> stored,
        IReadOnlyList<Resource<ExposureSpec>> exposures
    )
    {
        var results = stored.ToDictionary(item => item.Name, item => item.Result, StringComparer.Ordinal);
        var known = exposures.ToDictionary(exposure => exposure.Metadata.Name, StringComparer.Ordinal);
        var isFreeing =
            exposures.Any(exposure => exposure.Metadata.DeletedAt is not null)
            || stored.Any(item => item.Result.Outcome == PutOutcome.Deleting);
        var answers = plan
            .Services.Select(service =>
                (
                    service,
                    Lines: (IReadOnlyList<AnswerLine>)
                        [
                            .. service.Asks.Select(ask =>
                                ask.Refusal
                                ?? Line(
                                    ask.Spec?.Port,
                                    service.Owner,
                                    results.GetValueOrDefault(ask.Exposure ?? ""),
                                    known.GetValueOrDefault(ask.Exposure ?? ""),
                                    isFreeing
                                )
                            ),
                        ]
                )
            )
            .ToList();
        return new DiscoveryOutcome(answers, Waits: stored.Any(item => IsWaiting(item.Result, isFreeing)));
    }

    /// <summary>The condition <c>ServicesDiscovered</c>. A refusal is the business of the Service's owner.</summary>
    public Observation Observation
    {
        get
        {
            var lines = Answers.Where(answer => !answer.Service.IsOutside).ToList();
            var refused = lines
                .SelectMany(answer => answer.Lines.Select(line => (answer.Service.Owner, line)))
                .Where(one => one.line.State == AnswerState.Refused)
                .Select(one => $"{one.Owner} ({one.line.Reason})")
                .Distinct()
                .Order(StringComparer.Ordinal)
                .ToList();
            var accepted = lines.Sum(answer => answer.Lines.Count(line => line.State != AnswerState.Refused));
            var named = string.Join(", ", refused.Take(MostNamed)) + (refused.Count > MostNamed ? ", ..." : "");
            return Observation.True(
                accepted + refused.Count == 0 ? Reasons.NothingToDo : Reasons.AsDesired,
                $"Services have {Counted.Of(accepted, "exposure")}." + (refused.Count == 0 ? "" : $" Refused: {named}.")
            );
        }
    }

    private static bool IsWaiting(PutResult<ExposureSpec> result, bool isFreeing) =>
        result.Waits || (isFreeing && result.Outcome == PutOutcome.NoRoom);

    private static AnswerLine Line(
        int? port,
        ServiceOwner owner,
        PutResult<ExposureSpec>? result,
        Resource<ExposureSpec>? known,
        bool isFreeing
    )
    {
        var message =
            known is { Metadata: { DeletedAt: null, Owner: { } holder } } && holder == owner
                ? $"{result?.Detail} The port of the last accepted annotations stays open."
                : result?.Detail;
        return result switch
        {
            { IsRefused: true } when IsWaiting(result, isFreeing) => new AnswerLine(
                port,
                AnswerState.Pending,
                Reason: Reasons.Waiting,
                Message: message
            ),
            { IsRefused: true } => new AnswerLine(
                port,
                AnswerState.Refused,
                Reason: result.Outcome switch
                {
                    PutOutcome.NoRoom => RefusalReasons.BudgetExceeded,
                    PutOutcome.OwnedByOther => RefusalReasons.NameTaken,
                    _ => RefusalReasons.PortTaken,
                },
                Message: message
            ),
            null when known is not null => Line(port, known),
            _ => new AnswerLine(port, AnswerState.Pending, Reason: Reasons.Pending),
        };
    }

    private static AnswerLine Line(int? port, Resource<ExposureSpec> exposure)
    {
        var addresses = NamedExposure.Of(exposure).Addresses.ToList();
        return exposure.Status.Find(ConditionTypes.Ready) switch
        {
            { Status: ConditionStatus.True } ready when ready.ObservedGeneration == exposure.Metadata.Generation => new AnswerLine(
                port,
                AnswerState.Ready,
                Address: addresses.Count == 0 ? null : string.Join(',', addresses.Select(one => IpFamilies.Endpoint(one.Ip, port ?? 0))),
                Hostname: addresses.Select(one => one.Hostname).FirstOrDefault(name => name is not null)
            ),
            { Status: ConditionStatus.False } failed => new AnswerLine(
                port,
                AnswerState.NotReady,
                Reason: failed.Reason,
                Message: failed.Message
            ),
            var ready => new AnswerLine(port, AnswerState.Pending, Reason: ready?.Reason ?? Reasons.Pending),
        };
    }
}
