using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// Refusals by the admission of an API server, by name. A controller meets the same ones when it creates pods, and quotes them in events
/// and conditions. The first row that matches decides:
/// <code>
/// message or cause                                             reason               name in the advice
/// cause NamespaceTerminating, ... is being terminated          NamespaceTerminating the namespace
/// failed calling webhook "NAME"                                WebhookUnavailable   the webhook
/// admission webhook "NAME" denied the request: [azurepolicy-   AdmissionDenied      Azure Policy
/// admission webhook "NAME" denied the request                  AdmissionDenied      the webhook
/// ValidatingAdmissionPolicy 'aks-managed-protect-system-       AdmissionDenied      AKS Automatic
/// namespaces' ...
/// ValidatingAdmissionPolicy 'NAME' ...                         AdmissionDenied      the policy
/// exceeded quota: NAME                                         QuotaExceeded        the ResourceQuota
/// failed quota: NAME: must specify ...                         QuotaExceeded        the ResourceQuota
/// violates PodSecurity "LEVEL"                                 AdmissionDenied      Pod Security
/// maximum, minimum ... usage per Container, Pod                AdmissionDenied      the LimitRange
/// serviceaccount "NAME" not found                              KubernetesRefused    the ServiceAccount
/// </code>
/// A webhook chooses the status of its refusal, so no row depends on it. A role helps in none. AKS keeps the list of exceptions from the
/// policy of AKS Automatic itself (aks-docs, aks-automatic-managed-system-node-pools-about; AKS issues 5645 and 5726).
/// </summary>
internal static partial class AdmissionRefusals
{
    private const string ProtectedNamespaces = "aks-managed-protect-system-namespaces";

    private const string OwnWorkload =
        "MeshPort's workloads set neither resources nor a security context: deploy the workload yourself, and use it as a backend";

    public static (string Reason, string Advice)? Find(KubernetesRefusal error) =>
        error.Causes.Contains("NamespaceTerminating") ? (Reasons.NamespaceTerminating, Terminating) : Find(error.Message, error.Namespace);

    /// <returns>The reason and the advice; null when the message is of no admission.</returns>
    /// <param name="home">The namespace of the object; null when it is not known.</param>
    public static (string Reason, string Advice)? Find(string message, string? home = null) =>
        message switch
        {
            _ when message.Contains("because it is being terminated", StringComparison.Ordinal) => (
                Reasons.NamespaceTerminating,
                Terminating
            ),
            _ when FailedWebhook().Match(message) is { Success: true } webhook => (
                Reasons.WebhookUnavailable,
                $"The admission webhook {Name(webhook)} does not answer. The call is made again. If the failure persists, "
                    + (
                        Name(webhook).EndsWith("istio.io", StringComparison.Ordinal)
                            ? "look why the pods of istiod are not ready: kubectl get pods -n aks-istio-system."
                            : "repair the Service behind it, or ask its owner."
                    )
            ),
            _ when Webhook().Match(message) is { Success: true } webhook => (
                Reasons.AdmissionDenied,
                message.Contains("[azurepolicy-", StringComparison.Ordinal)
                    ? "Azure Policy forbids this in the cluster. Ask the policy's owner for an exemption, or change the exposure."
                    : $"The admission webhook {Name(webhook)} forbids this. Ask its owner for an exception, or change the exposure."
            ),
            _ when Policy().Match(message) is { Success: true } policy && Name(policy) == ProtectedNamespaces => (
                Reasons.AdmissionDenied,
                $"AKS Automatic protects {(home is null ? "the namespaces of AKS" : $"namespace {home}")}, and AKS grants no exception to "
                    + (
                        home == GatewayNamespaces.OfAddOn
                            ? "others. Use strategy gatewayApi with a gatewayNamespace of your own."
                            : "others. Name another namespace where the spec names this one: as the namespace of a backend, or as "
                                + "gatewayNamespace."
                    )
            ),
            _ when Policy().Match(message) is { Success: true } policy => (
                Reasons.AdmissionDenied,
                $"The admission policy {Name(policy)} forbids this. Ask its owner for an exception, or change the exposure."
            ),
            _ when Quota().Match(message) is { Success: true } quota => (
                Reasons.QuotaExceeded,
                $"ResourceQuota {Name(quota)} of the namespace is used up. Raise it, or use another namespace."
            ),
            _ when UnsetQuota().Match(message) is { Success: true } quota => (
                Reasons.QuotaExceeded,
                $"ResourceQuota {Name(quota)} of the namespace requires resources. Add a LimitRange with defaults to the namespace. "
                    + $"{OwnWorkload}."
            ),
            _ when PodSecurity().Match(message) is { Success: true } level => (
                Reasons.AdmissionDenied,
                $"The namespace enforces Pod Security {Name(level)}. {OwnWorkload}, or use another namespace."
            ),
            _ when LimitRange().IsMatch(message) => (
                Reasons.AdmissionDenied,
                $"A LimitRange of the namespace forbids this. Change the LimitRange. {OwnWorkload}."
            ),
            _ when ServiceAccount().Match(message) is { Success: true } account => (
                Reasons.KubernetesRefused,
                $"Create ServiceAccount {Name(account)} in the namespace; in a new namespace it comes by itself."
            ),
            _ => null,
        };

    private const string Terminating =
        "The namespace is being deleted. Wait until it is gone and create it again, or use another namespace.";

    private static string Name(Match match) => match.Groups["name"].Value;

    [GeneratedRegex("failed calling (?:admission )?webhook \"(?<name>[^\"]+)\"")]
    private static partial Regex FailedWebhook();

    [GeneratedRegex("""admission webhook "(?<name>[^"]+)" denied the request""")]
    private static partial Regex Webhook();

    [GeneratedRegex("(?:Validating|Mutating)AdmissionPolicy '(?<name>[^']+)'")]
    private static partial Regex Policy();

    [GeneratedRegex("exceeded quota: (?<name>[^, ]+)")]
    private static partial Regex Quota();

    [GeneratedRegex("failed quota: (?<name>[^:, ]+)")]
    private static partial Regex UnsetQuota();

    [GeneratedRegex("violates PodSecurity \"(?<name>[^\"]+)\"")]
    private static partial Regex PodSecurity();

    [GeneratedRegex("(?:maximum|minimum) [a-z./-]+ usage per (?:Container|Pod)|limit to request ratio per (?:Container|Pod)")]
    private static partial Regex LimitRange();

    [GeneratedRegex("serviceaccount \"(?<name>[^\"]+)\" not found")]
    private static partial Regex ServiceAccount();
}
