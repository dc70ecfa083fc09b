using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>The marks and the history of what exposures take over from others.</summary>
internal sealed partial class ExposurePass
{
    /// <summary>Marks what exposures take over from others, and tells it in their histories.</summary>
    /// <param name="taken">By exposure, a mark, the object, and the message of the entry.</param>
    /// <returns>The statuses that have changed.</returns>
    public IReadOnlyList<(string Exposure, ResourceStatus Status)> Adopt(
        IEnumerable<(string Exposure, string Mark, string Target, string Message)> taken,
        DateTimeOffset now
    ) =>
        Change(
            taken.Select(one => (one.Exposure, one)),
            (exposure, one) =>
                AdoptionMarks.Add(exposure.Status, exposure, one.Mark) is var marked && marked == exposure.Status
                    ? marked
                    : marked.Happened(HistoryTypes.Adopted, Reasons.Adopted, one.Message, now, one.Target)
        );

    /// <summary>Marks what exposures are about to take over.</summary>
    /// <inheritdoc cref="Adopt"/>
    public IReadOnlyList<(string Exposure, ResourceStatus Status)> Mark(IEnumerable<(string Exposure, string Mark)> taken) =>
        Change(taken, (exposure, mark) => AdoptionMarks.Add(exposure.Status, exposure, mark));

    /// <summary>Tells in their histories what exposures have taken over.</summary>
    /// <inheritdoc cref="Adopt"/>
    public IReadOnlyList<(string Exposure, ResourceStatus Status)> TellAdopted(
        IEnumerable<(string Exposure, string Target, string Message)> taken,
        DateTimeOffset now
    ) =>
        Change(
            taken.Select(one => (one.Exposure, one)),
            (exposure, one) => exposure.Status.Happened(HistoryTypes.Adopted, Reasons.Adopted, one.Message, now, one.Target)
        );

    /// <summary>Changes statuses that are stored at once, not after the pass.</summary>
    private IReadOnlyList<(string Exposure, ResourceStatus Status)> Change<T>(
        IEnumerable<(string Exposure, T What)> all,
        Func<NamedExposure, T, ResourceStatus> change
    )
    {
        var changed = new Dictionary<string, NamedExposure>(StringComparer.Ordinal);
        foreach (var (name, what) in all)
        {
            var exposure = changed.GetValueOrDefault(name) ?? Wanted.First(exposure => exposure.Name == name);
            var status = change(exposure, what);
            if (status != exposure.Status)
            {
                changed[name] = exposure with { Status = status };
            }
        }

        // What is stored before the end is not stored again after the pass.
        Wanted = [.. Wanted.Select(exposure => changed.GetValueOrDefault(exposure.Name)?.Stored() ?? exposure)];
        return [.. changed.Select(one => (one.Key, one.Value.Status))];
    }

    /// <summary>Removes the mark of something that could not be taken over.</summary>
    public void Unmark(string exposure, string mark) =>
        Wanted = [.. Wanted.Select(one => one.Name == exposure ? one with { Status = AdoptionMarks.Remove(one.Status, one, mark) } : one)];
}
