using System.Globalization;
using Azure;
using Azure.Identity;
using MeshPort.Clusters;
using Microsoft.Identity.Client;

namespace MeshPort.Arm;

/// <summary>The one place that decides what trouble with Azure means.</summary>
internal static class ArmFaults
{
    /// <summary>Runs a station's activity and turns expected trouble into its report: ask again later, or False with reason and advice.</summary>
    public static async Task<StationReport> GuardAsync(Func<Task<StationReport>> look, CancellationToken cancellationToken)
    {
        try
        {
            return await look();
        }
        catch (RequestFailedException trouble)
        {
            return Classify(trouble);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return StationReport.AskAgain(Reasons.AzureUnavailable, "Azure did not answer in time. It is asked again.");
        }
        catch (AuthenticationFailedException trouble)
        {
            var said = FirstLine(trouble.GetBaseException().Message);
            return MayPass(trouble)
                ? StationReport.AskAgain(Reasons.AzureUnavailable, $"Entra gives no token ({said}). It is asked again.")
                : StationReport.Done(
                    Verdict.False(
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
    public static Verdict? Meaning(string? code, string said) =>
        code switch
        {
            "RequestDisallowedByPolicy" => Verdict.False(
                Reasons.PolicyDenied,
                $"An Azure policy forbids this ({said}). Ask its owner for an exemption, or change the spec."
            ),
            "PublicIPCountLimitReached" => NoQuota(said),
            not null when code.Contains("Quota", StringComparison.OrdinalIgnoreCase) => NoQuota(said), // QuotaExceeded, InsufficientVCPUQuota, ErrCode_InsufficientVCPUQuota
            _ => null,
        };

    private static Verdict NoQuota(string said) =>
        Verdict.False(
            Reasons.QuotaExceeded,
            $"The subscription's quota does not suffice ({said}). Ask for more, or use fewer or smaller nodes."
        );

    private static bool IsConflict(RequestFailedException trouble) =>
        trouble.Status == 412
        || trouble.ErrorCode == "RetryableErrorDueToAnotherOperation"
        || (trouble.Status == 409 && trouble.ErrorCode is ("OperationNotAllowed" or "EtagMismatch" or "AnotherOperationInProgress"));

    private static StationReport Classify(RequestFailedException trouble)
    {
        var said = $"{trouble.ErrorCode ?? trouble.Status.ToString(CultureInfo.InvariantCulture)}: {FirstLine(trouble.Message)}";
        var retryAfter = RetryAfter(trouble.GetRawResponse());
        return (trouble.Status, trouble.ErrorCode) switch
        {
            (429, _) => StationReport.AskAgain(Reasons.Throttled, $"Azure asks to slow down ({said}). It is asked again.", retryAfter),

            _ when IsConflict(trouble) => StationReport.AskAgain(
                Reasons.ClusterBusy,
                $"Another operation is under way ({said}). It is asked again.",
                retryAfter
            ),
            (0 or 408 or >= 500, _) => StationReport.AskAgain(
                Reasons.AzureUnavailable,
                $"Azure does not answer ({said}). It is asked again.",
                retryAfter
            ),
            _ when Meaning(trouble.ErrorCode, said) is { } meaning => StationReport.Done(meaning),
            (401 or 403, _) => StationReport.Done(
                Verdict.False(
                    Reasons.AccessDenied,
                    $"MeshPort's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work."
                )
            ),
            _ => StationReport.Done(Verdict.False(Reasons.AzureRefused, $"Azure refused ({said}). Correct the spec.")),
        };
    }

    /// <summary>Whether the token endpoint is busy or away, rather than refusing: what the credential met is somewhere inside.</summary>
    private static bool MayPass(Exception trouble) =>
        trouble switch
        {
            RequestFailedException { Status: 0 or 408 or 429 or >= 500 }
            or MsalServiceException { StatusCode: 408 or 429 or >= 500 }
            or HttpRequestException => true,
            AggregateException several => several.InnerExceptions.Any(MayPass),
            _ => trouble.InnerException is { } inner && MayPass(inner),
        };

    // The rest of the message is the whole response, which may hold more than people should see.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
