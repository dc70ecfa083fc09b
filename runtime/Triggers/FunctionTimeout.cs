using System.Globalization;
using MeshPort.Runtime.Invocation;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers;

/// <summary>
/// <c>functionTimeout</c> of host.json: how long a function may run, in real time, before its token is cancelled. -1 means no limit. The
/// default is 30 minutes.
/// </summary>
internal sealed record FunctionTimeout(TimeSpan Limit)
{
    private static readonly TimeSpan Default = TimeSpan.FromMinutes(30);

    /// <exception cref="InvalidOperationException">The value is invalid.</exception>
    public static FunctionTimeout From(IConfiguration configuration) =>
        configuration["functionTimeout"] switch
        {
            null => new FunctionTimeout(Default),
            "-1" => new FunctionTimeout(Timeout.InfiniteTimeSpan),
            var text
                when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var limit)
                    && limit > TimeSpan.Zero
                    && limit < TimeSpan.FromDays(20) => new FunctionTimeout(limit),
            var text => throw new InvalidOperationException(
                $"host.json: functionTimeout is '{text}'; it must be a time as hh:mm:ss of less than 20 days, or -1."
            ),
        };

    /// <param name="run">Receives a token that is cancelled at the timeout.</param>
    /// <exception cref="FunctionTimeoutException">The function exceeded the timeout and was cancelled.</exception>
    public async Task<object?> RunAsync(string function, Func<CancellationToken, Task<object?>> run, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Limit);
        try
        {
            return await run(deadline.Token);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new FunctionTimeoutException($"Timeout value of {Limit} exceeded by function: {function}", exception);
        }
    }
}
