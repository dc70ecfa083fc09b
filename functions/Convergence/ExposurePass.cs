using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// One station's round over all exposures of a cluster: those that have reached the station before take part, the others are marked as blocked, and what is
/// found of each is recorded in its own condition. One bad exposure never holds up the rest. On the way back, when exposures are removed, the round is over those alone.
/// </summary>
internal sealed class ExposurePass
{
    private readonly StatusStore _log;
    private readonly StepInput _question;
    private readonly string _condition;
    private readonly DateTimeOffset _now;
    private readonly IReadOnlyList<Resource<ExposureSpec>> _exposures;
    private readonly Dictionary<string, StepResult> _reports = new(StringComparer.Ordinal);

    private ExposurePass(
        StatusStore log,
        StepInput question,
        string condition,
        IReadOnlyList<Resource<ExposureSpec>> exposures,
        DateTimeOffset now
    )
    {
        _log = log;
        _question = question;
        _condition = condition;
        _now = now;
        _exposures = exposures;
        All = [.. exposures.Where(IsWanted).Select(NamedExposure.Of)];
        Leaving = [.. exposures.Where(exposure => !IsWanted(exposure)).Select(NamedExposure.Of)];
        Blocked = exposures
            .Where(exposure => FirstObstacle(exposure.Status) is not null)
            .Select(exposure => exposure.Metadata.Name)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var exposure in exposures.Where(IsWanted))
        {
            if (FirstObstacle(exposure.Status) is { } obstacle)
            {
                Report(exposure.Metadata.Name, StepResult.Done(obstacle.Dependent));
            }
        }
    }

    /// <summary>Every exposure that is wanted, since the plan must know what is wanted at all.</summary>
    public IReadOnlyList<NamedExposure> All { get; }

    /// <summary>Those that are to be removed.</summary>
    public IReadOnlyList<NamedExposure> Leaving { get; }

    /// <summary>Those that a plan may take something away from: all that are known, and on the way back those that leave alone.</summary>
    public IReadOnlySet<string> Names => (IsWayBack ? Leaving : All).Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Those that have not got here: nothing is written for them, and nothing of theirs is taken away.</summary>
    public IReadOnlySet<string> Blocked { get; }

    /// <summary>Whether the station is to carry a change out now.</summary>
    /// <param name="exposure">That the change serves; null for a deletion.</param>
    public bool Takes(string? exposure) => exposure is null || (!IsWayBack && !Blocked.Contains(exposure));

    public IEnumerable<NamedExposure> Active => IsWayBack ? [] : All.Where(exposure => !Blocked.Contains(exposure.Name));

    public static async Task<ExposurePass> StartAsync(
        ExposureStore exposures,
        StatusStore log,
        StepInput question,
        string condition,
        CancellationToken cancellationToken
    ) => new(log, question, condition, await exposures.ListAsync(question.Cluster, cancellationToken), log.Now);

    /// <summary>What the exposure has to wait for, since it is being deleted and wanted again; null where nothing is.</summary>
    public static string? Terminates(
        NamedExposure exposure,
        IReadOnlyList<DesiredObject> desired,
        IReadOnlyDictionary<ObjectRef, JsonObject> observed
    ) =>
        desired
            .Where(one => one.Exposure == exposure.Name && observed.TryGetValue(one.Target, out var found) && Terminating.IsOne(found))
            .Select(one => $"{Terminating.Tell(one.Target, observed[one.Target])} It is made anew when it is gone.")
            .FirstOrDefault();

    /// <summary>What is left, on the way back, of those that leave, though its deletion was asked for; null where nothing is.</summary>
    /// <param name="observed">Before the deletions.</param>
    public string? Left(IReadOnlyDictionary<ObjectRef, JsonObject> observed) =>
        !IsWayBack
            ? null
            : observed
                .Where(found => Terminating.IsKept(found.Value) && Names.Contains(ObjectPlan.Owner(found.Value)))
                .Select(found => Terminating.Tell(found.Key, found.Value))
                .FirstOrDefault();

    public void Report(string exposure, StepResult report) => _reports[exposure] = report;

    public void Report(string exposure, Observation verdict) => Report(exposure, StepResult.Done(verdict));

    /// <summary>Writes each exposure's condition and sums them up: asks again while one waits.</summary>
    /// <param name="left">On the way back: what is not gone yet.</param>
    /// <param name="change">What else is to be known of an exposure.</param>
    public async Task<StepResult> FinishAsync(
        CancellationToken cancellationToken,
        string? left = null,
        Func<NamedExposure, ResourceStatus, ResourceStatus>? change = null
    )
    {
        if (IsWayBack)
        {
            var gone = Observation.False(Reasons.Removed, "Taken away, since the exposure is being removed.");
            var here = left is null ? gone : Observation.Unknown(Reasons.Pending, left);
            var leaving = _exposures
                .Where(exposure => !IsWanted(exposure))
                .Select(exposure =>
                    (
                        exposure.Metadata.Name,
                        exposure
                            .Status.With(_condition, here, exposure.Metadata.Generation, _now)
                            .With(ConditionTypes.Ready, gone, exposure.Metadata.Generation, _now)
                    )
                );
            await _log.RecordExposuresAsync(_question.Cluster, leaving, cancellationToken);
            return left is not null
                ? StepResult.AskAgain(Reasons.Pending, left)
                : StepResult.Done(Observation.True(Reasons.AsDesired, $"Nothing is left of {Leaving.Count} exposures here."));
        }

        var news = new List<(string, ResourceStatus)>();
        foreach (var exposure in _exposures.Where(IsWanted))
        {
            var status = _reports.TryGetValue(exposure.Metadata.Name, out var report)
                ? exposure.Status.With(_condition, Final(report), exposure.Metadata.Generation, _now)
                : exposure.Status;
            status = change is null ? status : change(NamedExposure.Of(exposure), status);
            if (status != exposure.Status)
            {
                news.Add((exposure.Metadata.Name, status));
            }
        }

        await _log.RecordExposuresAsync(_question.Cluster, news, cancellationToken);
        return Summary();
    }

    private bool IsWayBack => _question.Withdraw != Withdraw.None;

    private bool IsWanted(Resource<ExposureSpec> exposure) => exposure.Metadata.DeletedAt is null && _question.Withdraw != Withdraw.All;

    private StepResult Summary()
    {
        var good = _reports.Values.Count(report => IsGood(report.Observation));
        var text = All.Count == 0 ? "There are no exposures." : $"{good} of {All.Count} exposures as desired.";
        var odd = _reports
            .OrderBy(report => report.Key, StringComparer.Ordinal)
            .Where(report => !IsGood(report.Value.Observation))
            .Select(report => $"{report.Key}: {report.Value.Observation.Message}")
            .FirstOrDefault();
        var message = odd is null ? text : $"{text} {odd}";
        if (!_question.LastChance && _reports.Values.Any(report => report.Wait))
        {
            return StepResult.AskAgain(Reasons.SomeWait, message);
        }

        return StepResult.Done(
            good == All.Count
                ? Observation.True(All.Count == 0 ? Reasons.NothingToDo : Reasons.AsDesired, message)
                : Observation.False(Reasons.SomeNotReady, message)
        );
    }

    private static bool IsGood(Observation verdict) =>
        verdict.Status == ConditionStatus.True || Readiness.IsLeftOpen(verdict.Status, verdict.Reason);

    /// <summary>While there is time left, an exposure that waits is Unknown; after that, False.</summary>
    private Observation Final(StepResult report) =>
        report.Wait && _question.LastChance && !Readiness.IsLeftOpen(report.Observation.Status, report.Observation.Reason)
            ? Observation.False(report.Observation.Reason, $"{report.Observation.Message} The deadline is over.")
            : report.Observation;

    /// <summary>The first condition before this station that is neither True nor knowingly left open.</summary>
    private Condition? FirstObstacle(ResourceStatus status) => FirstObstacle(status, _condition);

    internal static Condition? FirstObstacle(ResourceStatus status, string before) =>
        ConditionTypes
            .OfExposure.TakeWhile(type => type != before)
            .Select(status.Find)
            .FirstOrDefault(condition =>
                condition is { Status: not ConditionStatus.True } && !Readiness.IsLeftOpen(condition.Status, condition.Reason)
            );
}
