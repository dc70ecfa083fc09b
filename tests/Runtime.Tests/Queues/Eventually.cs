using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Queues;

/// <summary>Waits until a condition holds, and fails at a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task IsTrueAsync(Func<bool> condition, CancellationToken cancellationToken) =>
        IsTrueAsync(() => Task.FromResult(condition()), () => { }, cancellationToken);

    public static Task IsTrueAsync(Func<Task<bool>> condition, CancellationToken cancellationToken) =>
        IsTrueAsync(condition, () => { }, cancellationToken);

    /// <summary>Steps the clock until the condition holds.</summary>
    public static Task IsTrueAsync(Func<bool> condition, FakeTimeProvider clock, TimeSpan step, CancellationToken cancellationToken) =>
        IsTrueAsync(() => Task.FromResult(condition()), () => clock.Advance(step), cancellationToken);

    private static async Task IsTrueAsync(Func<Task<bool>> condition, Action step, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        while (!await condition())
        {
            step();
            await Task.Delay(Interval, deadline.Token);
        }
    }
}
