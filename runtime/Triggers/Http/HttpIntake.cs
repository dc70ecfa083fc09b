using MeshPort.Runtime.Queues;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Admits HTTP requests: counts running requests, rejects excess ones, and rejects all while the host stops. It does not count requests to
/// the embedded queues: functions that drain still delete their messages there.
/// </summary>
internal sealed class HttpIntake(HttpLimits limits) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;
    private bool _closed;

    public async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.StartsWithSegments($"/{QueueAccount.Name}", StringComparison.Ordinal))
        {
            await next(http);
        }
        else if (http.Request.ContentLength > limits.MaxBodySize)
        {
            // The server reads on for a while after the response. With its own limit it would reset the connection, and the caller would
            // miss the response.
            http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            http.Response.Headers.Connection = "close";
        }
        else if (Enter() is { } refusal)
        {
            http.Response.StatusCode = refusal;
            http.Response.Headers.RetryAfter = "5";
        }
        else
        {
            await RunInsideAsync(http, next);
        }
    }

    /// <summary>Rejects new requests and waits for running ones. Aborts them when the token is cancelled.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _closed = true;
            SignalWhenEmpty();
        }

        try
        {
            await _empty.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _abandoned.CancelAsync();
        }
    }

    public void Dispose() => _abandoned.Dispose();

    private async Task RunInsideAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            // The state is http and not null.
            await using var abandoned = _abandoned.Token.UnsafeRegister(static state => ((HttpContext)state!).Abort(), http);
            LimitedBody.Apply(http, limits.MaxBodySize);
            await next(http);
        }
        catch (BadHttpRequestException exception) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            http.Response.StatusCode = exception.StatusCode;
        }
        finally
        {
            lock (_lock)
            {
                _inside--;
                SignalWhenEmpty();
            }
        }
    }

    /// <returns>The status of the rejection. Null when the request is admitted.</returns>
    private int? Enter()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return StatusCodes.Status503ServiceUnavailable;
            }

            if (limits.MaxOutstanding >= 0 && _inside >= limits.MaxOutstanding)
            {
                return StatusCodes.Status429TooManyRequests;
            }

            _inside++;
            return null;
        }
    }

    private void SignalWhenEmpty()
    {
        if (_closed && _inside == 0)
        {
            _empty.TrySetResult();
        }
    }
}
