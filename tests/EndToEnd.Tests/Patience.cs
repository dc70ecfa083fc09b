namespace MeshPort.EndToEnd.Tests;

/// <summary>Awaits a condition with a deadline.</summary>
internal static class Patience
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(string what, TimeSpan within, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(within);
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (!await condition())
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {within.TotalSeconds:0} s: {what}");
        }
    }

    public static Task UntilAsync(string what, TimeSpan within, Func<bool> condition, CancellationToken cancellationToken) =>
        UntilAsync(what, within, () => Task.FromResult(condition()), cancellationToken);
}
