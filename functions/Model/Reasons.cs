namespace MeshPort.Model;

/// <summary>The closed list of condition reasons, explained in docs/reasons.md.</summary>
internal static class Reasons
{
    /// <summary>Whether the reason is a fault that prevents the observation. The state is unknown then, neither good nor bad.</summary>
    public static bool IsFault(string reason) => reason is ApiServerUnreachable or AzureUnavailable or Throttled or AccessDenied;

    public const string Pending = nameof(Pending);
    public const string Blocked = nameof(Blocked);
    public const string Waiting = nameof(Waiting);
    public const string SomeWait = nameof(SomeWait);
    public const string SomeNotReady = nameof(SomeNotReady);
    public const string AsDesired = nameof(AsDesired);
    public const string NothingToDo = nameof(NothingToDo);
    public const string DeadlineExceeded = nameof(DeadlineExceeded);
    public const string InternalError = nameof(InternalError);

    public const string Registered = nameof(Registered);
    public const string Registering = nameof(Registering);
    public const string FeatureNotFound = nameof(FeatureNotFound);
    public const string FeaturePendingApproval = nameof(FeaturePendingApproval);

    public const string NetworkConflict = nameof(NetworkConflict);

    public const string ClusterCreating = nameof(ClusterCreating);
    public const string ClusterUpdating = nameof(ClusterUpdating);
    public const string ClusterBusy = nameof(ClusterBusy);
    public const string ClusterFailed = nameof(ClusterFailed);
    public const string ClusterStopped = nameof(ClusterStopped);
    public const string ClusterDiffers = nameof(ClusterDiffers);
    public const string ClusterDeleting = nameof(ClusterDeleting);
    public const string NotMadeHere = nameof(NotMadeHere);
    public const string Removed = nameof(Removed);

    public const string MeshStarting = nameof(MeshStarting);
    public const string MeshUpgrading = nameof(MeshUpgrading);
    public const string NoCompatibleRevision = nameof(NoCompatibleRevision);
    public const string AddressPending = nameof(AddressPending);
    public const string AddressConflict = nameof(AddressConflict);
    public const string LoadBalancerFailed = nameof(LoadBalancerFailed);
    public const string GatewayMissing = nameof(GatewayMissing);

    public const string WorkloadStarting = nameof(WorkloadStarting);
    public const string WorkloadFailed = nameof(WorkloadFailed);
    public const string ObjectNotOurs = nameof(ObjectNotOurs);
    public const string BackendNotFound = nameof(BackendNotFound);
    public const string GatewayConflict = nameof(GatewayConflict);
    public const string RouteConflict = nameof(RouteConflict);
    public const string Adopting = nameof(Adopting);
    public const string Adopted = nameof(Adopted);
    public const string TrafficDenied = nameof(TrafficDenied);
    public const string DestinationRuleConflict = nameof(DestinationRuleConflict);
    public const string ProxyProtocolConflict = nameof(ProxyProtocolConflict);
    public const string CertificateNotFound = nameof(CertificateNotFound);
    public const string CertificatePending = nameof(CertificatePending);
    public const string CertificateInvalid = nameof(CertificateInvalid);
    public const string CertificateExpired = nameof(CertificateExpired);
    public const string SecretsProviderMissing = nameof(SecretsProviderMissing);
    public const string KeyVaultAccessDenied = nameof(KeyVaultAccessDenied);
    public const string KeyVaultUnreachable = nameof(KeyVaultUnreachable);
    public const string PortTaken = nameof(PortTaken);
    public const string NoSubnetFirewall = nameof(NoSubnetFirewall);
    public const string OtherInstallation = nameof(OtherInstallation);
    public const string StrategyNotServed = nameof(StrategyNotServed);
    public const string ListenerLimit = nameof(ListenerLimit);
    public const string SourcesNotRestrictable = nameof(SourcesNotRestrictable);
    public const string PortReverted = nameof(PortReverted);
    public const string Repaired = nameof(Repaired);
    public const string ServiceRestricted = nameof(ServiceRestricted);
    public const string FirewallConflict = nameof(FirewallConflict);
    public const string FirewallFull = nameof(FirewallFull);
    public const string Answered = nameof(Answered);
    public const string Connected = nameof(Connected);
    public const string ConnectionRefused = nameof(ConnectionRefused);
    public const string ConnectionTimedOut = nameof(ConnectionTimedOut);
    public const string ConnectionReset = nameof(ConnectionReset);
    public const string TlsFailed = nameof(TlsFailed);
    public const string WrongAnswer = nameof(WrongAnswer);
    public const string BackendNotProven = nameof(BackendNotProven);
    public const string NoReadyEndpoints = nameof(NoReadyEndpoints);
    public const string NoReadyGateway = nameof(NoReadyGateway);
    public const string IpFamilyNotProven = nameof(IpFamilyNotProven);
    public const string NotReachableFromHere = nameof(NotReachableFromHere);

    public const string KubeconfigMissing = nameof(KubeconfigMissing);
    public const string AccessDenied = nameof(AccessDenied);
    public const string QuotaExceeded = nameof(QuotaExceeded);
    public const string PolicyDenied = nameof(PolicyDenied);
    public const string ResourceLocked = nameof(ResourceLocked);
    public const string SubnetFull = nameof(SubnetFull);
    public const string ProviderNotRegistered = nameof(ProviderNotRegistered);
    public const string SizeUnavailable = nameof(SizeUnavailable);
    public const string SubscriptionDisabled = nameof(SubscriptionDisabled);
    public const string NameUnavailable = nameof(NameUnavailable);
    public const string IdentityPending = nameof(IdentityPending);
    public const string Throttled = nameof(Throttled);
    public const string AzureUnavailable = nameof(AzureUnavailable);
    public const string AzureRefused = nameof(AzureRefused);
    public const string ApiServerUnreachable = nameof(ApiServerUnreachable);
    public const string KubernetesRefused = nameof(KubernetesRefused);
    public const string IpFamilyMissing = nameof(IpFamilyMissing);
    public const string AdmissionDenied = nameof(AdmissionDenied);
    public const string WebhookUnavailable = nameof(WebhookUnavailable);
    public const string NamespaceTerminating = nameof(NamespaceTerminating);
}
