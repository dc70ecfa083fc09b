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

    private static KubeError Denied(string webhook, string why) =>
        new(400, null, $"admission webhook \"{webhook}\" denied the request: {why}");
}
