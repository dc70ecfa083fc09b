namespace MeshPort.Host.Progress;

/// <summary>Shows steps while work runs: as a live table on a terminal, as lines in a file or a pipe.</summary>
internal interface IProgressView
{
    /// <param name="work">Receives a callback to report the progress, any number of times.</param>
    Task<T> ShowAsync<T>(Func<Action<ProgressReport>, Task<T>> work);
}

/// <summary>Shows nothing.</summary>
internal sealed class NoProgress : IProgressView
{
    public Task<T> ShowAsync<T>(Func<Action<ProgressReport>, Task<T>> work) => work(_ => { });
}
