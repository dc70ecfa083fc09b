using System.Text.Json;
using k8s;
using k8s.KubeConfigModels;
using MeshPort.Kubernetes;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.Proof;

namespace MeshPort.EndToEnd.Tests.Fleet;

/// <summary>Checks a fleet independently of MeshPort: no exposure is missing, duplicated or superfluous.</summary>
internal sealed class FleetCheck(FleetRun run, CancellationToken cancellationToken)
{
    private const int Callers = 32;
    private const int OwnPorts = 3; // the add-on's own ports: status, http2 and https
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);
    private readonly List<string> _problems = [];

    /// <summary>The errors.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The ports that answered a real connection.</summary>
    public int Answered { get; private set; }

    /// <param name="calls">The number of ports to call, spread evenly.</param>
    /// <param name="looks">The number of clusters to converge once more, which must write nothing.</param>
    public async Task RunAsync(int calls, int looks)
    {
        run.Azure.World.Faults.Clear();
        await CheckQueueAsync();
        CheckClusters();
        foreach (var cluster in run.Plan.Ids)
        {
            await CheckStateAsync(cluster);
            await CheckObjectsAsync(cluster);
        }

        await CallAsync(calls);
        await LookAgainAsync(looks);
    }

    private async Task CheckQueueAsync()
    {
        var queue = run.Queue(ExposureQueue.Name);
        await Wait.UntilAsync(
            "the queue is empty",
            Within,
            async () => (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount == 0,
            cancellationToken
        );
        Expect(!(await run.Queue(ExposureQueue.Poison).ExistsAsync(cancellationToken)).Value, "there is a poison queue");
        var rejections = await run.GetAsync("/api/rejections");
        Expect(rejections?.GetProperty("value").GetArrayLength() == 0, $"rejections: {rejections}");
    }

    /// <summary>One creation for each cluster, and no failed operation.</summary>
    private void CheckClusters()
    {
        var creations = run
            .Azure.Operations.Where(operation => operation.Kind == "managedClusters/create")
            .ToLookup(operation => operation.Target.Split('/')[^1], StringComparer.OrdinalIgnoreCase);
        Expect(
            creations.Count == run.Plan.Clusters && run.Plan.Ids.All(cluster => creations[cluster.Name].Count() == 1),
            $"clusters created: {string.Join(", ", creations.Select(one => $"{one.Key} x{one.Count()}"))}"
        );
        Expect(run.Azure.Operations.All(operation => operation.Status == "Succeeded"), "an operation of Azure did not succeed");
    }

    private async Task CheckStateAsync(ClusterId cluster)
    {
        var found = await run.ExposuresAsync(cluster);
        Expect(found.Select(NameOf).SequenceEqual(run.Plan.Names), $"{cluster.Name} has {found.Count} exposures");
        foreach (var type in new[] { ConditionTypes.Reachable, ConditionTypes.Ready })
        {
            Expect(found.All(exposure => FleetRun.IsTrue(exposure, type)), $"{cluster.Name} has exposures that are not {type}");
        }

        Expect(
            found.All(exposure => exposure.GetProperty("metadata").GetProperty("generation").GetInt64() == 1),
            $"{cluster.Name} has an exposure that was changed"
        );
    }

    private async Task CheckObjectsAsync(ClusterId cluster)
    {
        using var kubernetes = Connect(cluster);
        foreach (var kind in new[] { ObjectKind.Gateway, ObjectKind.VirtualService })
        {
            var names = await OwnersAsync(kubernetes, kind);
            Expect(names.SequenceEqual(run.Plan.Names), $"{cluster.Name} has {names.Count} of {kind.Name}");
        }

        foreach (var kind in new[] { ObjectKind.Deployment, ObjectKind.Service })
        {
            var names = await OwnersAsync(kubernetes, kind);
            Expect(names.SequenceEqual(run.Plan.Names.Take(1)), $"{cluster.Name} has {names.Count} of {kind.Name}");
        }

        var service = await kubernetes.CoreV1.ReadNamespacedServiceAsync(
            "aks-istio-ingressgateway-external",
            "aks-istio-ingress",
            cancellationToken: cancellationToken
        );
        var ports = service.Spec.Ports.Select(port => port.Port).ToList();
        Expect(
            ports.Count == run.Plan.ExposuresEach + OwnPorts && run.Plan.Ports.All(ports.Contains),
            $"{cluster.Name} has {ports.Count} ports on its gateway"
        );
    }

    /// <summary>The exposures of MeshPort's objects, in order.</summary>
    private async Task<IReadOnlyList<string>> OwnersAsync(k8s.Kubernetes kubernetes, ObjectKind kind)
    {
        var found =
            kind == ObjectKind.Service
                ? KubernetesJson.Serialize(
                    await kubernetes.CoreV1.ListServiceForAllNamespacesAsync(
                        labelSelector: DesiredObjects.Selector,
                        cancellationToken: cancellationToken
                    )
                )
                : JsonSerializer.Serialize(
                    await kubernetes.CustomObjects.ListCustomObjectForAllNamespacesAsync(
                        kind.Group,
                        kind.Version,
                        kind.Plural,
                        labelSelector: DesiredObjects.Selector,
                        cancellationToken: cancellationToken
                    )
                );
        using var list = JsonDocument.Parse(found);
        return
        [
            .. list
                .RootElement.GetProperty("items")
                .EnumerateArray()
                .Select(item =>
                    item.GetProperty("metadata").GetProperty("labels").GetProperty(DesiredObjects.ExposureLabel).GetString() ?? ""
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private async Task CallAsync(int calls)
    {
        var all = new List<(string Address, int Port)>();
        foreach (var cluster in run.Plan.Ids)
        {
            all.AddRange(
                (await run.ExposuresAsync(cluster)).Select(exposure =>
                    (
                        exposure.GetProperty("status").GetProperty("addresses")[0].GetProperty("ip").GetString() ?? "",
                        exposure.GetProperty("spec").GetProperty("port").GetInt32()
                    )
                )
            );
        }

        var chosen = all.Where((_, index) => index % Math.Max(1, all.Count / calls) == 0).Distinct().ToList();
        var answered = 0;
        await Parallel.ForEachAsync(
            chosen,
            new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = cancellationToken },
            async (one, token) =>
            {
                var observation = await TcpProbe.RunAsync(
                    one.Address,
                    one.Port,
                    null,
                    new ProbeSpec { Send = "jose\n", Expect = "hello jose" },
                    OpenTime.Brief,
                    TimeProvider.System,
                    token
                );
                if (observation is { Status: ConditionStatus.True })
                {
                    Interlocked.Increment(ref answered);
                }
            }
        );
        Answered = answered;
        Expect(answered == chosen.Count && answered >= Math.Min(calls, run.Plan.Exposures), $"{answered} of {chosen.Count} ports answered");
    }

    private async Task LookAgainAsync(int looks)
    {
        var wrote = run.Azure.Traffic.ArmWrites + run.Azure.Traffic.KubernetesWrites;
        foreach (var cluster in run.Plan.Ids.Take(looks))
        {
            using var asked = await run.Client.PostAsync($"{cluster.Path}/reconcile", null, cancellationToken);
            var operation =
                asked.Headers.Location?.ToString()
                ?? throw new InvalidOperationException($"reconcile of {cluster.Name} answered {asked.StatusCode}.");
            string? status = null;
            await Wait.UntilAsync(
                $"{operation} is over",
                Within,
                async () => (status = (await run.GetAsync(operation))?.GetProperty("status").GetString()) is not (null or "Running"),
                cancellationToken
            );
            Expect(status == "Succeeded", $"another convergence of {cluster.Name} ended as {status}");
        }

        var more = run.Azure.Traffic.ArmWrites + run.Azure.Traffic.KubernetesWrites - wrote;
        Expect(more == 0, $"another convergence wrote {more} times");
    }

    private k8s.Kubernetes Connect(ClusterId cluster)
    {
        var id =
            $"/subscriptions/{cluster.SubscriptionId}/resourceGroups/{cluster.ResourceGroup}"
            + $"/providers/Microsoft.ContainerService/managedClusters/{cluster.Name}";
        return new k8s.Kubernetes(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<K8SConfiguration>(run.Azure.AdminKubeconfig(id))
            )
        );
    }

    private static string NameOf(JsonElement exposure) => exposure.GetProperty("metadata").GetProperty("name").GetString() ?? "";

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _problems.Add(otherwise);
        }
    }
}
