namespace MeshPort.Host.Hosting;

/// <summary>A part could not start. The message is one line with the cause and the fix.</summary>
internal sealed class StartupException(string message) : Exception(message)
{
    /// <summary>Starts a part, and turns an exception into a one-line message.</summary>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> start, CancellationToken cancellationToken)
    {
        try
        {
            return await start();
        }
#pragma warning disable CA1031 // every start failure is reported in one line
        catch (Exception exception) when (exception is not StartupException && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            throw new StartupException($"{what} cannot start: {OneLine(exception)}");
        }
    }

    private static string OneLine(Exception exception) =>
        string.Join(
            ' ',
            exception.Message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        );
}
