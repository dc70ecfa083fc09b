using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Arm;

/// <summary>One test for each row of the table in <see cref="ArmRefusals"/>, and for what lies between rows.</summary>
public sealed class ArmRefusalsTests
{
    private const string Cores = "Operation could not be completed as it results in exceeding approved standardDSv5Family Cores quota.";

    private const string Busy = "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish.";

    private const string TooMany = "The server rejected the request because too many requests have been received for this subscription.";

    [Theory]
    [InlineData(429, "RetryableErrorDueToAnotherOperation", "", Reasons.ClusterBusy, true)]
    [InlineData(400, "RetryableErrorDueToAnotherOperation", "", Reasons.ClusterBusy, true)]
    [InlineData(503, "RetryableErrorDueToAnotherOperation", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "AnotherOperationInProgress", "", Reasons.ClusterBusy, true)]
    [InlineData(429, "TooManyRequests", "", Reasons.Throttled, true)]
    [InlineData(429, "SubscriptionRequestsThrottled", "", Reasons.Throttled, true)]
    [InlineData(429, "SubscriptionQuotaThrottled", "", Reasons.Throttled, true)]
    [InlineData(429, "OperationNotAllowed", TooMany, Reasons.Throttled, true)]
    [InlineData(409, "ResourceRequestsThrottled", "", Reasons.Throttled, true)]
    [InlineData(403, "TooManyRequestsReceived", "", Reasons.Throttled, true)]
    [InlineData(403, "QuotaExceeded", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "ErrCode_InsufficientVCPUQuota", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "PublicIPCountLimitReached", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "LoadBalancerFrontendIPConfigurationCountLimitReached", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "MaxStorageAccountsCountPerSubscriptionExceeded", "", Reasons.QuotaExceeded, false)]
    [InlineData(400, "RoleAssignmentLimitExceeded", "", Reasons.QuotaExceeded, false)]
    [InlineData(409, "OperationNotAllowed", Cores, Reasons.QuotaExceeded, false)]
    [InlineData(409, "ScopeLocked", "", Reasons.ResourceLocked, false)]
    [InlineData(403, "RequestDisallowedByPolicy", "", Reasons.PolicyDenied, false)]
    [InlineData(403, "RequestDisallowedByAzure", "", Reasons.PolicyDenied, false)]
    [InlineData(400, "SubnetIsFull", "", Reasons.SubnetFull, false)]
    [InlineData(400, "InsufficientSubnetSize", "", Reasons.SubnetFull, false)]
    [InlineData(409, "MissingSubscriptionRegistration", "", Reasons.ProviderNotRegistered, false)]
    [InlineData(400, "NoRegisteredProviderFound", "", Reasons.ProviderNotRegistered, false)]
    [InlineData(409, "SkuNotAvailable", "", Reasons.SizeUnavailable, false)]
    [InlineData(400, "AvailabilityZoneNotSupported", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "AllocationFailed", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "ZonalAllocationFailed", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "OverconstrainedAllocationRequest", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "OverconstrainedZonalAllocationRequest", "", Reasons.SizeUnavailable, false)]
    [InlineData(400, "PrivateClusterCapacityOverConstrained", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "AKSCapacityHeavyUsage", "", Reasons.SizeUnavailable, false)]
    [InlineData(409, "ReadOnlyDisabledSubscription", "", Reasons.SubscriptionDisabled, false)]
    [InlineData(409, "FlagMustBeSetForRestore", "", Reasons.NameUnavailable, false)]
    [InlineData(400, "DnsRecordInUse", "", Reasons.NameUnavailable, false)]
    [InlineData(
        409,
        "ConflictError",
        "A vault with the same name exists in deleted but recoverable state.",
        Reasons.NameUnavailable,
        false
    )]
    [InlineData(400, "PrincipalNotFound", "", Reasons.IdentityPending, true)]
    [InlineData(400, "ServicePrincipalNotFound", "", Reasons.IdentityPending, true)]
    [InlineData(412, "PreconditionFailed", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "EtagMismatch", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "ResourceGroupBeingDeleted", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "ReferencedResourceNotProvisioned", "", Reasons.ClusterBusy, true)]
    [InlineData(409, "OperationNotAllowed", Busy, Reasons.ClusterBusy, true)]
    [InlineData(409, "OperationNotAllowed", "There is an in-progress upgrade operation on the agent pool.", Reasons.ClusterBusy, true)]
    [InlineData(
        409,
        "OperationNotAllowed",
        "managed cluster is in Provisioning State(Succeeded) and Power State(Stopped), updating cannot be performed",
        Reasons.ClusterStopped,
        false
    )]
    [InlineData(409, "OperationNotAllowed", "Revision asm-1-99 is not supported by the service mesh add-on.", Reasons.AzureRefused, false)]
    [InlineData(
        409,
        "OperationNotAllowed",
        "No operation that could be aborted is in progress: no operation.",
        Reasons.AzureRefused,
        false
    )]
    [InlineData(403, "DenyAssignmentAuthorizationFailed", "", Reasons.AccessDenied, false)]
    [InlineData(403, "AuthorizationFailed", "", Reasons.AccessDenied, false)]
    [InlineData(403, "LinkedAuthorizationFailed", "", Reasons.AccessDenied, false)]
    [InlineData(400, "LinkedAuthorizationFailed", "", Reasons.AccessDenied, false)]
    [InlineData(0, null, "", Reasons.AzureUnavailable, true)]
    [InlineData(408, null, "", Reasons.AzureUnavailable, true)]
    [InlineData(500, "InternalServerError", "", Reasons.AzureUnavailable, true)]
    [InlineData(503, "QuotaServiceUnavailable", "", Reasons.AzureUnavailable, true)]
    [InlineData(503, "AllocationFailed", "", Reasons.AzureUnavailable, true)]
    [InlineData(401, "InvalidAuthenticationToken", "", Reasons.AccessDenied, false)]
    [InlineData(403, "Forbidden", "", Reasons.AccessDenied, false)]
    [InlineData(404, "SubscriptionNotFound", "", Reasons.AccessDenied, false)]
    [InlineData(400, "InvalidSubscriptionId", "", Reasons.AccessDenied, false)]
    [InlineData(404, "ResourceGroupNotFound", "", Reasons.AzureRefused, false)]
    [InlineData(409, "SomethingElse", "", Reasons.AzureRefused, false)]
    [InlineData(400, "OperationNotAllowed", "", Reasons.AzureRefused, false)]
    [InlineData(400, "MaxPodsLimitExceeded", "", Reasons.AzureRefused, false)]
    public void A_refusal_is_classified_by_status_code_and_message(int status, string? code, string message, string reason, bool mayPass)
    {
        var fault = ArmRefusals.Classify(status, code, message, TimeSpan.FromSeconds(7));

        Assert.Equal((reason, mayPass), (fault.Observation.Reason, fault.MayPass));
        Assert.Equal(mayPass ? ConditionStatus.Unknown : ConditionStatus.False, fault.Observation.Status);
        Assert.Equal(mayPass ? TimeSpan.FromSeconds(7) : null, fault.RetryAfter);
        Assert.Contains($"({code ?? $"{status}"}: {message})", fault.Observation.Message, StringComparison.Ordinal);
    }

    /// <summary>AKS puts the error of the provider that refused into its own message, in several forms.</summary>
    [Theory]
    [InlineData("""VMSSAgentPoolReconciler retry failed: Code='SubnetIsFull' Message='nodes is full.'""", Reasons.SubnetFull)]
    [InlineData("""Status=409 Code="SkuNotAvailable" Message="The requested size is not available." """, Reasons.SizeUnavailable)]
    [InlineData("""ErrorCode: ScopeLocked, the scope is locked.""", Reasons.ResourceLocked)]
    [InlineData("""RawError: {"error":{"code":"RequestDisallowedByPolicy","message":"disallowed"}}""", Reasons.PolicyDenied)]
    [InlineData("""Message={\"error\":{\"code\":\"PublicIPCountLimitReached\"}}""", Reasons.QuotaExceeded)]
    [InlineData("""Code="OperationNotAllowed" Message="exceeding approved Total Regional Cores quota" """, Reasons.QuotaExceeded)]
    [InlineData("HTTPStatusCode: 400, desc = something else", Reasons.AzureRefused)]
    public void The_code_that_a_message_quotes_counts(string message, string reason) =>
        Assert.Equal(reason, ArmRefusals.Classify(400, "CreateVMSSAgentPoolFailed", message, null).Observation.Reason);

    [Fact]
    public void The_code_of_a_detail_counts()
    {
        var error = JsonNode.Parse(
            """
            {"code":"DeploymentFailed","details":[
             {"code":"Conflict","details":[{"innererror":{"code":"ZonalAllocationFailed"}}]},{"message":null}]}
            """
        );

        var fault = ArmRefusals.Classify(400, "DeploymentFailed", "At least one resource failed.", null, ArmRefusal.InnerCodes(error));

        Assert.Equal(Reasons.SizeUnavailable, fault.Observation.Reason);
    }

    [Theory]
    [InlineData(400, "PublicIPCountLimitReached", "", "delete unused ones", "nodes")]
    [InlineData(400, "LoadBalancerFrontendIPConfigurationCountLimitReached", "", "remove exposures", "nodes")]
    [InlineData(400, "SecurityRuleLimitReached", "", "remove rules", "nodes")]
    [InlineData(409, "OperationNotAllowed", Cores, "fewer or smaller nodes", "addresses")]
    [InlineData(409, "OperationNotAllowed", "exceeding approved LowPriorityCores quota", "spot quota", "smaller nodes")]
    [InlineData(403, "RequestDisallowedByAzure", "", "another location", "exemption")]
    [InlineData(403, "DenyAssignmentAuthorizationFailed", "", "deny assignment", "Give it the role")]
    [InlineData(403, "LinkedAuthorizationFailed", "", "linked resource", "Correct the spec")]
    [InlineData(401, "InvalidAuthenticationTokenTenant", "", "tenant", "Give it the role")]
    [InlineData(401, "ExpiredAuthenticationToken", "", "clock", "tenant")]
    [InlineData(404, "SubscriptionNotFound", "", "another tenant", "Correct the spec")]
    [InlineData(403, "Forbidden", "", "Follow Azure's message", "Give it the role")]
    public void The_advice_fits_the_case(int status, string code, string message, string advice, string harm)
    {
        var text = ArmRefusals.Classify(status, code, message, null).Observation.Message;

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.DoesNotContain(harm, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QuotaExceeded", "", Reasons.QuotaExceeded)]
    [InlineData("OperationNotAllowed", Cores, Reasons.QuotaExceeded)]
    [InlineData("RequestDisallowedByPolicy", "", Reasons.PolicyDenied)]
    [InlineData("CreateVMSSAgentPoolFailed", "Code='ZonalAllocationFailed'", Reasons.SizeUnavailable)]
    [InlineData("ServicePrincipalNotFound", "", Reasons.IdentityPending)]
    [InlineData("TooManyRequests", "", Reasons.Throttled)]
    [InlineData("LinkedAuthorizationFailed", "", Reasons.AccessDenied)]
    [InlineData("CreateVMSSAgentPoolFailed", "", null)]
    [InlineData("InternalOperationError", "", null)]
    public void A_failed_operation_is_False_with_the_reason_of_its_codes(string code, string message, string? reason)
    {
        var meaning = ArmRefusals.OfOperation(new ArmError(code, message));

        Assert.Equal(reason, meaning?.Reason);
        Assert.True(meaning is null or { Status: ConditionStatus.False });
    }

    [Fact]
    public void An_operation_without_a_right_asks_for_a_role_of_the_clusters_identity() =>
        Assert.Contains(
            "The cluster's identity",
            ArmRefusals.OfOperation(new ArmError("LinkedAuthorizationFailed", "no join"))?.Message,
            StringComparison.Ordinal
        );
}
