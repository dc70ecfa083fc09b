using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using k8s;
using k8s.Models;
using MeshPort.Arm;
using MeshPort.Sandbox;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>A host for stories, with the actions of an operator: az, kubectl, and reading conditions.</summary>
internal static class StoryHost
{
    public const string Ingress = "aks-istio-ingress";
    public const string External = "aks-istio-ingressgateway-external";

    /// <summary>The speed at which MeshPort's deadlines of minutes are seconds, even on a busy machine.</summary>
    private const double TimeScale = 100;

    public static Task<MeshPortHost> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] more) =>
        MeshPortHost.StartAsync(new SandboxOptions { TimeScale = TimeScale }, cancellationToken, more);

    /// <summary>Starts from a prepared world in which the cluster is Ready. Null: <see cref="ClusterSpec"/>.</summary>
    public static Task<MeshPortHost> StartReadyAsync(
        CancellationToken cancellationToken,
        JsonObject? cluster = null,
        params (string Key, string Value)[] more
    ) => MeshPortHost.StartReadyAsync(cancellationToken, cluster ?? ClusterSpec(), timeScale: TimeScale, more: more);

    /// <summary>The sample's cluster without its features, whose registration takes minutes.</summary>
    public static JsonObject ClusterSpec()
    {
        var spec = MeshPortHost.ClusterSpec();
        spec.Remove("features");
        return spec;
    }

    /// <summary>The same cluster with strategy gatewayApi.</summary>
    public static JsonObject GatewayApi()
    {
        var spec = ClusterSpec();
        spec["strategy"] = "gatewayApi";
        spec["kubernetesVersion"] = "1.37";
        spec["mesh"] = new JsonObject { ["revision"] = "asm-1-31" };
        return spec;
    }

    public static string Exposure(string name) => $"{MeshPortHost.Cluster}/exposures/{name}";

    /// <summary>The ARM id of a resource of Microsoft.Network.</summary>
    public static string NetworkId(string path, string? group = null) =>
        $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/{group ?? MeshPortHost.Id.ResourceGroup}"
        + $"/providers/Microsoft.Network/{path}";

    public static Task<JsonObject?> FindAzureAsync(this MeshPortHost host, string id, CancellationToken cancellationToken) =>
        host.Azure(id).GetIfExistsAsync(cancellationToken);

    /// <summary>Writes a resource and waits until Azure has finished.</summary>
    public static async Task PutAzureAsync(this MeshPortHost host, string id, JsonObject body, CancellationToken cancellationToken)
    {
        await host.Azure(id).PutAsync(body, null, cancellationToken);
        await host.IsDoneAsync(id, cancellationToken);
        // MeshPort may write the resource as soon as Azure has finished.
        await Wait.UntilAsync(
            $"{id} is in state Succeeded",
            Walkthrough.Within,
            async () =>
                (await host.FindAzureAsync(id, cancellationToken))?["properties"]?["provisioningState"]?.GetValue<string>() == "Succeeded",
            cancellationToken
        );
    }

    /// <summary>Deletes a resource and waits until it is gone.</summary>
    public static async Task DeleteAzureAsync(this MeshPortHost host, string id, CancellationToken cancellationToken)
    {
        await host.Azure(id).DeleteAsync(cancellationToken);
        await host.IsDoneAsync(id, cancellationToken);
        Assert.Null(await host.FindAzureAsync(id, cancellationToken));
    }

    /// <summary>Reads the managed cluster, changes it and writes it back.</summary>
    public static async Task ChangeManagedClusterAsync(
        this MeshPortHost host,
        Action<JsonObject> change,
        CancellationToken cancellationToken
    )
    {
        var found = Assert.IsType<JsonObject>(await host.FindAzureAsync(Walkthrough.Environment.ArmId, cancellationToken));
        change(Assert.IsType<JsonObject>(found["properties"]));
        await host.PutAzureAsync(Walkthrough.Environment.ArmId, found, cancellationToken);
    }

    /// <summary>Waits for the status and reason of a condition.</summary>
    public static Task UntilConditionAsync(
        this MeshPortHost host,
        string path,
        string type,
        string status,
        string reason,
        CancellationToken cancellationToken
    ) =>
        Wait.UntilAsync(
            $"{type} of {path} is {status}, {reason}",
            Walkthrough.Within,
            async () => await host.ConditionAsync(path, type, cancellationToken) == (status, reason),
            cancellationToken
        );

    /// <summary>The message of a condition.</summary>
    public static async Task<string> MessageAsync(this MeshPortHost host, string path, string type, CancellationToken cancellationToken) =>
        (await host.StatusAsync(path, cancellationToken))
            .GetProperty("conditions")
            .EnumerateArray()
            .Single(one => one.GetProperty("type").GetString() == type)
            .GetProperty("message")
            .GetString()
        ?? "";

    /// <summary>The public address of an exposure.</summary>
    public static async Task<string> AddressAsync(this MeshPortHost host, string exposure, CancellationToken cancellationToken) =>
        (await host.StatusAsync(Exposure(exposure), cancellationToken)).GetProperty("addresses")[0].GetProperty("ip").GetString() ?? "";

    /// <summary>Connects until the outcome is the expected one.</summary>
    public static Task UntilDialledAsync(
        string address,
        int port,
        string outcome,
        CancellationToken cancellationToken,
        string? from = null
    ) =>
        Wait.UntilAsync(
            $"{address}:{port} says '{outcome}' to {from ?? "anybody"}",
            Walkthrough.Within,
            async () => await Dialing.AskAsync(address, port, cancellationToken, from) == outcome,
            cancellationToken
        );

    /// <summary>
    /// Deploys an echo server and its Service as an owner of a workload, and creates the namespace if needed.
    /// </summary>
    public static async Task DeployEchoAsync(
        this IKubernetes kubernetes,
        string name,
        int port,
        CancellationToken cancellationToken,
        string prefix = "hello",
        string home = "default"
    )
    {
        if (
            home != "default"
            && (await kubernetes.CoreV1.ListNamespaceAsync(cancellationToken: cancellationToken)).Items.All(found => found.Name() != home)
        )
        {
            await kubernetes.CoreV1.CreateNamespaceAsync(
                new V1Namespace { Metadata = new V1ObjectMeta { Name = home } },
                cancellationToken: cancellationToken
            );
        }

        var labels = new Dictionary<string, string> { ["app"] = name };
        await kubernetes.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec
                        {
                            Containers =
                            [
                                new V1Container
                                {
                                    Name = name,
                                    Image = "istio/tcp-echo-server:1.1",
                                    Args = [$"{port}", prefix],
                                },
                            ],
                        },
                    },
                },
            },
            home,
            cancellationToken: cancellationToken
        );
        await kubernetes.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1ServiceSpec { Selector = labels, Ports = [new V1ServicePort { Name = "tcp", Port = port }] },
            },
            home,
            cancellationToken: cancellationToken
        );
    }

    /// <summary>Creates a Secret in the namespace of the gateways, or replaces its content.</summary>
    public static async Task BringAsync(
        this IKubernetes kubernetes,
        string name,
        Dictionary<string, string> data,
        CancellationToken cancellationToken
    )
    {
        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = name },
            StringData = data,
        };
        var known = await kubernetes.CoreV1.ListNamespacedSecretAsync(Ingress, cancellationToken: cancellationToken);
        if (known.Items.Any(found => found.Name() == name))
        {
            await kubernetes.CoreV1.ReplaceNamespacedSecretAsync(secret, name, Ingress, cancellationToken: cancellationToken);
        }
        else
        {
            await kubernetes.CoreV1.CreateNamespacedSecretAsync(secret, Ingress, cancellationToken: cancellationToken);
        }
    }

    /// <summary>An exposure with existing Services.</summary>
    public static JsonObject Of(int port, params (string Service, string Namespace, int Port, int? Weight)[] backends) =>
        new()
        {
            ["port"] = port,
            ["backends"] = new JsonArray([
                .. backends.Select(backend =>
                {
                    var one = new JsonObject
                    {
                        ["service"] = backend.Service,
                        ["namespace"] = backend.Namespace,
                        ["port"] = backend.Port,
                    };
                    if (backend.Weight is { } weight)
                    {
                        one["weight"] = weight;
                    }

                    return one;
                }),
            ]),
            ["probe"] = new JsonObject { ["send"] = "jose\n", ["expect"] = "jose" },
        };

    /// <summary>The changes of a dry run.</summary>
    public static async Task<IReadOnlyList<JsonObject>> PlanAsync(
        this MeshPortHost host,
        HttpMethod method,
        string path,
        JsonObject? spec,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, $"{path}?dryRun=true")
        {
            Content = spec is null ? null : JsonContent.Create(new { spec }),
        };
        using var answer = await host.Client.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return [.. (JsonNode.Parse(text)?["changes"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    /// <summary>The same exposure with allowed sources.</summary>
    public static JsonObject AllowedFrom(this JsonObject exposure, params string[] ranges)
    {
        exposure["allowedSources"] = new JsonArray([.. ranges.Select(range => JsonValue.Create(range))]);
        return exposure;
    }

    /// <summary>Waits until no operation on a resource runs. It reads the sandbox directly, since Azure limits requests.</summary>
    private static Task IsDoneAsync(this MeshPortHost host, string id, CancellationToken cancellationToken) =>
        Wait.UntilAsync(
            $"Azure has finished {id}",
            Walkthrough.Within,
            () =>
                host.Sandbox.Operations.All(operation =>
                    operation.Status != "InProgress" || !operation.Target.Equals(id, StringComparison.OrdinalIgnoreCase)
                ),
            cancellationToken
        );

    private static ArmJsonResource Azure(this MeshPortHost host, string id) =>
        new(
            new ArmClient(
                host.Functions.Services.GetRequiredService<TokenCredential>(),
                default,
                AzureClients.Settings(host.Functions.Services.GetRequiredService<AzureOptions>())
            ),
            new ResourceIdentifier(id),
            ApiVersion(id)
        ); // without the rights of MeshPort's role

    private static string ApiVersion(string id) =>
        id.Contains("managedClusters", StringComparison.Ordinal) ? ApiVersions.ManagedClusters
        : id.Contains("/providers/", StringComparison.Ordinal) ? ApiVersions.Network
        : "2022-09-01"; // the version of resource groups
}
