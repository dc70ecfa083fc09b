using System.Runtime.CompilerServices;

namespace MeshPort.TestKit;

/// <summary>
/// Awaits a condition with a deadline. The deadlines are long, because a condition that holds ends the wait at once: they decide only how
/// soon a failed test reports.
/// </summary>
public static class Wait
{
    /// <summary>The deadline where a test names no other.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The time of the deadlines. Test projects that use the sandbox set its time that waits for work, so that no test fails because the
    /// machine is busy.
    /// </summary>
    public static TimeProvider Time { get; set; } = TimeProvider.System;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <param name="what">The condition in words, for the failure.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task UntilAsync(string what, TimeSpan within, Func<Task<bool>> condition, CancellationToken cancellationToken) =>
        LoopAsync(what, within, condition, isIt => isIt, null, cancellationToken);

    /// <inheritdoc cref="UntilAsync(string, TimeSpan, Func{Task{bool}}, CancellationToken)"/>
    public static Task UntilAsync(string what, TimeSpan within, Func<bool> condition, CancellationToken cancellationToken) =>
        UntilAsync(what, within, () => Task.FromResult(condition()), cancellationToken);

    /// <param name="between">Runs after each look that did not find the condition, for example a step of a clock.</param>
    /// <param name="text">The condition as it is written, for the failure.</param>
    /// <inheritdoc cref="UntilAsync(string, TimeSpan, Func{Task{bool}}, CancellationToken)"/>
    public static Task UntilAsync(
        Func<Task<bool>> condition,
        CancellationToken cancellationToken,
        Action? between = null,
        [CallerArgumentExpression(nameof(condition))] string text = ""
    ) => LoopAsync(text, Usual, condition, isIt => isIt, between, cancellationToken);

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, CancellationToken, Action, string)"/>
    public static Task UntilAsync(
        Func<bool> condition,
        CancellationToken cancellationToken,
        Action? between = null,
        [CallerArgumentExpression(nameof(condition))] string text = ""
    ) => UntilAsync(() => Task.FromResult(condition()), cancellationToken, between, text);

    /// <summary>Looks until there is something.</summary>
    /// <returns>The first that is not null.</returns>
    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, CancellationToken, Action, string)"/>
    public static async Task<T> ForAsync<T>(
        Func<Task<T?>> look,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(look))] string text = ""
    )
        where T : class =>
        await LoopAsync(text, Usual, look, found => found is not null, null, cancellationToken)
        ?? throw new InvalidOperationException("The loop ends with something that was found.");

    /// <summary>Looks until what is seen is as wanted; the failure says what was seen last.</summary>
    /// <returns>The wanted value.</returns>
    /// <inheritdoc cref="UntilAsync(string, TimeSpan, Func{Task{bool}}, CancellationToken)"/>
    public static Task<T> ForAsync<T>(
        string what,
        TimeSpan within,
        Func<Task<T>> look,
        Func<T, bool> isWanted,
        CancellationToken cancellationToken
    ) => LoopAsync(what, within, look, isWanted, null, cancellationToken);

    private static async Task<T> LoopAsync<T>(
        string what,
        TimeSpan within,
        Func<Task<T>> look,
        Func<T, bool> isWanted,
        Action? between,
        CancellationToken cancellationToken
    )
    {
        using var late = new CancellationTokenSource(within, Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var pause = FirstPause;
        var last = "nothing yet";
        try
        {
            while (true)
            {
                var seen = await look();
                if (isWanted(seen))
                {
                    return seen;
                }

                last = $"{seen}";
                between?.Invoke();
                await Task.Delay(pause, TimeProvider.System, deadline.Token);
                pause = between is null && pause < LongestPause ? pause * 1.25 : pause; // what takes long is looked at less often
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && late.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {within.TotalSeconds:0} s: {what}. The last look saw: {last}");
        }
    }
}
