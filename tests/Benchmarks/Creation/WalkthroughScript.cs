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
/// Creates the target environment as the walk-through does by hand: the same calls, one after the other, with a poll every 15 seconds. The
/// script is faster than a person, because typing and reading take no time.
/// </summary>
internal sealed class WalkthroughScript : IDisposable
{
    private const string Selector = "aks-istio-ingressgateway-external";
    private const string GatewayNamespace = "aks-istio-ingress";
    private const string Group = "/subscriptions/{0}/resourceGroups/{1}";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly ProbeSpec Telnet = new() { Send = CreationTarget.Says, Expect = CreationTarget.Hears };
    private readonly AzureSandbox _azure;
    private readonly ArmClient _arm;
    private readonly string _group = string.Format(
        CultureInfo.InvariantCulture,
        Group,
        CreationTarget.Cluster.SubscriptionId,
        CreationTarget.Cluster.ResourceGroup
    );
    private readonly ManagedClusterResource _cluster;
    private k8s.Kubernetes? _kubectl;

    private string SubnetId =>
        $"{_group}/providers/Microsoft.Network/virtualNetworks/{CreationTarget.Vnet}/subnets/{CreationTarget.Subnet}";

    public WalkthroughScript(AzureSandbox azure)
    {
        _azure = azure;
        var options = AzureOptions.From(MeshPortSettings.For(azure));
        _arm = AzureClients.CreateArmClient(options, AzureClients.CreateCredential(options));
        _cluster = ManagedClusterResource.Of(_arm, CreationTarget.Cluster);
    }

    /// <returns>The simulated duration.</returns>
    public async Task<TimeSpan> RunAsync()
    {
        var began = _azure.Clock.GetUtcNow();
        var subscription = $"/subscriptions/{CreationTarget.Cluster.SubscriptionId}/providers";
        foreach (var feature in CreationTarget.Features)
        {
            await RegisterAsync(
                $"{subscription}/Microsoft.Features/providers/{CreationTarget.Provider}/features/{feature}",
                "2021-07-01",
                body => body["properties"]?["state"]
            );
        }

        await RegisterAsync($"{subscription}/{CreationTarget.Provider}", "2022-09-01", body => body["registrationState"]);
        await MakeNetworkAsync();
        await WriteClusterAsync(NewCluster());
        await OpenSubnetAsync();
        await ChangeMeshAsync(properties => properties["serviceMeshProfile"] = new JsonObject { ["mode"] = "Istio" });
        await ChangeMeshAsync(properties =>
            properties["serviceMeshProfile"]!["istio"]!["components"] = new JsonObject // the response to the previous step has both
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
        foreach (var port in CreationTarget.Ports)
        {
            await PollAsync(async () =>
                await TcpProbe.RunAsync(address, port, null, Telnet, OpenTime.Brief, TimeProvider.System, CancellationToken.None)
                    is { Status: ConditionStatus.True }
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
        await Arm(_group, "2022-09-01").PutAsync(new JsonObject { ["location"] = CreationTarget.Location }, null, CancellationToken.None);
        await WriteAsync(
            Arm($"{_group}/providers/Microsoft.Network/virtualNetworks/{CreationTarget.Vnet}", ApiVersions.Network),
            new JsonObject
            {
                ["location"] = CreationTarget.Location,
                ["properties"] = new JsonObject
                {
                    ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray(CreationTarget.AddressPrefix) },
                    ["subnets"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = CreationTarget.Subnet,
                            ["properties"] = new JsonObject { ["addressPrefix"] = CreationTarget.SubnetPrefix },
                        }
                    ),
                },
            }
        );
    }

    private JsonObject NewCluster() =>
        new()
        {
            ["location"] = CreationTarget.Location,
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
                        ["vmSize"] = CreationTarget.VmSize,
                        ["vnetSubnetID"] = SubnetId,
                    }
                ),
                ["networkProfile"] = new JsonObject { ["networkPlugin"] = "kubenet" },
            },
        };

    /// <summary>Assigns the role that <c>az aks create</c> assigns for a cluster in an existing subnet.</summary>
    private async Task OpenSubnetAsync()
    {
        var principal =
            NetworkRole.PrincipalOf(await _cluster.GetIfExistsAsync(CancellationToken.None) ?? [])
            ?? throw new InvalidOperationException("The cluster has no identity.");
        var subnet = new ResourceIdentifier(SubnetId);
        await new RoleAssignments(_arm, subnet).AssignAsync(
            NetworkRole.NameFor(subnet, principal),
            NetworkRole.Body(CreationTarget.Cluster, principal),
            CancellationToken.None
        );
    }

    private async Task ChangeMeshAsync(Action<JsonNode> change)
    {
        var body =
            await _cluster.GetIfExistsAsync(CancellationToken.None) ?? throw new InvalidOperationException("The cluster does not exist.");
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
                "Failed" => throw new InvalidOperationException($"The provisioning of {resource.Id} failed."),
                _ => false,
            }
        );
    }

    private static async Task DeployAsync(k8s.Kubernetes kubectl)
    {
        var labels = new Dictionary<string, string> { ["app"] = CreationTarget.Backend };
        var container = new V1Container
        {
            Name = CreationTarget.Backend,
            Image = CreationTarget.Image,
            Args = [.. CreationTarget.Arguments],
            Ports = [new V1ContainerPort { ContainerPort = CreationTarget.BackendPort }],
        };
        await kubectl.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = CreationTarget.Backend },
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
                Metadata = new V1ObjectMeta { Name = CreationTarget.Backend },
                Spec = new V1ServiceSpec
                {
                    Selector = labels,
                    Ports = [new V1ServicePort { Name = "tcp", Port = CreationTarget.BackendPort }],
                },
            },
            "default"
        );
    }

    private static async Task RouteAsync(k8s.Kubernetes kubectl)
    {
        foreach (var port in CreationTarget.Ports)
        {
            var exposure = new NamedExposure(
                $"p{port}",
                1,
                new ExposureSpec
                {
                    Port = port,
                    Backends = [new BackendSpec(CreationTarget.Backend, "default", CreationTarget.BackendPort, 100)],
                }
            );
            foreach (
                var route in IstioRoutes.Of(
                    exposure,
                    new ClusterSpec
                    {
                        Location = "",
                        GatewayServices = new GatewayServicesSpec(
                            new GatewayService(GatewayNamespace, Selector, new Dictionary<string, string> { ["istio"] = Selector }),
                            null
                        ),
                    }
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

    /// <summary>Opens the ports, as <c>kubectl edit</c> does, and waits for the address.</summary>
    private async Task<string> OpenAsync(k8s.Kubernetes kubectl)
    {
        var service = await kubectl.CoreV1.ReadNamespacedServiceAsync(Selector, GatewayNamespace);
        foreach (var port in CreationTarget.Ports)
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
