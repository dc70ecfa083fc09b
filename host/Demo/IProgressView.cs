namespace MeshPort.Host.Demo;

/// <summary>Shows steps while work goes on: as a live table on a terminal, as lines in a file or a pipe.</summary>
internal interface IProgressView
{
    /// <param name="work">Is given where to report all steps to, as often as it likes.</param>
    Task<T> ShowAsync<T>(Func<Action<IReadOnlyList<JourneyStep>>, Task<T>> work);
}
