namespace MeshPort.Runtime;

/// <summary>Collects the errors of settings and functions, so that one start reports all of them.</summary>
internal sealed class StartProblems
{
    private readonly List<string> _messages = [];

    /// <returns>The value. Null after an error: call <see cref="ThrowIfAny"/> before using the value.</returns>
    public T Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException exception)
        {
            _messages.Add(exception.Message);
            return null!; // callers call ThrowIfAny before they use the value
        }
    }

    /// <exception cref="InvalidOperationException">There were errors. The message has one line for each.</exception>
    public void ThrowIfAny()
    {
        if (_messages.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', _messages));
        }
    }
}
