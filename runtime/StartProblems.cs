namespace MeshPort.Runtime;

/// <summary>What is wrong with settings and functions, gathered so that one start tells all of it.</summary>
internal sealed class StartProblems
{
    private readonly List<string> _messages = [];

    /// <returns>What was read; nothing usable when it was wrong: <see cref="ThrowIfAny"/> comes before it is used.</returns>
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
            return null!; // as said above
        }
    }

    /// <exception cref="InvalidOperationException">Something was wrong; the message has all of it, a line each.</exception>
    public void ThrowIfAny()
    {
        if (_messages.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', _messages));
        }
    }
}
