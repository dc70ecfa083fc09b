using System.Globalization;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using k8s;
using k8s.KubeConfigModels;
using k8s.Models;
using MeshPort.Arm;
using MeshPort.Host.Hosting;
using MeshPort.Model;
using MeshPort.Proof;
using MeshPort.Routes;
using MeshPort.Sandbox;

namespace MeshPort.Benchmarks.Creation;

/// <summary>
/// The wish, made as the walk-through makes it by hand: the same calls, one after the other, and whatever takes time looked at every 15 seconds. It is kinder than the original: what a person
/// needs to type and to read takes no time.
/// </summary>
internal sealed class WalkthroughScript : IDisposable
{
    private const string Selector = "aks-istio-ingressgateway-external";
    private const string GatewayNamespace = "aks-istio-ingress";
    private const string Group = "/subscriptions/{0}/resourceGroups/{1}";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly ProbeSpec Telnet = new() { Send = CreationWish.Says, Expect = CreationWish.Hears };
    private readonly AzureSandbox _azure;
    private readonly ArmClient _arm;
    private readonly string _group = string.Format(
        CultureInfo.InvariantCulture,
        Group,
        CreationWish.Cluster.SubscriptionId,
        CreationWish.Cluster.ResourceGroup
    );
    private readonly ManagedClusterResource _cluster;
    private k8s.Kubernetes? _kubectl;

    private string SubnetId => $"{_group}/providers/Microsoft.Network/virtualNetworks/{CreationWish.Vnet}/subnets/{CreationWish.Subnet}";

    public WalkthroughScript(AzureSandbox azure)
    {
        _azure = azure;
        var options = AzureOptions.From(MeshPortSettings.For(azure));
        _arm = AzureClients.CreateArmClient(options, AzureClients.CreateCredential(options));
        _cluster = ManagedClusterResource.Of(_arm, CreationWish.Cluster);
    }

    /// <returns>In simulated time.</returns>
    public async Task<TimeSpan> RunAsync()
    {
        var began = _azure.Clock.GetUtcNow();
        foreach (var feature in CreationWish.Features)
        {
            await RegisterAsync(
                $"/subscriptions/{CreationWish.Cluster.SubscriptionId}/providers/Microsoft.Features/providers/{CreationWish.Provider}/features/{feature}",
                "2021-07-01",
                body => body["properties"]?["state"]
            );
        }

        await RegisterAsync(
            $"/subscriptions/{CreationWish.Cluster.SubscriptionId}/providers/{CreationWish.Provider}",
            "2022-09-01",
            body => body["registrationState"]
        );
        await MakeNetworkAsync();
        await WriteClusterAsync(NewCluster());
        await OpenSubnetAsync();
        await ChangeMeshAsync(properties => properties["serviceMeshProfile"] = new JsonObject { ["mode"] = "Istio" });
        await ChangeMeshAsync(properties =>
            properties["serviceMeshProfile"]!["istio"]!["components"] = new JsonObject // Azure's answer to the step before has both
            {
                ["ingressGateways"] = new JsonArray(new JsonObject { ["enabled"] = true, ["mode"] = "External" }),
            }
        );
        _kubectl = new k8s.Kubernetes(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<K8SConfiguration>(_azure.AdminKubeconfig(_cluster.Id.ToString()))
            )
        );
        await DeployAsync(_kubectl);
        await RouteAsync(_kubectl);
        var address = await OpenAsync(_kubectl);
        foreach (var port in CreationWish.Ports)
        {
            await PollAsync(async () =>
                (await TcpProbe.RunAsync(address, port, null, Telnet, CancellationToken.None)).Status == ConditionStatus.True
            );
        }

        return _azure.Clock.GetUtcNow() - began;
    }

    public void Dispose() => _kubectl?.Dispose();

    private ArmJsonResource Arm(string id, string apiVersion) => new(_arm, new ResourceIdentifier(id), apiVersion);

    private async Task RegisterAsync(string id, string apiVersion, Func<JsonObject, JsonNode?> state)
    {
        var resource = Arm(id, apiVersion);
        await resource.PostAsync("register", CancellationToken.None);
        await PollAsync(async () =>
            await resource.GetIfExistsAsync(CancellationToken.None) is { } body && state(body)?.GetValue<string>() == "Registered"
        );
    }

    private async Task MakeNetworkAsync()
    {
        await Arm(_group, "2022-09-01").PutAsync(new JsonObject { ["location"] = CreationWish.Location }, null, CancellationToken.None);
        await WriteAsync(
            Arm($"{_group}/providers/Microsoft.Network/virtualNetworks/{CreationWish.Vnet}", ApiVersions.Network),
            new JsonObject
            {
                ["location"] = CreationWish.Location,
                ["properties"] = new JsonObject
                {
                    ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray(CreationWish.AddressPrefix) },
                    ["subnets"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = CreationWish.Subnet,
                            ["properties"] = new JsonObject { ["addressPrefix"] = CreationWish.SubnetPrefix },
                        }
                    ),
                },
            }
        );
    }

    private JsonObject NewCluster() =>
        new()
        {
            ["location"] = CreationWish.Location,
            ["identity"] = new JsonObject { ["type"] = "SystemAssigned" },
            ["properties"] = new JsonObject
            {
                ["dnsPrefix"] = "istiotest",
                ["agentPoolProfiles"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "nodepool1",
                        ["mode"] = "System",
                        ["count"] = 1,
                        ["vmSize"] = CreationWish.VmSize,
                        ["vnetSubnetID"] = SubnetId,
                    }
                ),
                ["networkProfile"] = new JsonObject { ["networkPlugin"] = "kubenet" },
            },
        };

    /// <summary>What <c>az aks create</c> does by itself after it has made a cluster in a subnet that is not AKS's own.</summary>
    private async Task OpenSubnetAsync()
    {
        var principal =
            SubnetRole.PrincipalOf(await _cluster.GetIfExistsAsync(CancellationToken.None) ?? [])
            ?? throw new InvalidOperationException("The cluster has no identity.");
        var subnet = new ResourceIdentifier(SubnetId);
        await new RoleAssignments(_arm, subnet).AssignAsync(
            SubnetRole.NameFor(subnet, principal),
            SubnetRole.Body(CreationWish.Cluster, principal),
            CancellationToken.None
        );
    }

    private async Task ChangeMeshAsync(Action<JsonNode> change)
    {
        var body = await _cluster.GetIfExistsAsync(CancellationToken.None) ?? throw new InvalidOperationException("The cluster is gone.");
        change(body["properties"] ?? throw new InvalidOperationException("The cluster has no properties."));
        await WriteClusterAsync(body);
    }

    private Task WriteClusterAsync(JsonObject body) => WriteAsync(_cluster, body);

    private static string? State(JsonObject? body) => body?["properties"]?["provisioningState"]?.GetValue<string>();

    private async Task WriteAsync(ArmJsonResource resource, JsonObject body)
    {
        await resource.PutAsync(body, null, CancellationToken.None);
        await PollAsync(async () =>
            State(await resource.GetIfExistsAsync(CancellationToken.None)) switch
            {
                "Succeeded" => true,
                "Failed" => throw new InvalidOperationException($"{resource.Id} has failed."),
                _ => false,
            }
        );
    }

    private static async Task DeployAsync(k8s.Kubernetes kubectl)
    {
        var labels = new Dictionary<string, string> { ["app"] = CreationWish.Backend };
        var container = new V1Container
        {
            Name = CreationWish.Backend,
            Image = CreationWish.Image,
            Args = [.. CreationWish.Arguments],
            Ports = [new V1ContainerPort { ContainerPort = CreationWish.BackendPort }],
        };
        await kubectl.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = CreationWish.Backend },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec { Containers = [container] },
                    },
                },
            },
            "default"
        );
        await kubectl.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = CreationWish.Backend },
                Spec = new V1ServiceSpec
                {
                    Selector = labels,
                    Ports = [new V1ServicePort { Name = "tcp", Port = CreationWish.BackendPort }],
                },
            },
            "default"
        );
    }

    private static async Task RouteAsync(k8s.Kubernetes kubectl)
    {
        foreach (var port in CreationWish.Ports)
        {
            var exposure = new NamedExposure(
                $"p{port}",
                1,
                new ExposureSpec
                {
                    Port = port,
                    Backends = [new BackendSpec(CreationWish.Backend, "default", CreationWish.BackendPort, 100)],
                }
            );
            foreach (
                var route in IstioRoutes.Of(
                    exposure,
                    new GatewayService(GatewayNamespace, Selector, new Dictionary<string, string> { ["istio"] = Selector })
                )
            )
            {
                await kubectl.CustomObjects.CreateNamespacedCustomObjectAsync(
                    System.Text.Json.JsonSerializer.SerializeToElement(route.Body),
                    route.Target.Kind.Group,
                    route.Target.Kind.Version,
                    "default",
                    route.Target.Kind.Plural
                );
            }
        }
    }

    /// <summary>What <c>kubectl edit</c> did, and the look for the address.</summary>
    private async Task<string> OpenAsync(k8s.Kubernetes kubectl)
    {
        var service = await kubectl.CoreV1.ReadNamespacedServiceAsync(Selector, GatewayNamespace);
        foreach (var port in CreationWish.Ports)
        {
            service.Spec.Ports.Add(
                new V1ServicePort
                {
                    Name = $"tcp-{port}",
                    Port = port,
                    TargetPort = port,
                    Protocol = "TCP",
                }
            );
        }

        await kubectl.CoreV1.ReplaceNamespacedServiceAsync(service, Selector, GatewayNamespace);
        string? address = null;
        await PollAsync(async () =>
            (
                address = (await kubectl.CoreV1.ReadNamespacedServiceAsync(Selector, GatewayNamespace))
                    .Status.LoadBalancer?.Ingress?.FirstOrDefault()
                    ?.Ip
            )
                is not null
        );
        return address ?? "";
    }

    private async Task PollAsync(Func<Task<bool>> isOver)
    {
        while (!await isOver())
        {
            await Task.Delay(Interval, _azure.Clock);
        }
    }
}
