namespace MeshPort.Host.Progress;

/// <summary>The pause between two polls of a server, in real time: as short as the server bears.</summary>
internal static class PollPause
{
    /// <summary>A server on this machine is polled as often as a person can read.</summary>
    private static readonly TimeSpan Local = TimeSpan.FromMilliseconds(150);

    public static readonly TimeSpan Remote = TimeSpan.FromSeconds(2);

    /// <param name="taken">How long the last poll took. The pause is no shorter, so that polls take half a server at most.</param>
    public static TimeSpan After(TimeSpan taken, Uri server)
    {
        var least = server.IsLoopback ? Local : Remote;
        return taken > least ? taken : least;
    }
}
