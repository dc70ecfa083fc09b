namespace MeshPort.Host.Hosting;

/// <summary>Something could not be started; the message is one line that says what and how to mend it.</summary>
internal sealed class StartupException(string message) : Exception(message)
{
    /// <summary>Starts something, and says in one line why it could not.</summary>
    public static async Task<T> ClassifyErrorsAsync<T>(string what, Func<Task<T>> start, CancellationToken cancellationToken)
    {
        try
        {
            return await start();
        }
#pragma warning disable CA1031 // whatever a part cannot start for, a person reads it in one line
        catch (Exception trouble) when (trouble is not StartupException && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            throw new StartupException($"{what} cannot start: {OneLine(trouble)}");
        }
    }

    private static string OneLine(Exception trouble) =>
        string.Join(
            ' ',
            trouble.Message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        );
}
