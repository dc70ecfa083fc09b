using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Identity;
using MeshPort.Model;
using Microsoft.Identity.Client;

namespace MeshPort.Arm;

/// <summary>The one place that decides what an error of Azure Resource Manager or Entra means.</summary>
internal static class ArmErrors
{
    /// <inheritdoc cref="ClassifyErrorsAsync{T}"/>
    public static Task<StepResult> ClassifyErrorsAsync(Func<Task<StepResult>> call, CancellationToken cancellationToken) =>
        ClassifyErrorsAsync(call, StepResult.Of, cancellationToken);

    /// <summary>Makes a call and turns an error that is expected of Azure into a <see cref="Fault"/>.</summary>
    /// <param name="otherwise">The answer in case of a fault.</param>
    public static async Task<T> ClassifyErrorsAsync<T>(Func<Task<T>> call, Func<Fault, T> otherwise, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException exception)
        {
            return otherwise(exception is ArmWriteException ? Classify(exception) : Classify(exception).OfRead());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return otherwise(Fault.Passing(Reasons.AzureUnavailable, "Azure did not answer in time. MeshPort tries again."));
        }
        catch (AuthenticationFailedException exception)
        {
            return otherwise(Classify(exception));
        }
    }

    /// <summary>
    /// Whether ARM has refused a write for good. Without an answer, and while ARM is busy or failing, it may have made the resource: the
    /// client sends a write again, and the answer is the last.
    /// </summary>
    public static bool IsRefused(RequestFailedException exception) => exception is ArmWriteException && !Classify(exception).MayPass;

    /// <summary>Awaits a write, and finds the refusal that concerns its resource alone.</summary>
    /// <returns>Null when ARM has accepted the write.</returns>
    /// <exception cref="RequestFailedException">
    /// Other writes would fail, too: ARM is busy or failing, refuses the caller, or does not find the parent of the resource.
    /// </exception>
    public static async Task<Observation?> FindRefusalAsync(Task write)
    {
        try
        {
            await write;
            return null;
        }
        catch (ArmWriteException exception)
            when (exception.Status != 404
                && Classify(exception) is { MayPass: false, Observation: { Reason: not Reasons.AccessDenied } refusal }
            )
        {
            return refusal;
        }
    }

    public static TimeSpan? RetryAfter(Response? response) =>
        response is not null
        && response.Headers.TryGetValue("Retry-After", out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>The codes in the details of an answer, which has the error within <c>error</c> or, from AKS, on its own.</summary>
    private static IReadOnlyList<string> InnerCodes(Response? response)
    {
        try
        {
            return response is { ContentStream: not null } && JsonNode.Parse(response.Content.ToMemory().Span) is JsonObject body
                ? ArmRefusal.InnerCodes(body["error"] ?? body)
                : [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return []; // a page of a proxy, or a body that was not kept
        }
    }

    private static Fault Classify(RequestFailedException exception) =>
        ArmRefusals.Classify(
            exception.Status,
            exception.ErrorCode,
            FirstLine(exception.Message),
            RetryAfter(exception.GetRawResponse()),
            InnerCodes(exception.GetRawResponse())
        );

    internal static Fault Classify(AuthenticationFailedException exception)
    {
        var said = FirstLine(exception.GetBaseException().Message);
        return MayPass(exception)
            ? Fault.Passing(Reasons.AzureUnavailable, $"Entra gives no token ({said}). MeshPort tries again.")
            : Fault
                .Lasting(
                    Reasons.AccessDenied,
                    $"Entra refuses a token for Azure: {said} Check the identity that MeshPort runs as, and its secret."
                )
                .OfRead();
    }

    /// <summary>Whether the token endpoint is busy or away, rather than refusing: the cause is one of the inner exceptions.</summary>
    private static bool MayPass(Exception exception) =>
        exception switch
        {
            RequestFailedException { Status: 0 or 408 or 429 or >= 500 }
            or MsalServiceException { StatusCode: 408 or 429 or >= 500 }
            or HttpRequestException => true,
            AggregateException several => several.InnerExceptions.Any(MayPass),
            _ => exception.InnerException is { } inner && MayPass(inner),
        };

    // The rest of the message is the whole response, which may hold more than people should see.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
