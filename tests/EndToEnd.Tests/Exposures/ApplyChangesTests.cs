using System.Text.Json.Nodes;
using Azure.Core;
using k8s;
using k8s.Autorest;
using k8s.KubeConfigModels;
using MeshPort.Arm;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Host.Hosting;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.Sandbox;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Exposures;

/// <summary>Applies a plan to a cluster whose API server fails.</summary>
public sealed class ApplyChangesTests : IAsyncLifetime
{
    private const int Many = 40;
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-0000000000a1", "apply", "apply");
    private AzureSandbox? _azure;
    private KubernetesApi? _api;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AzureSandbox Azure => _azure ?? throw new InvalidOperationException("Not started.");

    private KubernetesApi Api => _api ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _azure = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 6000 }, Token);
        var options = AzureOptions.From(MeshPortSettings.For(Azure));
        var arm = AzureClients.CreateArmClient(options, AzureClients.CreateCredential(options));
        await new ArmJsonResource(
            arm,
            new ResourceIdentifier($"/subscriptions/{Cluster.SubscriptionId}/resourceGroups/{Cluster.ResourceGroup}"),
            "2022-09-01"
        ).PutAsync(new JsonObject { ["location"] = "eastus2" }, null, Token);
        var cluster = ManagedClusterResource.Of(arm, Cluster);
        await cluster.PutAsync(
            ManagedClusters.ManagedClusterBody.Create(Cluster, new ClusterSpec { Location = "eastus2" }, null, null),
            null,
            Token
        );
        await Wait.UntilAsync("the cluster is there", TimeSpan.FromMinutes(1), () => Azure.ClusterIds.Count == 1, Token);
        _api = new KubernetesApi(Client(), Connection.Aks, TimeProvider.System);
    }

    [Fact]
    public async Task A_refusal_of_the_list_of_all_namespaces_after_it_worked_is_a_fault_for_five_minutes()
    {
        var clock = new SteppedClock();
        using var api = new KubernetesApi(Client(), Connection.Aks, clock);
        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        RefuseOnce();

        await Assert.ThrowsAsync<HttpOperationException>(() => api.ListAsync(ObjectKind.Gateway, null, ["default"], Token));
        RefuseOnce();
        await api.ListOptionalAsync(ObjectKind.Gateway, ["default"], Token); // in the namespace
        Assert.False(api.ListsAll(ObjectKind.Gateway));
        clock.Now += TimeSpan.FromMinutes(1);
        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        Assert.True(api.ListsAll(ObjectKind.Gateway));

        clock.Now += TimeSpan.FromMinutes(5);
        RefuseOnce();
        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        Assert.False(api.ListsAll(ObjectKind.Gateway));
    }

    [Fact]
    public async Task A_list_of_all_namespaces_that_was_refused_is_tried_again()
    {
        var clock = new SteppedClock();
        using var api = new KubernetesApi(Client(), Connection.Aks, clock);
        RefuseOnce();

        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        Assert.False(api.ListsAll(ObjectKind.Gateway));

        clock.Now += TimeSpan.FromMinutes(1);
        await api.ListAsync(ObjectKind.Gateway, null, ["default"], Token);
        Assert.True(api.ListsAll(ObjectKind.Gateway));
    }

    [Theory]
    [InlineData(FaultKind.Conflict)]
    [InlineData(FaultKind.Lost)]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Throttle)]
    [InlineData(FaultKind.InternalError)]
    public async Task A_transient_failure_of_a_write_is_not_a_refusal(FaultKind kind)
    {
        Azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = kind,
                Operation = "PATCH gateways",
                Every = 10,
                Count = 3,
            }
        );

        var refused = await ApplyChanges.RunAsync(Api, Creations(), Token);

        Assert.Empty(refused);
        Assert.Equal(Many, (await Api.ListAsync(ObjectKind.Gateway, DesiredObjects.Selector, [], Token)).Count);
    }

    [Fact]
    public async Task An_object_of_others_is_refused_and_the_other_objects_are_made()
    {
        var changes = Creations();
        var (target, spec) = (changes[0].Target, changes[0].Body?["spec"]?.ToJsonString() ?? "");
        using var others = Client();
        await others.CreateForeignAsync(target.Kind.Plural, target.Namespace, target.Name, spec, Token);

        var refused = await ApplyChanges.RunAsync(Api, changes, Token);

        Assert.Equal(Reasons.ObjectNotOurs, Assert.Single(refused).Value.Reason);
        Assert.Equal(Many - 1, (await Api.ListAsync(ObjectKind.Gateway, DesiredObjects.Selector, [], Token)).Count);
    }

    [Fact]
    public async Task An_object_at_which_the_server_fails_is_told_and_the_other_objects_are_made()
    {
        var changes = Creations();
        Azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.InternalError,
                Operation = "PATCH gateways",
                Target = changes[0].Target.Name,
            }
        );

        var refused = Assert.Single(await ApplyChanges.RunAsync(Api, changes, Token)).Value;

        Assert.Equal((ConditionStatus.Unknown, Reasons.KubernetesRefused), (refused.Status, refused.Reason));
        Assert.StartsWith($"{changes[0].Target} cannot be written.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Many - 1, (await Api.ListAsync(ObjectKind.Gateway, DesiredObjects.Selector, [], Token)).Count);
    }

    [Fact]
    public async Task A_failing_server_ends_the_changes_after_one_pass_and_nothing_is_deleted()
    {
        var made = Creations();
        await ApplyChanges.RunAsync(Api, made[..1], Token);
        Azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.InternalError,
                Operation = "PATCH gateways",
            }
        );
        Change[] changes = [new(ChangeAction.Delete, made[0].Target, "", null, made[0].Exposure), .. made[1..]];
        var wrote = Azure.Traffic.KubernetesWrites;

        await Assert.ThrowsAsync<HttpOperationException>(() => ApplyChanges.RunAsync(Api, changes, Token));

        Assert.Equal(Many - 1, Azure.Traffic.KubernetesWrites - wrote);
        Assert.Single(await Api.ListAsync(ObjectKind.Gateway, DesiredObjects.Selector, [], Token));
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        await (_azure?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private k8s.Kubernetes Client() =>
        new(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<K8SConfiguration>(Azure.AdminKubeconfig(Azure.ClusterIds[0]))
            )
        );

    private static Change[] Creations() =>
        [
            .. Enumerable
                .Range(0, Many)
                .Select(number => new NamedExposure(
                    $"e{number}",
                    1,
                    new ExposureSpec { Port = 20_000 + number, Backends = [new BackendSpec("echo", "default", 9000, 100)] }
                ))
                .SelectMany(exposure => IstioRoutes.Of(exposure, new ClusterSpec { Location = "eastus2" }).Take(1))
                .Select(wanted => new Change(ChangeAction.Create, wanted.Target, "", wanted.Body, wanted.Exposure)),
        ];

    private void RefuseOnce() => Azure.Refuse(FaultLayer.Kubernetes, "GET gateways", count: 1);

    private sealed class SteppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
