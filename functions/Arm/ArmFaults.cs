using System.Globalization;
using Azure;
using Azure.Identity;
using MeshPort.Clusters;

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
            return StationReport.AskAgain(Reasons.AzureUnavailable, "Azure did not answer in time.");
        }
        catch (AuthenticationFailedException trouble)
        {
            return StationReport.Done(Verdict.False(Reasons.AccessDenied, $"No token for Azure could be had: {FirstLine(trouble.Message)} Check the identity that MeshPort runs as."));
        }
    }

    public static TimeSpan? RetryAfter(Response? response) =>
        response is not null && response.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static StationReport Classify(RequestFailedException trouble)
    {
        var said = $"{trouble.ErrorCode ?? trouble.Status.ToString(CultureInfo.InvariantCulture)}: {FirstLine(trouble.Message)}";
        var retryAfter = RetryAfter(trouble.GetRawResponse());
        return (trouble.Status, trouble.ErrorCode) switch
        {
            (429, _) => StationReport.AskAgain(Reasons.Throttled, $"Azure asks to slow down ({said}).", retryAfter),
            (409, "OperationNotAllowed" or "EtagMismatch" or "AnotherOperationInProgress") or (412, _) or (_, "RetryableErrorDueToAnotherOperation") =>
                StationReport.AskAgain(Reasons.ClusterBusy, $"Another operation is under way ({said}).", retryAfter),
            (0 or 408 or >= 500, _) => StationReport.AskAgain(Reasons.AzureUnavailable, $"Azure does not answer ({said}).", retryAfter),
            (_, "RequestDisallowedByPolicy") => Refused(Reasons.PolicyDenied, $"An Azure policy forbids this ({said}). Ask its owner for an exemption, or change the spec."),
            (_, "QuotaExceeded" or "InsufficientVCPUQuota" or "ErrCode_InsufficientVCPUQuota" or "PublicIPCountLimitReached") =>
                Refused(Reasons.QuotaExceeded, $"The subscription's quota does not suffice ({said}). Ask for more, or use fewer or smaller nodes."),
            (401 or 403, _) => Refused(Reasons.AccessDenied, $"MeshPort's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work."),
            _ => Refused(Reasons.AzureRefused, $"Azure refused ({said}). Correct the spec."),
        };
    }

    private static StationReport Refused(string reason, string message) => StationReport.Done(Verdict.False(reason, message));

    // The rest of the message is the whole response, which may hold more than people should see.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
