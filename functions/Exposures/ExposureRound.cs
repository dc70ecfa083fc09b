using MeshPort.Clusters;
using MeshPort.State;

namespace MeshPort.Exposures;

/// <summary>
/// One station's round over all exposures of a cluster: those that have reached the station before take part, the others are marked as blocked, and what is
/// found of each is recorded in its own condition. One bad exposure never holds up the rest.
/// </summary>
internal sealed class ExposureRound
{
    private readonly ConvergenceLog _log;
    private readonly StationQuestion _question;
    private readonly string _condition;
    private readonly Dictionary<string, StationReport> _reports = new(StringComparer.Ordinal);

    private ExposureRound(ConvergenceLog log, StationQuestion question, string condition, List<Resource<ExposureSpec>> exposures)
    {
        _log = log;
        _question = question;
        _condition = condition;
        All = exposures.ConvertAll(exposure => new NamedExposure(exposure.Metadata.Name, exposure.Metadata.Generation, exposure.Spec));
        Blocked = exposures.Where(exposure => FirstObstacle(exposure.Status) is not null).Select(exposure => exposure.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var exposure in exposures)
        {
            if (FirstObstacle(exposure.Status) is { } obstacle)
            {
                Report(exposure.Metadata.Name, StationReport.Done(Verdict.Unknown(Reasons.Blocked, $"{obstacle.Type} is {obstacle.Status}: {obstacle.Message}")));
            }
        }
    }

    /// <summary>Every exposure, since the plan must know what is wanted at all.</summary>
    public IReadOnlyList<NamedExposure> All { get; }

    public IReadOnlySet<string> Names => All.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Those that have not got here: nothing is written for them, and nothing of theirs is taken away.</summary>
    public IReadOnlySet<string> Blocked { get; }

    public IEnumerable<NamedExposure> Active => All.Where(exposure => !Blocked.Contains(exposure.Name));

    public static async Task<ExposureRound> StartAsync(StateStore state, ConvergenceLog log, StationQuestion question, string condition, CancellationToken cancellationToken) =>
        new(log, question, condition, await state.ListExposuresAsync(question.Cluster, cancellationToken));

    public void Report(string exposure, StationReport report) => _reports[exposure] = report;

    public void Report(string exposure, Verdict verdict) => Report(exposure, StationReport.Done(verdict));

    /// <summary>Writes each exposure's condition and sums them up: asks again while one waits.</summary>
    public async Task<StationReport> FinishAsync(CancellationToken cancellationToken)
    {
        var generations = All.ToDictionary(exposure => exposure.Name, exposure => exposure.Generation, StringComparer.Ordinal);
        await _log.RecordExposuresAsync(
            _question.Cluster,
            (name, status, now) => _reports.TryGetValue(name, out var report) ? status.With(_condition, Final(report), generations[name], now) : status,
            cancellationToken);
        return Summary();
    }

    private StationReport Summary()
    {
        var good = _reports.Values.Count(report => IsGood(report.Verdict));
        var text = All.Count == 0 ? "There are no exposures." : $"{good} of {All.Count} exposures as desired.";
        var odd = _reports.OrderBy(report => report.Key, StringComparer.Ordinal).Where(report => !IsGood(report.Value.Verdict)).Select(report => $"{report.Key}: {report.Value.Verdict.Message}").FirstOrDefault();
        var message = odd is null ? text : $"{text} {odd}";
        if (!_question.LastChance && _reports.Values.Any(report => report.Wait))
        {
            return StationReport.AskAgain(Reasons.SomeWait, message);
        }

        return StationReport.Done(good == All.Count
            ? Verdict.True(All.Count == 0 ? Reasons.NothingToDo : Reasons.AsDesired, message)
            : Verdict.False(Reasons.SomeNotReady, message));
    }

    private static bool IsGood(Verdict verdict) => verdict.Status == ConditionStatus.True || Readiness.IsLeftOpen(verdict.Status, verdict.Reason);

    /// <summary>While there is time left, an exposure that waits is Unknown; after that, False.</summary>
    private Verdict Final(StationReport report) => report.Wait && _question.LastChance
        ? Verdict.False(report.Verdict.Reason, $"{report.Verdict.Message} The deadline is over.")
        : report.Verdict;

    /// <summary>The first condition before this station that is neither True nor knowingly left open.</summary>
    private Condition? FirstObstacle(ResourceStatus status) => ConditionTypes.OfExposure
        .TakeWhile(type => type != _condition)
        .Select(status.Find)
        .FirstOrDefault(condition => condition is { Status: not ConditionStatus.True } && !Readiness.IsLeftOpen(condition.Status, condition.Reason));
}
