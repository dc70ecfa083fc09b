using System.Globalization;
using Azure;
using Azure.Identity;
using MeshPort.Model;
using Microsoft.Identity.Client;

namespace MeshPort.Arm;

/// <summary>The one place that decides what exception with Azure means.</summary>
internal static class ArmErrors
{
    /// <summary>Runs a station's activity and turns expected exception into its report: ask again later, or False with reason and advice.</summary>
    public static async Task<StepResult> ClassifyErrorsAsync(Func<Task<StepResult>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look();
        }
        catch (RequestFailedException exception)
        {
            return Classify(exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return StepResult.AskAgain(Reasons.AzureUnavailable, "Azure did not answer in time. It is asked again.");
        }
        catch (AuthenticationFailedException exception)
        {
            var said = FirstLine(exception.GetBaseException().Message);
            return MayPass(exception)
                ? StepResult.AskAgain(Reasons.AzureUnavailable, $"Entra gives no token ({said}). It is asked again.")
                : StepResult.Done(
                    Observation.False(
                        Reasons.AccessDenied,
                        $"No token for Azure could be had: {said} Check the identity that MeshPort runs as, and its secret."
                    )
                );
        }
    }

    public static TimeSpan? RetryAfter(Response? response) =>
        response is not null
        && response.Headers.TryGetValue("Retry-After", out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>What an error code of a refused request, or of an operation that failed, means by itself; null when it says no more than that.</summary>
    public static Observation? Meaning(string? code, string said) =>
        code switch
        {
            "RequestDisallowedByPolicy" => Observation.False(
                Reasons.PolicyDenied,
                $"An Azure policy forbids this ({said}). Ask its owner for an exemption, or change the spec."
            ),
            "PublicIPCountLimitReached" => NoQuota(said),
            not null when code.Contains("Quota", StringComparison.OrdinalIgnoreCase) => NoQuota(said), // QuotaExceeded, InsufficientVCPUQuota, ErrCode_InsufficientVCPUQuota
            _ => null,
        };

    private static Observation NoQuota(string said) =>
        Observation.False(
            Reasons.QuotaExceeded,
            $"The subscription's quota does not suffice ({said}). Ask for more, or use fewer or smaller nodes."
        );

    private static bool IsConflict(RequestFailedException exception) =>
        exception.Status == 412
        || exception.ErrorCode == "RetryableErrorDueToAnotherOperation"
        || (exception.Status == 409 && exception.ErrorCode is ("OperationNotAllowed" or "EtagMismatch" or "AnotherOperationInProgress"));

    private static StepResult Classify(RequestFailedException exception)
    {
        var said = $"{exception.ErrorCode ?? exception.Status.ToString(CultureInfo.InvariantCulture)}: {FirstLine(exception.Message)}";
        var retryAfter = RetryAfter(exception.GetRawResponse());
        return (exception.Status, exception.ErrorCode) switch
        {
            (429, _) => StepResult.AskAgain(Reasons.Throttled, $"Azure asks to slow down ({said}). It is asked again.", retryAfter),

            _ when IsConflict(exception) => StepResult.AskAgain(
                Reasons.ClusterBusy,
                $"Another operation is under way ({said}). It is asked again.",
                retryAfter
            ),
            (0 or 408 or >= 500, _) => StepResult.AskAgain(
                Reasons.AzureUnavailable,
                $"Azure does not answer ({said}). It is asked again.",
                retryAfter
            ),
            _ when Meaning(exception.ErrorCode, said) is { } meaning => StepResult.Done(meaning),
            (401 or 403, _) => StepResult.Done(
                Observation.False(
                    Reasons.AccessDenied,
                    $"MeshPort's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work."
                )
            ),
            _ => StepResult.Done(Observation.False(Reasons.AzureRefused, $"Azure refused ({said}). Correct the spec.")),
        };
    }

    /// <summary>Whether the token endpoint is busy or away, rather than refusing: what the credential met is somewhere inside.</summary>
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
