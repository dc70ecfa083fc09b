using System.Globalization;
using Azure;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>
/// The meaning of an error of Azure Resource Manager, from its status, its codes and its message (<see cref="ArmRefusal"/>). The first row
/// that matches decides. Except in the rows marked with *, a status from 500 on is <c>AzureUnavailable</c>.
/// <code>
///   status    code                                             message             reason                 may pass
/// * any       RetryableErrorDueToAnotherOperation,             any                 ClusterBusy            yes
///             AnotherOperationInProgress
///   429       any                                              any                 Throttled              yes
///   any       TooManyRequests*, *Throttled                     any                 Throttled              yes
///   any       *Quota*, *LimitReached, *LimitExceeded           any                 QuotaExceeded          no
///   any       OperationNotAllowed                              ...quota...         QuotaExceeded          no
///   any       ScopeLocked                                      any                 ResourceLocked         no
///   any       RequestDisallowedByPolicy, ...ByAzure            any                 PolicyDenied           no
///   any       SubnetIsFull, InsufficientSubnetSize, ...        any                 SubnetFull             no
///   any       MissingSubscriptionRegistration, ...             any                 ProviderNotRegistered  no
///   any       SkuNotAvailable, AvailabilityZoneNotSupported,   any                 SizeUnavailable        no
///             AllocationFailed, *Overconstrained*, ...
///   any       ReadOnlyDisabledSubscription, ...                any                 SubscriptionDisabled   no
///   any       FlagMustBeSetForRestore, DnsRecordInUse, ...     any                 NameUnavailable        no
///   any       PrincipalNotFound, ServicePrincipalNotFound, ... any                 IdentityPending        yes
///   412       any                                              any                 ClusterBusy            yes
///   any       EtagMismatch, ResourceGroupBeingDeleted, ...     any                 ClusterBusy            yes
///   409       OperationNotAllowed, Conflict                    ...in progress...   ClusterBusy            yes
///   any       OperationNotAllowed                              ...Stopped...       ClusterStopped         no
///   any       SubscriptionNotFound, InvalidSubscriptionId      any                 AccessDenied           no
///   any       DenyAssignmentAuthorizationFailed                any                 AccessDenied           no
///   any       AuthorizationFailed, LinkedAuthorizationFailed   any                 AccessDenied           no
/// * 0, 5xx    any                                              any                 AzureUnavailable       yes
///   408       any                                              any                 AzureUnavailable       yes
///   401, 403  any                                              any                 AccessDenied           no
///   any       any                                              any                 AzureRefused           no
/// </code>
/// The codes are those of learn.microsoft.com: "Troubleshoot common Azure deployment errors", "Error codes of Azure Kubernetes Service" and
/// "Resolve errors for resource quotas". <see cref="ArmAdvice"/> has the texts.
/// </summary>
internal static class ArmRefusals
{
    private static readonly string[] SubscriptionCodes = ["SubscriptionNotFound", "InvalidSubscriptionId"];

    private static readonly Row[] Rows =
    [
        new(
            Reasons.ClusterBusy,
            MayPass: true,
            ArmAdvice.Busy,
            error => error.Has("RetryableErrorDueToAnotherOperation", "AnotherOperationInProgress")
        ),
        Below500(Reasons.Throttled, mayPass: true, ArmAdvice.Throttled, IsThrottled),
        Below500(Reasons.QuotaExceeded, mayPass: false, ArmAdvice.Quota, IsQuota),
        Below500(Reasons.ResourceLocked, mayPass: false, ArmAdvice.Locked, error => error.Has("ScopeLocked")),
        Below500(
            Reasons.PolicyDenied,
            mayPass: false,
            ArmAdvice.Policy,
            error => error.Has("RequestDisallowedByPolicy", ArmAdvice.DisallowedByAzure, "PolicyViolation")
        ),
        Below500(Reasons.SubnetFull, mayPass: false, ArmAdvice.SubnetFull, IsSubnetFull),
        Below500(
            Reasons.ProviderNotRegistered,
            mayPass: false,
            ArmAdvice.NotRegistered,
            error =>
                error.Has(
                    "MissingSubscriptionRegistration",
                    "NoRegisteredProviderFound",
                    "SubscriptionNotRegistered",
                    "ResourceProviderNotRegistered"
                )
        ),
        Below500(Reasons.SizeUnavailable, mayPass: false, ArmAdvice.SizeUnavailable, IsSizeUnavailable),
        Below500(
            Reasons.SubscriptionDisabled,
            mayPass: false,
            ArmAdvice.SubscriptionDisabled,
            error => error.Has("ReadOnlyDisabledSubscription", "SubscriptionDisabled", "DisabledSubscription", "SubscriptionNotActive")
        ),
        Below500(Reasons.NameUnavailable, mayPass: false, ArmAdvice.NameUnavailable, IsNameUnavailable),
        Below500(
            Reasons.IdentityPending,
            mayPass: true,
            ArmAdvice.IdentityPending,
            error =>
                error.Has("PrincipalNotFound", "IdentityNotFound", "MSICredentialNotExistError", "InvalidPrincipalId")
                || error.HasPart("ServicePrincipalNotFound")
        ),
        Below500(Reasons.ClusterBusy, mayPass: true, ArmAdvice.Busy, IsBusy),
        Below500(
            Reasons.ClusterStopped,
            mayPass: false,
            ArmAdvice.Stopped,
            error => error.Has("OperationNotAllowed") && error.Says("(Stopped)", "is stopped", "been stopped")
        ),
        Below500(Reasons.AccessDenied, mayPass: false, ArmAdvice.NoSubscription, error => error.Has(SubscriptionCodes)),
        Below500(
            Reasons.AccessDenied,
            mayPass: false,
            ArmAdvice.DenyAssignment,
            error => error.HasPart("DenyAssignment") || (error.Has("AuthorizationFailed") && error.Says("deny assignment"))
        ),
        Below500(Reasons.AccessDenied, mayPass: false, ArmAdvice.NoRight, IsWithoutRight),
        new(Reasons.AzureUnavailable, MayPass: true, ArmAdvice.Unavailable, error => error.Status is 0 or 408 or >= 500),
        new(Reasons.AccessDenied, MayPass: false, ArmAdvice.NoAccess, error => error.Status is 401 or 403),
        new(Reasons.AzureRefused, MayPass: false, ArmAdvice.Refused, _ => true),
    ];

    /// <param name="status">HTTP; 0 when there was no answer.</param>
    /// <param name="message">One line of text from Azure.</param>
    /// <param name="inner">The codes of the error's details.</param>
    public static Fault Classify(int status, string? code, string message, TimeSpan? retryAfter, params IReadOnlyList<string> inner)
    {
        var error = ArmRefusal.Of(status, new ArmError(code ?? status.ToString(CultureInfo.InvariantCulture), message) { Inner = inner });
        var row = Find(error);
        var text = row.Text(error, $"{error.Codes[0]}: {message}");
        return row.MayPass ? Fault.Passing(row.Reason, text, retryAfter) : Fault.Lasting(row.Reason, text);
    }

    /// <summary>Why an operation failed that Azure had accepted, where the codes tell; otherwise null.</summary>
    public static Observation? OfOperation(ArmError error)
    {
        var refusal = ArmRefusal.Of(400, error, isOperation: true);
        var row = Find(refusal);
        return row.Reason == Reasons.AzureRefused
            ? null
            : Observation.False(row.Reason, row.Text(refusal, $"{error.Code}: {error.Message}"));
    }

    /// <summary>
    /// The advice on an error of Azure that a text quotes, such as an event of the cluster's cloud provider, which acts as the cluster.
    /// </summary>
    /// <returns>Null where the codes do not tell.</returns>
    public static (string Reason, string Text)? OfText(string text)
    {
        var refusal = ArmRefusal.Of(400, new ArmError("", text), isOperation: true);
        var row = Find(refusal);
        return row.Reason == Reasons.AzureRefused ? null : (row.Reason, row.Text(refusal, text));
    }

    /// <summary>
    /// Whether Azure does not find the subscription. Its 404 then says nothing of the resource, which may well exist: the token may be of
    /// another tenant.
    /// </summary>
    public static bool IsOfSubscription(RequestFailedException error) => SubscriptionCodes.Contains(error.ErrorCode);

    private static Row Find(ArmRefusal error) => Rows.First(row => row.Applies(error));

    private static bool IsThrottled(ArmRefusal error) =>
        error.Status == 429
        || error.Codes.Any(code => code.StartsWith("TooManyRequests", StringComparison.Ordinal))
        || error.HasPart("Throttled");

    /// <summary>
    /// Codes such as QuotaExceeded and ErrCode_InsufficientVCPUQuota, and the limits of single resources, such as
    /// PublicIPCountLimitReached. OperationNotAllowed is also how Azure says "exceeding approved standardDSv5Family Cores quota".
    /// </summary>
    private static bool IsQuota(ArmRefusal error) =>
        error.HasPart("Quota") || error.Codes.Any(IsLimit) || (error.Has("OperationNotAllowed") && error.Says("quota"));

    private static bool IsLimit(string code) =>
        (
            code.EndsWith("LimitReached", StringComparison.OrdinalIgnoreCase)
            || code.EndsWith("LimitExceeded", StringComparison.OrdinalIgnoreCase)
            || (code.StartsWith("Max", StringComparison.Ordinal) && code.EndsWith("Exceeded", StringComparison.Ordinal))
        ) && !code.StartsWith("MaxPods", StringComparison.Ordinal); // a field of the spec

    private static bool IsSubnetFull(ArmRefusal error) =>
        error.Has("SubnetIsFull", "InsufficientSubnetSize", "SubnetDoesNotHaveEnoughCapacity", "NotEnoughIPAddresses")
        || error.HasPart("SubnetIsFull")
        || error.Says("enough capacity for IP addresses");

    /// <summary>Sizes and zones that the subscription cannot use, and those of which Azure has none left, spot nodes among them.</summary>
    private static bool IsSizeUnavailable(ArmRefusal error) =>
        error.Has(
            "SkuNotAvailable",
            "NotAvailableForSubscription",
            "AvailabilityZoneNotSupported",
            "AvailabilityZonesNotSupported",
            "AllocationFailed",
            "ZonalAllocationFailed",
            "VMSizeNotSupported",
            "UnsupportedVMSize",
            "AKSCapacityHeavyUsage",
            "AKSCapacityError",
            "CapacityNotAvailable"
        )
        || error.HasPart("Overconstrained")
        || error.HasPart("Evicted");

    /// <summary>Names that a soft-deleted resource or somebody else's DNS record still has.</summary>
    private static bool IsNameUnavailable(ArmRefusal error) =>
        error.Has(
            "FlagMustBeSetForRestore",
            "DnsRecordInUse",
            "FQDNSubdomainRecordAlreadyExistsError",
            "NameUnavailable",
            "NameNotAvailable",
            "VaultAlreadyExists"
        )
        || error.HasPart("SoftDeleted")
        || error.Says("soft-deleted", "soft deleted", "deleted but recoverable");

    /// <summary>
    /// AKS refuses with OperationNotAllowed for many reasons. Only its message tells that another operation is in progress, and that
    /// waiting helps.
    /// </summary>
    private static bool IsBusy(ArmRefusal error) =>
        error.Status == 412
        || error.Has("ResourceGroupBeingDeleted", "ReferencedResourceNotProvisioned", "VirtualNetworkNotInSucceededState")
        || error.Has("CanceledAndSupersededDueToAnotherOperation", "OperationPreempted", "EtagMismatch")
        || (
            error.Status == 409
            && error.Has("OperationNotAllowed", "Conflict")
            && error.Says(
                "in progress",
                "in-progress",
                "ongoing",
                "another operation",
                "pending-operation",
                "wait for it to finish",
                "State(Updating)",
                "State(Creating)",
                "State(Upgrading)",
                "State(Scaling)",
                "State(Deleting)",
                "State(Starting)",
                "State(Stopping)"
            )
            && !error.Says("no operation")
        );

    private static bool IsWithoutRight(ArmRefusal error) => error.HasPart("AuthorizationFailed") || error.HasPart("MissingPermission");

    private static Row Below500(string reason, bool mayPass, AdviceText text, Func<ArmRefusal, bool> applies) =>
        new(reason, mayPass, text, error => error.Status < 500 && applies(error));

    private sealed record Row(string Reason, bool MayPass, AdviceText Text, Func<ArmRefusal, bool> Applies);
}

/// <param name="said">The error in Azure's words.</param>
internal delegate string AdviceText(ArmRefusal error, string said);
