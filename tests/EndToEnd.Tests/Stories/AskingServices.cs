using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Clusters with <c>discover</c>, and their Services that ask for exposures by annotations.</summary>
internal static class AskingServices
{
    public const string Expose = "meshport.io/expose";
    public const string Home = "shop";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<MeshPortHost> StartAsync(JsonObject? discover = null, string strategy = "managedService")
    {
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        spec["discover"] = discover ?? Discover();
        return await StoryHost.StartReadyAsync(Token, spec);
    }

    public static JsonObject Discover() => new() { ["namespaces"] = new JsonArray(Home), ["ports"] = new JsonArray("9000-9009") };

    /// <summary>Deploys the Service <c>web</c>, lets it ask for port 9000, and waits until it is Ready.</summary>
    public static async Task ServeAsync(MeshPortHost host, IKubernetes kubernetes)
    {
        await kubernetes.DeployEchoAsync("web", 7000, Token, home: Home);
        await AnnotateAsync(kubernetes, "web", (Expose, "9000:7000"));
        await host.ReconcileAsync(Token);
        await UntilAnsweredAsync(kubernetes, "web", "Ready");
    }

    public static async Task AnnotateAsync(IKubernetes kubernetes, string service, params (string Name, string? Value)[] annotations)
    {
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject(annotations.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.Value))),
            },
        };
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(body.ToJsonString(), V1Patch.PatchType.MergePatch),
            service,
            Home,
            cancellationToken: Token
        );
    }

    /// <summary>The first line of the answer of a Service; null without an answer.</summary>
    public static async Task<JsonNode?> AnswerAsync(IKubernetes kubernetes, string service) =>
        (await kubernetes.CoreV1.ReadNamespacedServiceAsync(service, Home, cancellationToken: Token)).Annotations() is { } annotations
        && annotations.TryGetValue("meshport.io/status", out var text)
            ? JsonNode.Parse(text)?[0]
            : null;

    public static async Task<string?> StateAsync(IKubernetes kubernetes, string service, int line)
    {
        var found = await kubernetes.CoreV1.ReadNamespacedServiceAsync(service, Home, cancellationToken: Token);
        return JsonNode.Parse(found.Annotations()["meshport.io/status"])?[line]?["state"]?.GetValue<string>();
    }

    public static Task UntilConditionGoneAsync(MeshPortHost host) =>
        Wait.UntilAsync(
            "the condition is gone",
            Walkthrough.Within,
            async () =>
                (await host.StatusAsync(MeshPortHost.Cluster, Token))
                    .GetProperty("conditions")
                    .EnumerateArray()
                    .All(condition => condition.GetProperty("type").GetString() != "ServicesDiscovered"),
            Token
        );

    public static bool IsOfMeshPort(Corev1Event one) => one.ReportingComponent == "meshport.io/discovery";

    public static async Task LabelAsync(IKubernetes kubernetes, string? team) =>
        await kubernetes.CoreV1.PatchNamespaceAsync(
            new V1Patch(
                new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["team"] = team } } }.ToJsonString(),
                V1Patch.PatchType.MergePatch
            ),
            Home,
            cancellationToken: Token
        );

    public static Task UntilAnsweredAsync(IKubernetes kubernetes, string service, string state, string? reason = null) =>
        Wait.UntilAsync(
            $"Service {service} is {state} {reason}",
            Walkthrough.Within,
            async () =>
                await AnswerAsync(kubernetes, service) is { } line
                && line["state"]?.GetValue<string>() == state
                && (reason is null || line["reason"]?.GetValue<string>() == reason),
            Token
        );

    public static async Task<IReadOnlyList<JsonNode>> ListAsync(MeshPortHost host) =>
        [
            .. (await host.Client.GetFromJsonAsync<JsonObject>($"{MeshPortHost.Cluster}/exposures", Token))
                ?["value"]?.AsArray()
                .OfType<JsonNode>()
                ?? [],
        ];

    public static async Task<JsonNode> OneAsync(MeshPortHost host) => Assert.Single(await ListAsync(host));

    public static Task UntilGoneAsync(MeshPortHost host) =>
        Wait.UntilAsync("the exposures are gone", Walkthrough.Within, async () => (await ListAsync(host)).Count == 0, Token);
}
