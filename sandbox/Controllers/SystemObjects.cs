using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// What AKS runs in <c>kube-system</c>, with its storage classes and priority classes (https://learn.microsoft.com/azure/aks/
/// use-system-pools and concepts-storage#storage-classes). The versions of images belong to no real release.
/// </summary>
internal static class SystemObjects
{
    public const string Home = "kube-system";
    private const string Registry = "mcr.microsoft.com/oss/v2/";
    private const string AppLabel = "k8s-app";
    private const string Disk = "disk.csi.azure.com";
    private const string File = "file.csi.azure.com";

    private static readonly (ResourceType Type, JsonObject Body) AzureCni = (
        ResourceCatalog.DaemonSet,
        DaemonSet("azure-cns", "azure-cni/azure-cns:v1.6.29")
    );

    private static readonly IReadOnlyList<(ResourceType Type, JsonObject Body)> OfAll =
    [
        .. FairnessObjects.All,
        (ResourceCatalog.PriorityClass, Priority("system-cluster-critical", 2000000000)),
        (ResourceCatalog.PriorityClass, Priority("system-node-critical", 2000001000)),
        (ResourceCatalog.StorageClass, Storage("azurefile", File, "Standard_LRS")),
        (ResourceCatalog.StorageClass, Storage("azurefile-csi", File, "Standard_LRS")),
        (ResourceCatalog.StorageClass, Storage("azurefile-csi-premium", File, "Premium_LRS")),
        (ResourceCatalog.StorageClass, Storage("azurefile-premium", File, "Premium_LRS")),
        (ResourceCatalog.StorageClass, Storage("default", Disk, "StandardSSD_LRS", isDefault: true)),
        (ResourceCatalog.StorageClass, Storage("managed", Disk, "StandardSSD_LRS")),
        (ResourceCatalog.StorageClass, Storage("managed-csi", Disk, "StandardSSD_LRS")),
        (ResourceCatalog.StorageClass, Storage("managed-csi-premium", Disk, "Premium_LRS")),
        (ResourceCatalog.StorageClass, Storage("managed-premium", Disk, "Premium_LRS")),
        (ResourceCatalog.Service, Service("kube-dns", "kube-dns", "10.0.0.10", ("dns", "UDP", 53), ("dns-tcp", "TCP", 53))),
        (ResourceCatalog.Service, Service("metrics-server", "metrics-server", null, ("https", "TCP", 443))),
        (ResourceCatalog.Deployment, Deployment("coredns", "kube-dns", 2, "coredns/coredns:v1.12.1")),
        (
            ResourceCatalog.Deployment,
            Deployment("coredns-autoscaler", "coredns-autoscaler", 1, "kubernetes/autoscaler/cluster-proportional:v1.9.0")
        ),
        (
            ResourceCatalog.Deployment,
            Deployment("konnectivity-agent", "konnectivity-agent", 2, "kubernetes/apiserver-network-proxy/agent:v0.31.4")
        ),
        (ResourceCatalog.Deployment, Deployment("metrics-server", "metrics-server", 2, "kubernetes/metrics-server:v0.7.2")),
        (ResourceCatalog.DisruptionBudget, Budget("coredns-pdb", "kube-dns")),
        (ResourceCatalog.DisruptionBudget, Budget("konnectivity-agent", "konnectivity-agent")),
        (ResourceCatalog.DisruptionBudget, Budget("metrics-server-pdb", "metrics-server")),
        (ResourceCatalog.DaemonSet, DaemonSet("azure-ip-masq-agent", "azure/ip-masq-agent-v2:v0.1.15")),
        (ResourceCatalog.DaemonSet, DaemonSet("cloud-node-manager", "kubernetes/azure-cloud-node-manager:v1.34.1")),
        (ResourceCatalog.DaemonSet, DaemonSet("csi-azuredisk-node", "kubernetes-csi/azuredisk-csi:v1.33.3")),
        (ResourceCatalog.DaemonSet, DaemonSet("csi-azurefile-node", "kubernetes-csi/azurefile-csi:v1.34.0")),
        (ResourceCatalog.DaemonSet, DaemonSet("kube-proxy", "kubernetes/kube-proxy:v1.34.2")),
    ];

    /// <summary>Only clusters with Azure CNI run <c>azure-cns</c>, which gives addresses to pods.</summary>
    public static IEnumerable<(ResourceType Type, JsonObject Body)> Of(ClusterShape cluster) =>
        cluster.NetworkPlugin == "azure" ? OfAll.Append(AzureCni) : OfAll;

    private static JsonObject Priority(string name, int value) =>
        new()
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["value"] = value,
            ["preemptionPolicy"] = "PreemptLowerPriority",
        };

    private static JsonObject Storage(string name, string provisioner, string sku, bool isDefault = false)
    {
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject
                {
                    ["addonmanager.kubernetes.io/mode"] = "EnsureExists",
                    ["kubernetes.io/cluster-service"] = "true",
                },
            },
            ["provisioner"] = provisioner,
            ["parameters"] = new JsonObject { ["skuname"] = sku },
            ["reclaimPolicy"] = "Delete",
            ["volumeBindingMode"] = provisioner == Disk ? "WaitForFirstConsumer" : "Immediate",
            ["allowVolumeExpansion"] = true,
        };
        if (isDefault)
        {
            body.Child("metadata")["annotations"] = new JsonObject { ["storageclass.kubernetes.io/is-default-class"] = "true" };
        }

        return body;
    }

    private static JsonObject Service(string name, string app, string? address, params (string Name, string Protocol, int Port)[] ports)
    {
        var body = Named(name, app);
        body["spec"] = new JsonObject
        {
            ["selector"] = new JsonObject { [AppLabel] = app },
            ["ports"] = new JsonArray([
                .. ports.Select(port => new JsonObject
                {
                    ["name"] = port.Name,
                    ["protocol"] = port.Protocol,
                    ["port"] = port.Port,
                    ["targetPort"] = port.Port,
                }),
            ]),
        };
        if (address is not null)
        {
            body.Child("spec")["clusterIP"] = address;
            body.Child("spec")["clusterIPs"] = new JsonArray(address);
        }

        return body;
    }

    private static JsonObject Deployment(string name, string app, int replicas, string image)
    {
        var body = Workload(name, app, image, "system-cluster-critical");
        body.Child("spec")["replicas"] = replicas;
        return body;
    }

    public static JsonObject DaemonSet(string name, string image)
    {
        var body = Workload(name, name, image, "system-node-critical");
        body.Child("spec").Child("template").Child("spec")["hostNetwork"] = true;
        return body;
    }

    private static JsonObject Workload(string name, string app, string image, string priority)
    {
        var body = Named(name, app);
        body["spec"] = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [AppLabel] = app } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["labels"] = new JsonObject { [AppLabel] = app, ["kubernetes.azure.com/managedby"] = "aks" },
                },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject { ["name"] = name, ["image"] = $"{Registry}{image}" }),
                    ["nodeSelector"] = new JsonObject { ["kubernetes.io/os"] = "linux" },
                    ["priorityClassName"] = priority,
                    ["tolerations"] = new JsonArray(
                        new JsonObject { ["key"] = "CriticalAddonsOnly", ["operator"] = "Exists" },
                        new JsonObject { ["effect"] = "NoExecute", ["operator"] = "Exists" },
                        new JsonObject { ["effect"] = "NoSchedule", ["operator"] = "Exists" }
                    ),
                },
            },
        };
        return body;
    }

    private static JsonObject Budget(string name, string app)
    {
        var body = Named(name, app);
        body["spec"] = new JsonObject
        {
            ["minAvailable"] = 1,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [AppLabel] = app } },
        };
        return body;
    }

    private static JsonObject Named(string name, string app) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = Home,
                ["labels"] = new JsonObject
                {
                    [AppLabel] = app,
                    ["addonmanager.kubernetes.io/mode"] = "Reconcile",
                    ["kubernetes.io/cluster-service"] = "true",
                },
            },
        };
}
