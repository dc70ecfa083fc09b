namespace MeshPort.Arm;

/// <summary>
/// The texts of <see cref="ArmRefusals"/>: what happened, in Azure's words too, and what to do. An operation that Azure had accepted acts
/// with the rights of the cluster's identity, not of MeshPort's.
/// </summary>
internal static class ArmAdvice
{
    /// <summary>Azure itself allows a subscription only some regions; no policy of the customer, so nobody can exempt it.</summary>
    public const string DisallowedByAzure = "RequestDisallowedByAzure";

    public static string Busy(ArmRefusal error, string said) =>
        error.IsOperation ? $"Another operation came in between ({said}). MeshPort tries again."
        : error.Has("ResourceGroupBeingDeleted") ? $"The resource group is being deleted ({said}). MeshPort tries again."
        : $"Another operation is in progress ({said}). MeshPort tries again.";

    public static string Throttled(ArmRefusal error, string said) =>
        error.IsOperation
            ? $"Azure throttled the operation, since the subscription makes too many requests ({said}). MeshPort tries again."
            : $"Azure throttles MeshPort's requests ({said}). MeshPort tries again.";

    /// <summary>
    /// <code>
    /// code or message                    advice
    /// public IP addresses                delete unused addresses
    /// load balancer, its rules           remove exposures
    /// security rules                     remove rules
    /// role assignments                   remove assignments
    /// spot, low priority                 other nodes, or spot quota
    /// cores, vCPUs                       fewer or smaller nodes
    /// any other                          remove what is not needed
    /// </code>
    /// </summary>
    public static string Quota(ArmRefusal error, string said)
    {
        var advice =
            error.HasPart("PublicIP") ? "Ask for more public IP addresses in the region, or delete unused ones."
            : error.HasPart("LoadBalanc") || error.HasPart("FrontendIP") || error.HasPart("RulesPerN") || error.HasPart("RulePerN")
                ? "It is a limit of the load balancer: remove exposures or other Services of type LoadBalancer, or ask for more."
            : error.HasPart("SecurityRule") || error.HasPart("NetworkSecurityGroup")
                ? "Ask for more, or remove rules of the security group."
            : error.HasPart("RoleAssignment") ? "Ask for more, or remove role assignments that are not needed."
            : error.Says("LowPriority", "spot") ? "Ask for more spot quota, or use other nodes."
            : error.HasPart("VCPU") || error.HasPart("Cores") || error.Says("cores", "vcpu")
                ? "Ask for more vCPUs in the region, or use fewer or smaller nodes."
            : "Ask for more, or remove what is not needed.";
        return $"The subscription's quota does not suffice ({said}). {advice}";
    }

    public static string Locked(ArmRefusal error, string said) =>
        $"A lock forbids the change ({said}). MeshPort removes no locks. Remove it (az lock delete), or ask its owner.";

    public static string Policy(ArmRefusal error, string said) =>
        error.Has(DisallowedByAzure)
            ? $"Azure does not allow the subscription to use this location ({said}). Choose another location, or ask Azure's support."
            : $"An Azure policy forbids this ({said}). Ask its owner for an exemption, or change the spec.";

    public static string SubnetFull(ArmRefusal error, string said) =>
        $"The subnet has too few free addresses ({said}). Use fewer nodes, free addresses, or use a larger subnet.";

    public static string NotRegistered(ArmRefusal error, string said) =>
        $"The subscription is not registered for a resource provider, or the provider does not serve the location ({said}). "
        + "Register it (az provider register), or choose another location.";

    public static string SizeUnavailable(ArmRefusal error, string said) =>
        $"Azure does not have this size of nodes here, or none left ({said}). Choose another size, zone or location, or wait for capacity.";

    public static string SubscriptionDisabled(ArmRefusal error, string said) =>
        $"The subscription is disabled and read-only ({said}). Its owner must reactivate it.";

    public static string NameUnavailable(ArmRefusal error, string said) =>
        $"The name is taken, perhaps by a deleted resource that can be restored ({said}). "
        + "Choose another name, or, if nobody needs it, purge that resource.";

    public static string IdentityPending(ArmRefusal error, string said) =>
        $"Entra does not know an identity yet ({said}). A new one takes some minutes to be known everywhere. "
        + "MeshPort tries again. If this persists, the identity is deleted or of another tenant.";

    public static string Stopped(ArmRefusal error, string said) =>
        $"The cluster is stopped ({said}). Start it (az aks start); MeshPort does not.";

    public static string DenyAssignment(ArmRefusal error, string said) =>
        $"A deny assignment forbids this, whatever roles {Who(error)} has ({said}). Ask the owner of the deny assignment: a managed "
        + "application, a deployment stack, or AKS for its node resource group.";

    public static string NoRight(ArmRefusal error, string said) =>
        error.IsOperation
            ? $"The cluster's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work."
        : error.Has("LinkedAuthorizationFailed")
            ? $"MeshPort's identity may not use a linked resource ({said}). Give it the role there; an assignment may take five minutes "
                + "to work."
        : $"MeshPort's identity may not do this ({said}). Give it the role; an assignment may take five minutes to work.";

    public static string NoSubscription(ArmRefusal error, string said) =>
        $"Azure does not find the subscription ({said}). Its id is wrong, or it belongs to another tenant than MeshPort's identity. "
        + "Check the id, and the settings MeshPort:Azure.";

    public static string NoAccess(ArmRefusal error, string said) =>
        error.Has("ExpiredAuthenticationToken")
            ? $"Azure takes the token of MeshPort's identity for expired ({said}). Check the clock of the host that runs MeshPort."
        : error.Status == 401
            ? $"Azure does not accept the token of MeshPort's identity ({said}). Check its tenant and the settings MeshPort:Azure."
        : $"Azure denies MeshPort's identity access ({said}). Follow Azure's message.";

    public static string Unavailable(ArmRefusal error, string said) => $"Azure does not answer ({said}). MeshPort tries again.";

    public static string Refused(ArmRefusal error, string said) => $"Azure refused ({said}). Correct the spec, or follow Azure's message.";

    private static string Who(ArmRefusal error) => error.IsOperation ? "the cluster's identity" : "MeshPort's identity";
}
