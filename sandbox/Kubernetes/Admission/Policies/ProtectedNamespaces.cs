using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// The admission policy of AKS Automatic that refuses writes in the namespaces of AKS by all but AKS's own identities. The list of
/// namespaces, the groups and the words are from a public dump of the policy (May 2026); AKS documents that it exists ("AKS Automatic
/// clusters with managed system node pools", security restrictions). Not simulated: the single users that it exempts.
/// </summary>
internal static class ProtectedNamespaces
{
    private const string Name = "aks-managed-protect-system-namespaces";

    private static readonly HashSet<string> All = new(StringComparer.Ordinal)
    {
        "acstor",
        "aks-command",
        "aks-istio-egress",
        "aks-istio-ingress",
        "aks-istio-system",
        "aks-periscope",
        "aks-static-egress-gateway",
        "app-routing-system",
        "azappconfig-system",
        "azure-extensions-usage-system",
        "azureml",
        "azuresecuritylinuxagent",
        "calico-system",
        "dapr-system",
        "dataprotection-microsoft",
        "flux-system",
        "gatekeeper-system",
        "kube-system",
        "sc-system",
        "tigera-system",
    };

    private static readonly HashSet<string> ExemptGroups = new(StringComparer.Ordinal)
    {
        "system:bootstrappers",
        "system:masters",
        "system:nodes",
        "system:serviceaccounts:aks-istio-system",
        "system:serviceaccounts:azure-extensions-usage-system",
        "system:serviceaccounts:dapr-system",
        "system:serviceaccounts:dataprotection-microsoft",
        "system:serviceaccounts:flux-system",
        "system:serviceaccounts:kube-system",
    };

    public static bool Contains(string name) => All.Contains(name);

    /// <exception cref="KubeError">403, worded as by an API server.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject body, WriteOptions options)
    {
        if (
            store.IsAutomatic
            && type.Namespaced
            && Contains(body.Namespace())
            && options.Caller is { } caller
            && !caller.Groups.Any(ExemptGroups.Contains)
        )
        {
            throw KubeError.Forbidden(
                type,
                body.Name(),
                $"ValidatingAdmissionPolicy '{Name}' with binding '{Name}-binding' denied request: Modification of resources in managed "
                    + "system namespaces is not allowed"
            );
        }
    }
}
