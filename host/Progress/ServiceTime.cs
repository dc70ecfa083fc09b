namespace MeshPort.Host.Progress;

/// <summary>
/// The server's time as far as its answers show it: the latest timestamp seen, and the real time since then. A simulated Azure has its own
/// time, so this machine's time cannot be compared with the server's timestamps.
/// </summary>
internal sealed class ServiceTime : TimeProvider
{
    private DateTimeOffset _latest = DateTimeOffset.MinValue;
    private long _seenAt;

    public void Saw(IEnumerable<JourneyStep> steps)
    {
        var latest = steps.Select(step => step.EndedAt ?? step.StartedAt ?? DateTimeOffset.MinValue).DefaultIfEmpty().Max();
        if (latest > _latest)
        {
            (_latest, _seenAt) = (latest, System.GetTimestamp());
        }
    }

    public override DateTimeOffset GetUtcNow() => _latest == DateTimeOffset.MinValue ? _latest : _latest + System.GetElapsedTime(_seenAt);
}
