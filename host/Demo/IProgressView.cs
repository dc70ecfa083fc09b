namespace MeshPort.Host.Demo;

/// <summary>Shows steps while work runs: as a live table on a terminal, as lines in a file or a pipe.</summary>
internal interface IProgressView
{
    /// <param name="work">Receives a callback to report all steps, any number of times.</param>
    Task<T> ShowAsync<T>(Func<Action<IReadOnlyList<JourneyStep>>, Task<T>> work);
}
