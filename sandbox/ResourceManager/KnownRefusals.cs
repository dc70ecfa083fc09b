namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The status and the message of refusals for which the sandbox has no model, for faults with a code (learn.microsoft.com: "Troubleshoot
/// common Azure deployment errors", "Error codes of Azure Kubernetes Service").
/// </summary>
internal static class KnownRefusals
{
    /// <returns>403 without a message for a code that the table lacks.</returns>
    public static (int Status, string? Message) Of(string code) =>
        code switch
        {
            "ScopeLocked" => (
                409,
                "The scope cannot perform write operation because following scope(s) are locked. Please remove the lock and try again."
            ),
            "SubscriptionNotFound" => (404, "The subscription could not be found."),
            "MissingSubscriptionRegistration" => (409, "The subscription is not registered to use namespace 'Microsoft.ContainerService'."),
            "ReadOnlyDisabledSubscription" => (409, "The subscription is disabled and therefore marked as read only."),
            "SkuNotAvailable" => (409, "The requested VM size is currently not available in the location. Please try another size."),
            "AvailabilityZoneNotSupported" => (400, "The zone(s) for the agent pool are not supported in the location."),
            "ZonalAllocationFailed" or "AllocationFailed" => (
                409,
                "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone."
            ),
            "OverconstrainedAllocationRequest" or "OverconstrainedZonalAllocationRequest" => (
                409,
                "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive."
            ),
            "SubnetIsFull" => (400, "Subnet nodes does not have enough capacity for 1 IP addresses."),
            "InsufficientSubnetSize" => (
                400,
                "Pre-allocated IPs exceeds IPs available in Subnet. The available IP is 1, expected min IP is 4."
            ),
            "PublicIPCountLimitReached" => (400, "Cannot create more than 10 public IP addresses for this subscription in this region."),
            "FlagMustBeSetForRestore" => (409, "An existing resource has been soft-deleted. To restore it, set 'restore' to true."),
            "DnsRecordInUse" => (409, "DNS record is already used by another public IP."),
            "RequestDisallowedByPolicy" => (403, "Resource was disallowed by policy. See error details for policy resource IDs."),
            "PrincipalNotFound" => (400, "Principal does not exist in the directory."),
            "ServicePrincipalNotFound" => (400, "Service principal was not found in the tenant."),
            _ => (403, null),
        };
}
