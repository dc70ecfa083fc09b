using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Objects and ports of MeshPort of which somebody else has become an owner, or has removed the marks.</summary>
public sealed class OwnershipStories
{
    private const string ManagedBy = "app.kubernetes.io/managed-by";

    private static readonly (string Group, string Plural, string Name)[] Made =
    [
        ("networking.istio.io", "gateways", "meshport-one"),
        ("networking.istio.io", "virtualservices", "meshport-one"),
        ("apps", "deployments", "one"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_that_has_lost_the_label_of_MeshPort_gets_it_back()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        foreach (var made in Made)
        {
            await LabelAsync(kubernetes, made, ManagedBy, null);
        }

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("one"), ConditionTypes.Ready, "True", Reasons.AsDesired, Token);
        foreach (var made in Made)
        {
            Assert.Equal("meshport", (await FindAsync(kubernetes, made))?["metadata"]?["labels"]?[ManagedBy]?.GetValue<string>());
        }
    }

    [Theory]
    [InlineData(ManagedBy)]
    [InlineData("meshport.io/exposure")]
    public async Task A_removal_finds_the_objects_that_have_lost_a_label(string label)
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        foreach (var made in Made)
        {
            await LabelAsync(kubernetes, made, label, null);
        }

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("one"), Token), Token);
        foreach (var made in Made)
        {
            Assert.Null(await FindAsync(kubernetes, made));
        }
    }

    [Fact]
    public async Task Objects_of_another_installation_are_neither_changed_nor_deleted()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        foreach (var made in Made)
        {
            await LabelAsync(kubernetes, made, "meshport.io/installation", "elsewhere");
        }

        await host.FailAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9001), Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("one"), ConditionTypes.WorkloadReady, "False", Reasons.OtherInstallation, Token);
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("one"), Token), Token);

        foreach (var made in Made)
        {
            Assert.NotNull(await FindAsync(kubernetes, made));
        }
    }

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    public async Task A_second_cluster_that_leads_to_the_same_API_server_takes_nothing_from_the_first(string strategy)
    {
        var lab = MeshPortHost.Cluster.Replace("clusters/istiotest", "clusters/lab", StringComparison.Ordinal);
        using var directory = new TestDirectory();
        var kubeconfig = Path.Combine(directory.Path, "lab.yaml");
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        await using var host = await StoryHost.StartReadyAsync(Token, spec, ("MeshPort:Kubeconfigs:lab", kubeconfig));
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        await File.WriteAllTextAsync(kubeconfig, host.Sandbox.AdminKubeconfig(Walkthrough.Environment.ArmId), Token);

        JsonObject cluster = new()
        {
            ["location"] = "eastus2",
            ["connection"] = "kubeconfig:lab",
            ["strategy"] = strategy,
        };
        await host.SucceedAsync(await host.PutAsync(lab, cluster, Token), Token);
        foreach (var (name, port) in new[] { ("one", 9000), ("two", 9001) })
        {
            await host.FailAsync(await host.PutAsync($"{lab}/exposures/{name}", MeshPortHost.Echo(name, port), Token), Token);
        }

        Assert.Equal(("False", "OtherInstallation"), await host.ConditionAsync($"{lab}/exposures/two", "PortOpen", Token));
        Assert.Contains(
            "another cluster of MeshPort that leads to the same API server",
            await host.MessageAsync($"{lab}/exposures/two", "PortOpen", Token),
            StringComparison.Ordinal
        );
        await host.SucceedAsync(await host.DeleteAsync(lab, Token), Token);
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("one", Token), 9000, Token));
    }

    [Fact]
    public async Task A_removal_tells_who_keeps_a_port_that_others_have_applied_too()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                $$$"""
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{StoryHost.External}}}"},
                 "spec":{"ports":[{"name":"tcp-9000","port":9000,"protocol":"TCP","targetPort":9000}]}}
                """,
                V1Patch.PatchType.ApplyPatch
            ),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "team-b",
            cancellationToken: Token
        );

        var plan = await host.PlanAsync(HttpMethod.Delete, StoryHost.Exposure("one"), null, Token);
        Assert.Contains(plan, change => $"{change["why"]}".Contains("field manager team-b", StringComparison.Ordinal));

        var removal = await host.DeleteAsync(StoryHost.Exposure("one"), Token);
        await host.SucceedAsync(removal, Token);
        Assert.Contains(
            "stays open, since field manager team-b applied it too",
            (await host.Client.GetFromJsonAsync<JsonObject>(removal, Token))?.ToJsonString(),
            StringComparison.Ordinal
        );

        await host.FailAsync(await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9000), Token), Token);
        Assert.Contains(
            "belongs to field manager team-b",
            await host.MessageAsync(StoryHost.Exposure("one"), ConditionTypes.PortOpen, Token),
            StringComparison.Ordinal
        );
    }

    /// <param name="value">Null removes the label.</param>
    private static Task LabelAsync(IKubernetes kubernetes, (string Group, string Plural, string Name) made, string label, string? value) =>
        kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch(
                new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [label] = value } } }.ToJsonString(),
                V1Patch.PatchType.MergePatch
            ),
            made.Group,
            "v1",
            "default",
            made.Plural,
            made.Name,
            fieldManager: "kubectl-label",
            cancellationToken: Token
        );

    private static async Task<JsonNode?> FindAsync(IKubernetes kubernetes, (string Group, string Plural, string Name) made)
    {
        var list = await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync(
            made.Group,
            "v1",
            "default",
            made.Plural,
            cancellationToken: Token
        );
        return (JsonNode.Parse($"{list}")?["items"] as JsonArray ?? []).FirstOrDefault(item =>
            $"{item?["metadata"]?["name"]}" == made.Name
        );
    }
}
