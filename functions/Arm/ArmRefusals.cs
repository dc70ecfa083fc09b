using System.Globalization;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>
/// The meaning of a refusal by Azure Resource Manager, from status, code and message. The first row that matches decides:
/// <code>
/// status        code                                   message       reason            may pass
/// 429           any                                    any           Throttled         yes
/// not 5xx       *Quota*, PublicIPCountLimitReached     any           QuotaExceeded     no
/// not 5xx       OperationNotAllowed                    ...quota...   QuotaExceeded     no
/// not 5xx       RequestDisallowedByPolicy              any           PolicyDenied      no
/// 412           any                                    any           ClusterBusy       yes
/// any           RetryableErrorDueToAnotherOperation    any           ClusterBusy       yes
/// 409           OperationNotAllowed, EtagMismatch,     any           ClusterBusy       yes
///               AnotherOperationInProgress
/// 0, 408, 5xx   any                                    any           AzureUnavailable  yes
/// 401, 403      any                                    any           AccessDenied      no
/// any           any                                    any           AzureRefused      no
/// </code>
/// </summary>
internal static class ArmRefusals
{
    private static readonly Row[] Rows =
    [
        new(
            Reasons.Throttled,
            MayPass: true,
            (status, _, _) => status == 429,
            said => $"Azure throttles MeshPort's requests ({said}). It is asked again."
        ),
        new(
            Reasons.QuotaExceeded,
            MayPass: false,
            (status, code, message) => status < 500 && IsQuota(code, message),
            said => $"The subscription's quota does not suffice ({said}). Ask for more, or use fewer or smaller nodes."
        ),
        new(
            Reasons.PolicyDenied,
            MayPass: false,
            (status, code, _) => status < 500 && code == "RequestDisallowedByPolicy",
            said => $"An Azure policy forbids this ({said}). Ask its owner for an exemption, or change the spec."
        ),
        new(
            Reasons.ClusterBusy,
            MayPass: true,
            (status, code, _) => IsConflict(status, code),
            said => $"Another operation is in progress ({said}). Azure is asked again."
        ),
        new(
            Reasons.AzureUnavailable,
            MayPass: true,
            (status, _, _) => status is 0 or 408 or >= 500,
            said => $"Azure does not answer ({said}). It is asked again."
        ),
        new(
            Reasons.AccessDenied,
            MayPass: false,
            (status, _, _) => status is 401 or 403,
            said => $"MeshPort's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work."
        ),
        new(Reasons.AzureRefused, MayPass: false, (_, _, _) => true, said => $"Azure refused ({said}). Correct the spec."),
    ];

    /// <param name="status">HTTP; 0 when there was no answer.</param>
    /// <param name="message">One line of text from Azure.</param>
    public static Fault Classify(int status, string? code, string message, TimeSpan? retryAfter)
    {
        var row = Rows.First(row => row.Applies(status, code, message));
        var text = row.Text($"{code ?? status.ToString(CultureInfo.InvariantCulture)}: {message}");
        return row.MayPass ? Fault.Passing(row.Reason, text, retryAfter) : Fault.Lasting(row.Reason, text);
    }

    /// <summary>Why an operation failed that Azure had accepted, where the code tells: quota or policy.</summary>
    public static Observation? OfOperation(ArmError error) =>
        Classify(400, error.Code, error.Message, null).Observation is { Reason: Reasons.QuotaExceeded or Reasons.PolicyDenied } meaning
            ? meaning
            : null;

    /// <summary>
    /// Codes such as QuotaExceeded, InsufficientVCPUQuota and ErrCode_InsufficientVCPUQuota. OperationNotAllowed is also how Azure says
    /// "exceeding approved standardDSv5Family Cores quota" (learn.microsoft.com, "Resolve errors for resource quotas").
    /// </summary>
    private static bool IsQuota(string? code, string message) =>
        code is "PublicIPCountLimitReached"
        || code?.Contains("Quota", StringComparison.OrdinalIgnoreCase) == true
        || (code == "OperationNotAllowed" && message.Contains("quota", StringComparison.OrdinalIgnoreCase));

    private static bool IsConflict(int status, string? code) =>
        status == 412
        || code == "RetryableErrorDueToAnotherOperation"
        || (status == 409 && code is ("OperationNotAllowed" or "EtagMismatch" or "AnotherOperationInProgress"));

    private sealed record Row(string Reason, bool MayPass, Func<int, string?, string, bool> Applies, Func<string, string> Text);
}
