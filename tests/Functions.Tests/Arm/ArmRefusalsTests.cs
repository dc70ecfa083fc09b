using MeshPort.Arm;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Arm;

/// <summary>One test for each row of the table in <see cref="ArmRefusals"/>, and for what lies between rows.</summary>
public sealed class ArmRefusalsTests
{
    private const string Cores = "Operation could not be completed as it results in exceeding approved standardDSv5Family Cores quota.";

    [Theory]
    [InlineData(429, "TooManyRequests", "", Reasons.Throttled, true)]
    [InlineData(429, "SubscriptionQuotaThrottled", "", Reasons.Throttled, true)]
    [InlineData(403, "QuotaExceeded", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "ErrCode_InsufficientVCPUQuota", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "PublicIPCountLimitReached", "", Reasons.QuotaExceeded, false)]
    [InlineData(409, "OperationNotAllowed", Cores, Reasons.QuotaExceeded, false)]
    [InlineData(403, "RequestDisallowedByPolicy", "", Reasons.PolicyDenied, false)]
    [InlineData(412, "PreconditionFailed", "", Reasons.ClusterBusy, true)]
    [InlineData(429, "RetryableErrorDueToAnotherOperation", "", Reasons.Throttled, true)]
    [InlineData(400, "RetryableErrorDueToAnotherOperation", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "OperationNotAllowed", "Another operation is in progress.", Reasons.ClusterBusy, true)]
    [InlineData(409, "EtagMismatch", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "AnotherOperationInProgress", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "SomethingElse", "", Reasons.AzureRefused, false)]
    [InlineData(400, "OperationNotAllowed", "", Reasons.AzureRefused, false)]
    [InlineData(0, null, "", Reasons.AzureUnavailable, true)]
    [InlineData(408, null, "", Reasons.AzureUnavailable, true)]
    [InlineData(500, "InternalServerError", "", Reasons.AzureUnavailable, true)]
    [InlineData(503, "QuotaServiceUnavailable", "", Reasons.AzureUnavailable, true)]
    [InlineData(401, "InvalidAuthenticationToken", "", Reasons.AccessDenied, false)]
    [InlineData(403, "AuthorizationFailed", "", Reasons.AccessDenied, false)]
    [InlineData(404, "SubscriptionNotFound", "", Reasons.AzureRefused, false)]
    public void A_refusal_is_classified_by_status_code_and_message(int status, string? code, string message, string reason, bool mayPass)
    {
        var fault = ArmRefusals.Classify(status, code, message, TimeSpan.FromSeconds(7));

        Assert.Equal((reason, mayPass), (fault.Observation.Reason, fault.MayPass));
        Assert.Equal(mayPass ? ConditionStatus.Unknown : ConditionStatus.False, fault.Observation.Status);
        Assert.Equal(mayPass ? TimeSpan.FromSeconds(7) : null, fault.RetryAfter);
        Assert.Contains($"({code ?? $"{status}"}: {message})", fault.Observation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QuotaExceeded", "", Reasons.QuotaExceeded)]
    [InlineData("OperationNotAllowed", Cores, Reasons.QuotaExceeded)]
    [InlineData("RequestDisallowedByPolicy", "", Reasons.PolicyDenied)]
    [InlineData("CreateVMSSAgentPoolFailed", "", null)]
    public void A_failed_operation_is_classified_by_code_and_message(string code, string message, string? reason) =>
        Assert.Equal(reason, ArmRefusals.OfOperation(new ArmError(code, message))?.Reason);
}
