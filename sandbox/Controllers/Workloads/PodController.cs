using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.SecretsStore;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Scheduler and kubelet. A pod gets a node and an address, its image is pulled (10 s), it starts and becomes ready (5 s more). All times
/// count from its creation, or from when a node took it. A pod that is not always restarted ends with its programs.
/// </summary>
internal sealed class PodController(
    ObjectStore store,
    ObjectWriter writer,
    EventRecorder events,
    SecretMounts mounts,
    Func<ClusterShape> shape
) : IController
{
    internal const string Kubelet = "kubelet";
    private const string Scheduler = "default-scheduler";
    private const string Unschedulable = nameof(Unschedulable);
    private const string ContainerCreating = nameof(ContainerCreating);
    internal static readonly TimeSpan PullTime = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan ReadyTime = TimeSpan.FromSeconds(15);
    internal const int Killed = 137; // by signal 9
    private static readonly TimeSpan BackOffTime = TimeSpan.FromSeconds(30);
    private static readonly WriteOptions Options = new("v1", "kubelet", "status");
    private readonly ProbeEvents _probes = new(events);
    private readonly PodEvents _events = new(events);
    private readonly PodStatuses _statuses = new(writer.Times);

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        var nodes = store.List(ResourceCatalog.Node);
        var pods = store.List(ResourceCatalog.Pod);
        var hosts = nodes.ToDictionary(node => node.Name());
        var taken = pods.Select(pod => pod.Text("status", "podIP")).OfType<string>().ToHashSet();
        var room = new Lazy<NodeRoom>(() => new NodeRoom(nodes, pods));
        _probes.Forget(pods);
        for (var index = 0; index < pods.Count; index++)
        {
            var pod = pods[index];
            if (pod.Text("status", "phase") is "Succeeded" or "Failed")
            {
                continue;
            }

            if (pod.Text("spec", "nodeName") is null)
            {
                var home = pod.Namespace();
                var (node, problem) = PodPlacement.Choose(
                    pod,
                    nodes,
                    index,
                    name => store.Get(ResourceCatalog.Claim, home, name),
                    room.Value
                );
                if (node is null)
                {
                    Refuse(pod, problem, now);
                    continue;
                }

                pod = Assign(pod, node, now);
                room.Value.Take(pod, node);
            }

            if (pod.Text("status", "phase") != "Running" && mounts.Mount(pod, now) is { } retry)
            {
                if (pod.Items("status", "containerStatuses").FirstOrDefault() is null)
                {
                    pod = SetStatus(pod, _statuses.Waiting(pod, ContainerCreating, null, "Pending"));
                }

                due = due is null || retry < due ? retry : due;
                continue;
            }

            if (mounts.Forget(pod))
            {
                pod = BeginNow(pod, now);
            }

            var next = Run(pod, now, taken, hosts.GetValueOrDefault(pod.Text("spec", "nodeName") ?? ""));
            due = next is not null && (due is null || next < due) ? next : due;
        }

        return due;
    }

    private JsonObject Assign(JsonObject pod, string node, DateTimeOffset now)
    {
        if (IsRefused(pod))
        {
            BeginNow(pod, now);
        }

        pod = writer
            .Update(
                ResourceCatalog.Pod,
                pod.Namespace(),
                pod.Name(),
                body => With(body, "spec", "nodeName", node),
                Options with
                {
                    Manager = "kube-scheduler",
                    Subresource = "",
                }
            )
            .Object;
        events.Normal(
            ResourceCatalog.Pod,
            pod,
            Scheduler,
            "Scheduled",
            $"Successfully assigned {pod.Namespace()}/{pod.Name()} to {node}",
            now
        );
        if (new PullSecrets(store).Missing(pod).ToArray() is { Length: > 0 } missing)
        {
            events.Warning(
                ResourceCatalog.Pod,
                pod,
                Kubelet,
                "FailedToRetrieveImagePullSecret",
                $"Unable to retrieve some image pull secrets ({string.Join(", ", missing)}); attempting to pull the image may not succeed.",
                now
            );
        }

        foreach (var container in pod.Items("spec", "containers"))
        {
            events.Normal(ResourceCatalog.Pod, pod, Kubelet, "Pulling", $"Pulling image \"{container.Text("image")}\"", now);
        }

        return pod;
    }

    /// <summary>The times of a pod that waited for a node or a volume count from now.</summary>
    private JsonObject BeginNow(JsonObject pod, DateTimeOffset now)
    {
        writer.Times.Begin(pod);
        return SetStatus(pod, new JsonObject { ["startTime"] = writer.Times.At(now) });
    }

    /// <summary>No node takes the pod.</summary>
    private void Refuse(JsonObject pod, string why, DateTimeOffset now)
    {
        if (pod.Items("status", "conditions").Any(known => known.Text("reason") == Unschedulable && known.Text("message") == why))
        {
            return;
        }

        var condition = PodStatuses.Condition("PodScheduled", false, writer.Times.At(now));
        (condition["reason"], condition["message"]) = (Unschedulable, why);
        events.Warning(ResourceCatalog.Pod, pod, Scheduler, "FailedScheduling", why, now);
        SetStatus(pod, new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray(condition) });
    }

    private static bool IsRefused(JsonObject pod) =>
        pod.Items("status", "conditions").Any(condition => condition.Text("reason") == Unschedulable);

    private JsonObject SetStatus(JsonObject pod, JsonObject status) =>
        writer
            .Update(
                ResourceCatalog.Pod,
                pod.Namespace(),
                pod.Name(),
                body =>
                {
                    body["status"] = status;
                    return body;
                },
                Options
            )
            .Object;

    /// <param name="node">Null when it was deleted.</param>
    private DateTimeOffset? Run(JsonObject pod, DateTimeOffset now, HashSet<string> taken, JsonObject? node)
    {
        var isWindows = node?.Text("status", "nodeInfo", "operatingSystem") == "windows";
        var began = writer.Times.Began(pod);
        var age = now - began;
        var pulls = shape().HasEgress || pod.Text("status", "phase") == "Running"; // the node has the image of a running pod
        var failure = pod.Items("spec", "containers")
            .Select(container => ContainerFailure.Of(pod, container, store, isWindows, pulls))
            .FirstOrDefault(found => found is not null);
        var probes = Probes(pod);
        var (lasts, exitCode) = Program(pod);
        var end = PullTime + lasts;
        var (status, next) = (failure, age) switch
        {
            (_, _) when age < PullTime => (_statuses.Waiting(pod, ContainerCreating, null, "Pending"), PullTime),
            ({ Reason: ContainerFailure.Pull } pull, _) when age < BackOffTime => (
                _statuses.Waiting(pod, pull.Reason, pull.Message, "Pending"),
                BackOffTime
            ),
            ({ Reason: ContainerFailure.Pull } pull, _) => (
                _statuses.Waiting(pod, "ImagePullBackOff", BackOffMessage(pod, pull), "Pending"),
                null
            ),
            ({ Reason: ContainerFailure.Configuration } configuration, _) => (
                _statuses.Waiting(pod, configuration.Reason, configuration.Message, "Pending"),
                null
            ),
            ({ }, _) => Restarting(pod, PodLife.At(age, PullTime, TimeSpan.Zero), age, began, exitCode: 1),
            (null, _) when age >= end && exitCode != 0 && pod.Text("spec", "restartPolicy") == "OnFailure" => Restarting(
                pod,
                PodLife.At(age, PullTime, end.Value - PullTime),
                age,
                began,
                exitCode
            ),
            (null, _) when age >= end => (_statuses.Ended(pod, exitCode, began + PullTime, began + end.Value), (TimeSpan?)null),
            (null, _) when probes.KilledAfter is { } killed => Restarting(
                pod,
                PodLife.At(age, PullTime, killed),
                age,
                began,
                Killed,
                probes.ReadyAfter
            ),
            _ => Serving(pod, age, PullTime, began, probes.ReadyAfter, end),
        };
        Address(
            pod,
            status,
            node is null ? null : NodeStatus.Address(node),
            failure is null && age >= PullTime,
            taken,
            shape().IpFamilies.Count > 1
        );
        KeepTimes(pod["status"], status);
        if (!JsonNode.DeepEquals(pod["status"], status))
        {
            _events.Write(pod, status, failure, now);
            pod = SetStatus(pod, status);
        }

        var due = next is { } at && began + at > now ? began + at : (DateTimeOffset?)null;
        if (
            probes.Failing is { } failing
            && status.Items("containerStatuses").Any(container => container.At("state", "running") is not null)
        )
        {
            var started = probes.KilledAfter is { } killed ? PodLife.At(age, PullTime, killed).Started : PullTime;
            var probed = _probes.Write(pod, failing, began + started, now);
            due = due is null || probed < due ? probed : due;
        }

        return due;
    }

    /// <summary>All containers of a pod are in the same state here.</summary>
    private static PodProbes Probes(JsonObject pod)
    {
        var address = pod.Text("status", "podIP") ?? "";
        PodProbes[] all = [.. pod.Items("spec", "containers").Select(container => PodProbes.Of(container, address))];
        return new PodProbes(
            all.Any(one => one.ReadyAfter is null) ? null : all.Max(one => one.ReadyAfter),
            all.Min(one => one.KilledAfter),
            all.Select(one => one.Failing).FirstOrDefault(one => one is not null)
        );
    }

    /// <param name="started">The pod's age at the container's start.</param>
    /// <param name="readyAfter">The time from the start to readiness; null when it never becomes ready.</param>
    /// <param name="end">The pod's age at the container's end.</param>
    private (JsonObject Status, TimeSpan? Next) Serving(
        JsonObject pod,
        TimeSpan age,
        TimeSpan started,
        DateTimeOffset began,
        TimeSpan? readyAfter,
        TimeSpan? end
    )
    {
        var readyAt = started + readyAfter;
        return age >= readyAt
            ? (_statuses.Running(pod, ready: true, began + started, began + readyAt.Value), end)
            : (_statuses.Running(pod, ready: false, began + started, began), readyAt is null || end < readyAt ? end : readyAt);
    }

    /// <summary>The last of the pod's programs to end, and the first failure. A pod that is always restarted never ends.</summary>
    private static (TimeSpan? Lasts, int ExitCode) Program(JsonObject pod)
    {
        if (pod.Text("spec", "restartPolicy") is null or "Always")
        {
            return (null, 0);
        }

        ContainerProgram[] programs = [.. pod.Items("spec", "containers").Select(ContainerProgram.Of)];
        return programs.All(program => program.Lasts is not null)
            ? (programs.Max(program => program.Lasts), programs.Select(program => program.ExitCode).FirstOrDefault(code => code != 0))
            : (null, 0);
    }

    private static void Address(JsonObject pod, JsonObject status, string? host, bool runs, HashSet<string> taken, bool isDualStack)
    {
        if (host is not null)
        {
            status["hostIP"] = host;
            status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = host });
        }

        if (runs)
        {
            status["podIP"] =
                pod.Text("status", "podIP") ?? (pod.Flag("spec", "hostNetwork") == true && host is not null ? host : FreeAddress(taken));
            status["podIPs"] = PodAddresses.Of(status.Text("podIP") ?? "", isDualStack);
        }
    }

    /// <summary>Whatever stays as it is keeps its times.</summary>
    private static void KeepTimes(JsonNode? before, JsonObject status)
    {
        status["startTime"] = before.Text("startTime") ?? status.Text("startTime");
        foreach (var condition in status.Items("conditions"))
        {
            var known = before
                .Items("conditions")
                .FirstOrDefault(other => other.Text("type") == condition.Text("type") && other.Text("status") == condition.Text("status"));
            condition["lastTransitionTime"] = known.Text("lastTransitionTime") ?? condition.Text("lastTransitionTime");
        }

        foreach (var (container, known) in status.Items("containerStatuses").Zip(before.Items("containerStatuses")))
        {
            if (known.At("state", "running") is { } running && container.At("state", "running") is not null)
            {
                container["state"] = new JsonObject { ["running"] = running.DeepClone() };
            }
        }
    }

    private static string BackOffMessage(JsonObject pod, ContainerFailure pull) =>
        $"Back-off pulling image \"{pod.Items("spec", "containers").FirstOrDefault().Text("image")}\": {pull.Reason}: {pull.Message}";

    /// <summary>A container that ends again and again.</summary>
    /// <param name="readyAfter">The time from each start to readiness; null when it never becomes ready.</param>
    private (JsonObject Status, TimeSpan? Next) Restarting(
        JsonObject pod,
        PodLife life,
        TimeSpan age,
        DateTimeOffset began,
        int exitCode,
        TimeSpan? readyAfter = null
    )
    {
        var (status, next) = life.IsRunning
            ? Serving(pod, age, life.Started, began, readyAfter, life.Next)
            : (_statuses.Waiting(pod, ContainerFailure.Crash, null, "Running"), life.Next);
        foreach (var container in status.Items("containerStatuses"))
        {
            container["restartCount"] = life.Restarts;
            if (life.Restarts > 0 || !life.IsRunning)
            {
                container["lastState"] = new JsonObject
                {
                    ["terminated"] = new JsonObject { ["exitCode"] = exitCode, ["reason"] = "Error" },
                };
            }

            if (!life.IsRunning && container["state"]?["waiting"] is JsonObject waiting)
            {
                waiting["message"] =
                    $"back-off {life.BackOff.TotalSeconds:0}s restarting failed container={container.Text("name")} "
                    + $"pod={pod.Name()}_{pod.Namespace()}({pod.Uid()})";
            }
        }

        return (status, next);
    }

    private static JsonObject With(JsonObject body, string section, string name, string value)
    {
        body.Child(section)[name] = value;
        return body;
    }

    private static string FreeAddress(HashSet<string> taken)
    {
        var free = Enumerable
            .Range(4, 60000)
            .Select(number => $"10.244.{number / 250}.{(number % 250) + 2}")
            .First(address => !taken.Contains(address));
        taken.Add(free);
        return free;
    }
}
