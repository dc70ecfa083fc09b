using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>The objects of AKS's Istio add-on: names and content (domain facts 1.3).</summary>
internal static class MeshObjects
{
    public const string SystemNamespace = "aks-istio-system";
    public const string IngressNamespace = "aks-istio-ingress";
    public const string ExternalGateway = "aks-istio-ingressgateway-external";
    public const string InternalGateway = MeshShape.InternalGatewayName;
    public const string InternalAnnotation = "service.beta.kubernetes.io/azure-load-balancer-internal";

    /// <summary>The field manager of objects that the add-on creates.</summary>
    public const string Manager = "helm-controller";

    public static JsonObject Namespace(string name) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "Helm" },
            },
        };

    public static JsonObject GatewayService(string gateway)
    {
        var service = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = gateway,
                ["namespace"] = IngressNamespace,
                ["labels"] = Labels(gateway),
            },
            ["spec"] = new JsonObject
            {
                ["type"] = "LoadBalancer",
                ["selector"] = new JsonObject { ["istio"] = gateway },
                ["ports"] = new JsonArray(Port("status-port", 15021), Port("http2", 80), Port("https", 443)),
            },
        };
        if (gateway == InternalGateway)
        {
            service.Child("metadata")["annotations"] = new JsonObject { [InternalAnnotation] = "true" };
        }

        return service;
    }

    public static JsonObject GatewayDeployment(string gateway, string revision) =>
        GatewayProxies(
            IngressNamespace,
            $"{gateway}-{revision}",
            revision,
            new JsonObject
            {
                ["app"] = gateway,
                ["istio"] = gateway,
                ["istio.io/rev"] = revision,
            }
        );

    public static JsonObject ControlPlane(string revision) =>
        Deployment(
            SystemNamespace,
            $"istiod-{revision}",
            "discovery",
            $"mcr.microsoft.com/oss/v2/istio/pilot:{revision}",
            replicas: 2,
            new JsonObject
            {
                ["app"] = "istiod",
                ["istio"] = "istiod",
                ["istio.io/rev"] = revision,
            }
        );

    public static JsonObject ControlPlaneService(string revision) =>
        new()
        {
            ["metadata"] = new JsonObject { ["name"] = $"istiod-{revision}", ["namespace"] = SystemNamespace },
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["app"] = "istiod", ["istio.io/rev"] = revision },
                ["ports"] = new JsonArray(
                    Port("grpc-xds", 15010),
                    Port("https-dns", 15012),
                    Port("https-webhook", 443),
                    Port("http-monitoring", 15014)
                ),
            },
        };

    public static JsonObject Scaler(string @namespace, string deployment) =>
        new()
        {
            ["metadata"] = new JsonObject { ["name"] = deployment, ["namespace"] = @namespace },
            ["spec"] = new JsonObject
            {
                ["minReplicas"] = 2,
                ["maxReplicas"] = 5,
                ["scaleTargetRef"] = new JsonObject
                {
                    ["apiVersion"] = "apps/v1",
                    ["kind"] = "Deployment",
                    ["name"] = deployment,
                },
                ["metrics"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Resource",
                        ["resource"] = new JsonObject
                        {
                            ["name"] = "cpu",
                            ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 },
                        },
                    }
                ),
            },
        };

    public static JsonObject DisruptionBudget(JsonObject deployment) =>
        new()
        {
            ["metadata"] = new JsonObject { ["name"] = deployment.Name(), ["namespace"] = deployment.Namespace() },
            ["spec"] = new JsonObject
            {
                ["minAvailable"] = 1,
                ["selector"] = new JsonObject { ["matchLabels"] = deployment.At("spec", "selector", "matchLabels")?.DeepClone() },
            },
        };

    /// <summary>The mesh configuration that AKS keeps for a revision (Learn: istio-meshconfig).</summary>
    public static JsonObject Configuration(string revision) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"istio-{revision}",
                ["namespace"] = SystemNamespace,
                ["labels"] = new JsonObject { ["istio.io/rev"] = revision },
            },
            ["data"] = new JsonObject
            {
                ["mesh"] =
                    "accessLogFile: \"\"\ndefaultConfig:\n  discoveryAddress: istiod-"
                    + revision
                    + ".aks-istio-system.svc:15012\nrootNamespace: aks-istio-system\ntrustDomain: cluster.local\n",
            },
        };

    /// <summary>A gateway's Deployment of proxies.</summary>
    public static JsonObject GatewayProxies(string @namespace, string name, string revision, JsonObject labels) =>
        Deployment(@namespace, name, "istio-proxy", $"mcr.microsoft.com/oss/v2/istio/proxyv2:{revision}", replicas: 2, labels);

    public static JsonObject Port(string name, long port) =>
        new()
        {
            ["name"] = name,
            ["port"] = port,
            ["protocol"] = "TCP",
            ["targetPort"] = port,
        };

    public static JsonObject Definition(ResourceType type) =>
        type.Definition!.Lean( // Istio's kinds are custom resources
            type.Versions,
            new JsonObject
            {
                ["app"] = "istio-pilot",
                ["chart"] = "istio",
                ["heritage"] = "Tiller",
                ["release"] = "istio",
            },
            new JsonObject { ["helm.sh/resource-policy"] = "keep" }
        );

    private static JsonObject Deployment(string @namespace, string name, string container, string image, int replicas, JsonObject labels) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = @namespace,
                ["labels"] = labels.DeepClone(),
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = replicas,
                ["selector"] = new JsonObject { ["matchLabels"] = labels.DeepClone() },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels.DeepClone() },
                    ["spec"] = new JsonObject
                    {
                        ["containers"] = new JsonArray(new JsonObject { ["name"] = container, ["image"] = image }),
                    },
                },
            },
        };

    private static JsonObject Labels(string gateway) =>
        new()
        {
            ["app"] = gateway,
            ["app.kubernetes.io/managed-by"] = "Helm",
            ["app.kubernetes.io/name"] = gateway,
            ["istio"] = gateway,
        };
}
