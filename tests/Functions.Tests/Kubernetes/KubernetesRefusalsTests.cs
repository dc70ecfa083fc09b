using MeshPort.Kubernetes;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>One test for each row of the tables in <see cref="KubernetesRefusals"/> and <see cref="AdmissionRefusals"/>.</summary>
public sealed class KubernetesRefusalsTests
{
    private const string AksRole = "RBAC Cluster Admin";
    private const string Cannot = "cannot patch resource \"services\" in API group \"\" in the namespace \"default\"";
    private const string InAzure = "User does not have access to the resource in Azure. Update role assignment to allow access.";
    private const string Limits = "maximum cpu usage per Container is 1, but limit is 2";

    private static readonly Connection Theirs = new("theirs");

    [Theory]
    [InlineData(401, "Unauthorized", "", Reasons.AccessDenied, true, "fetches a new one")]
    [InlineData(403, $"services \"a\" is forbidden: User \"x\" {Cannot}", "", Reasons.AccessDenied, false, AksRole)]
    [InlineData(403, $"services \"a\" is forbidden: User \"x\" {Cannot}: {InAzure}", "", Reasons.AccessDenied, false, "on the cluster")]
    [InlineData(403, "forbidden: User \"x\" cannot get path \"/api\"", "", Reasons.AccessDenied, false, AksRole)]
    [InlineData(403, $"services is forbidden: User \"system:anonymous\" {Cannot}", "", Reasons.AccessDenied, false, "Give no role")]
    [InlineData(403, "services \"a\" is forbidden", "NamespaceTerminating", Reasons.NamespaceTerminating, false, "being deleted")]
    [InlineData(
        403,
        "services \"a\" is forbidden: unable to create new content in namespace n because it is being terminated",
        "",
        Reasons.NamespaceTerminating,
        false,
        "being deleted"
    )]
    [InlineData(500, "Internal error occurred: failed calling webhook \"w.x\": EOF", "", Reasons.WebhookUnavailable, true, "webhook w.x")]
    [InlineData(500, "failed calling webhook \"validation.istio.io\": EOF", "", Reasons.WebhookUnavailable, true, "aks-istio-system")]
    [InlineData(403, "admission webhook \"w.x\" denied the request: no limits", "", Reasons.AdmissionDenied, false, "webhook w.x")]
    [InlineData(400, "admission webhook \"w.x\" denied the request: no limits", "", Reasons.AdmissionDenied, false, "webhook w.x")]
    [InlineData(422, "admission webhook \"w.x\" denied the request: no limits", "", Reasons.AdmissionDenied, false, "webhook w.x")]
    [InlineData(500, "admission webhook \"w.x\" denied the request: no limits", "", Reasons.AdmissionDenied, false, "webhook w.x")]
    [InlineData(
        403,
        "admission webhook \"validation.gatekeeper.sh\" denied the request: [azurepolicy-k8s] no",
        "",
        Reasons.AdmissionDenied,
        false,
        "Azure Policy"
    )]
    [InlineData(
        422,
        "deployments.apps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: x",
        "",
        Reasons.AdmissionDenied,
        false,
        "policy p"
    )]
    [InlineData(
        403,
        "services \"a\" is forbidden: ValidatingAdmissionPolicy 'aks-managed-protect-system-namespaces' with binding "
            + "'aks-managed-protect-system-namespaces-binding' denied request: Modification of resources in managed system namespaces is "
            + "not allowed",
        "",
        Reasons.AdmissionDenied,
        false,
        "gatewayNamespace"
    )]
    [InlineData(403, "pods \"a\" is forbidden: exceeded quota: q, requested: pods=1", "", Reasons.QuotaExceeded, false, "ResourceQuota q")]
    [InlineData(403, "pods \"a\" is forbidden: failed quota: q: must specify limits.cpu", "", Reasons.QuotaExceeded, false, "LimitRange")]
    [InlineData(
        403,
        "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
        "",
        Reasons.AdmissionDenied,
        false,
        "Pod Security restricted:latest"
    )]
    [InlineData(403, $"pods \"a\" is forbidden: {Limits}", "", Reasons.AdmissionDenied, false, "LimitRange")]
    [InlineData(
        403,
        "pods \"a\" is forbidden: error looking up service account n/s: serviceaccount \"s\" not found",
        "",
        Reasons.KubernetesRefused,
        false,
        "ServiceAccount s"
    )]
    [InlineData(403, "pods \"a\" is forbidden: something new", "", Reasons.AdmissionDenied, false, "A role does not help")]
    [InlineData(429, "slow down", "", Reasons.ApiServerUnreachable, true, "busy")]
    [InlineData(409, "conflict", "FieldManagerConflict", Reasons.ObjectNotOurs, false, "conflict")]
    [InlineData(409, "modified", "", Reasons.Pending, true, "since MeshPort read it")]
    [InlineData(500, "failed to create typed patch object", "", Reasons.KubernetesRefused, false, "typed patch")]
    [InlineData(500, "etcdserver: request timed out", "", Reasons.ApiServerUnreachable, true, "failed")]
    [InlineData(503, "unable to handle", "", Reasons.ApiServerUnreachable, true, "busy")]
    [InlineData(
        422,
        "Service \"a\" is invalid: spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": "
            + "this cluster is not configured for dual-stack services",
        "",
        Reasons.IpFamilyMissing,
        false,
        "az aks update --ip-families"
    )]
    [InlineData(404, "namespaces \"a\" not found", "", Reasons.KubernetesRefused, false, "create the missing object")]
    [InlineData(405, "no such method", "", Reasons.KubernetesRefused, false, "no such method.")]
    public void An_error_is_classified_by_status_message_and_cause(
        int status,
        string message,
        string cause,
        string reason,
        bool mayPass,
        string advice
    )
    {
        var result = KubernetesRefusals.Classify(new KubernetesRefusal(status, message, cause.Length > 0 ? [cause] : []), Connection.Aks);

        Assert.Equal((reason, mayPass), (result.Observation.Reason, result.Wait));
        Assert.Contains(advice, result.Observation.Message, StringComparison.Ordinal);
        if (reason != Reasons.AccessDenied)
        {
            Assert.DoesNotContain(AksRole, result.Observation.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("aks-istio-ingress", "protects namespace aks-istio-ingress", "Use strategy gatewayApi with a gatewayNamespace")]
    [InlineData("dapr-system", "protects namespace dapr-system", "as the namespace of a backend, or as gatewayNamespace")]
    [InlineData(null, "protects the namespaces of AKS", "as the namespace of a backend, or as gatewayNamespace")]
    public void A_refusal_of_AKS_Automatic_names_the_namespace_and_the_field(string? home, string place, string advice)
    {
        var refusal = new KubernetesRefusal(
            403,
            "services \"a\" is forbidden: ValidatingAdmissionPolicy 'aks-managed-protect-system-namespaces' denied request: no",
            [],
            Namespace: home
        );

        var message = KubernetesRefusals.Classify(refusal, Connection.Aks).Observation.Message;

        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_of_a_proxy_is_not_about_rights()
    {
        var result = KubernetesRefusals.Classify(new KubernetesRefusal(403, "Forbidden", [], IsStatus: false), Connection.Aks);

        Assert.Contains("proxies", result.Observation.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(AksRole, result.Observation.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "Unauthorized", "must replace the file of MeshPort:Kubeconfigs:theirs")]
    [InlineData(403, $"services \"a\" is forbidden: User \"x\" {Cannot}", "the user of kubeconfig theirs")]
    [InlineData(403, $"services \"a\" is forbidden: User \"system:anonymous\" {Cannot}", "must replace the file")]
    public void A_kubeconfig_gets_no_role_of_AKS(int status, string message, string advice)
    {
        var text = KubernetesRefusals.Classify(new KubernetesRefusal(status, message, []), Theirs).Observation.Message;

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Azure", text, StringComparison.Ordinal);
    }
}
