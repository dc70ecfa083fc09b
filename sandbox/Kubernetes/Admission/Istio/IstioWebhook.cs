using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>
/// The add-on's validating webhooks: istiod's (istio/istio, pkg/config/validation) and AKS's, which refuses the kinds that the support
/// policy blocks (https://learn.microsoft.com/azure/aks/istio-support-policy). The API server turns a refusal without status and reason
/// into a 400 without a reason.
/// </summary>
internal static class IstioWebhook
{
    public const string Istiod = "validation.istio.io";
    public const string AddOn = "azure-service-mesh-ccp-validating-webhook.azmk8s.io";

    public static void Check(ResourceType type, JsonObject body)
    {
        if (ResourceCatalog.BlockedByAddOn.Contains(type))
        {
            throw Denied(AddOn, $"custom resource of kind \"{type.Kind}\" is not allowed");
        }

        string[] problems =
        [
            .. type == ResourceCatalog.Gateway ? GatewayRules.Problems(body)
            : type == ResourceCatalog.VirtualService ? VirtualServiceRules.Problems(body)
            : type == ResourceCatalog.DestinationRule ? DestinationRuleRules.Problems(body)
            : [],
        ];
        if (problems.Length > 0)
        {
            // go-multierror's format, used for two or more errors
            var text =
                problems.Length == 1
                    ? problems[0]
                    : $"{problems.Length} errors occurred:\n{string.Concat(problems.Select(problem => $"\t* {problem}\n"))}\n";
            throw Denied(Istiod, $"configuration is invalid: {text}");
        }
    }

    /// <summary>
    /// istiod sets its webhook to fail closed when it is ready for the first time (istio/istio, pkg/webhooks/validation/controller). Then
    /// each write fails while no istiod is ready. Which revision answers during an upgrade is not simulated: any that is ready does.
    /// </summary>
    /// <exception cref="KubeError">No istiod answers.</exception>
    public static void CheckAnswers(ObjectStore store, ResourceType type)
    {
        if (!type.Custom || !type.QualifiedPlural.EndsWith(".istio.io", StringComparison.Ordinal))
        {
            return;
        }

        var planes = store
            .List(ResourceCatalog.Deployment, GatewayParameters.SystemNamespace)
            .Where(deployment => deployment.Text("metadata", "labels", "app") == "istiod")
            .ToList();
        if (planes.Count > 0 && planes.TrueForAll(plane => plane.Number("status", "readyReplicas") is null or 0) && planes.Exists(WasReady))
        {
            var service = planes[^1].Name();
            throw KubeError.Internal(
                $"Internal error occurred: failed calling webhook \"{Istiod}\": failed to call webhook: Post "
                    + $"\"https://{service}.{GatewayParameters.SystemNamespace}.svc:443/validate?timeout=10s\": "
                    + $"no endpoints available for service \"{service}\""
            );
        }
    }

    private static bool WasReady(JsonObject deployment) =>
        deployment
            .Items("status", "conditions")
            .Any(condition => condition.Text("type") == "Progressing" && condition.Text("reason") == "NewReplicaSetAvailable");

    private static KubeError Denied(string webhook, string why) =>
        new(400, null, $"admission webhook \"{webhook}\" denied the request: {why}");
}
