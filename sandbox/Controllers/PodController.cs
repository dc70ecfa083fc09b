using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Scheduler and kubelet. A pod gets a node and an address, its image is pulled (10 s), it starts and becomes ready (5 s more). All times
/// count from its creation.
/// </summary>
internal sealed class PodController(ObjectStore store, ObjectWriter writer, EventRecorder events) : IController
{
    private const string Kubelet = "kubelet";
    private const string Unschedulable = nameof(Unschedulable);
    private static readonly TimeSpan PullTime = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan ReadyTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BackOffTime = TimeSpan.FromSeconds(30);
    private static readonly WriteOptions Options = new("v1", "kubelet", "status");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        var nodes = store.List(ResourceCatalog.Node);
        var pods = store.List(ResourceCatalog.Pod);
        var open = nodes.Where(node => node.Flag("spec", "unschedulable") != true).ToList();
        var hosts = nodes.ToDictionary(node => node.Name(), NodeStatus.Address);
        var taken = pods.Select(pod => pod.Text("status", "podIP")).OfType<string>().ToHashSet();
        for (var index = 0; index < pods.Count; index++)
        {
            var pod = pods[index];
            if (pod.Text("spec", "nodeName") is null)
            {
                if (open.Count == 0)
                {
                    Refuse(pod, nodes.Count, now);
                    continue;
                }

                var node = open[index % open.Count].Name();
                if (IsRefused(pod))
                {
                    // The times of a pod that waited for a node count from now.
                    pod = SetStatus(pod, new JsonObject { ["startTime"] = ManagedFields.Timestamp(now) });
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
                    "default-scheduler",
                    "Scheduled",
                    $"Successfully assigned {pod.Namespace()}/{pod.Name()} to {node}",
                    now
                );
                foreach (var container in pod.Items("spec", "containers"))
                {
                    events.Normal(ResourceCatalog.Pod, pod, Kubelet, "Pulling", $"Pulling image \"{container.Text("image")}\"", now);
                }
            }

            var next = Run(pod, now, taken, hosts.GetValueOrDefault(pod.Text("spec", "nodeName") ?? ""));
            due = next is not null && (due is null || next < due) ? next : due;
        }

        return due;
    }

    /// <summary>No node takes the pod (kubernetes/kubernetes, pkg/scheduler).</summary>
    private void Refuse(JsonObject pod, int nodes, DateTimeOffset now)
    {
        if (IsRefused(pod))
        {
            return;
        }

        var why =
            nodes == 0
                ? "no nodes available to schedule pods"
                : $"0/{nodes} nodes are available: {nodes} node(s) were unschedulable. preemption: 0/{nodes} nodes are available: "
                    + $"{nodes} Preemption is not helpful for scheduling.";
        var condition = Condition("PodScheduled", false, ManagedFields.Timestamp(now));
        (condition["reason"], condition["message"]) = (Unschedulable, why);
        events.Warning(ResourceCatalog.Pod, pod, "default-scheduler", "FailedScheduling", why, now);
        SetStatus(pod, new JsonObject { ["phase"] = "Pending", ["conditions"] = new JsonArray(condition) });
    }

    private static bool IsRefused(JsonObject pod) =>
        pod.Items("status", "conditions").Any(condition => condition.Text("reason") == Unschedulable);

    /// <summary>When a node took the pod.</summary>
    private static string? Began(JsonObject pod) => pod.Text("status", "startTime") ?? pod.Text("metadata", "creationTimestamp");

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

    /// <param name="host">The node's address.</param>
    private DateTimeOffset? Run(JsonObject pod, DateTimeOffset now, HashSet<string> taken, string? host)
    {
        var created = DateTimeOffset.Parse(Began(pod) ?? ManagedFields.Timestamp(now), CultureInfo.InvariantCulture);
        var age = now - created;
        var failure = pod.Items("spec", "containers").Select(Failure).FirstOrDefault(reason => reason is not null);
        var (status, next) = (failure, age) switch
        {
            (_, _) when age < PullTime => (Waiting(pod, "ContainerCreating", "Pending"), PullTime),
            ("ErrImagePull", _) when age < BackOffTime => (Waiting(pod, "ErrImagePull", "Pending"), BackOffTime),
            ("ErrImagePull", _) => (Waiting(pod, "ImagePullBackOff", "Pending"), (TimeSpan?)null),
            ({ } crash, _) => Crashing(pod, crash, age),
            (null, _) when age < ReadyTime => (Running(pod, ready: false, created + PullTime, created), ReadyTime),
            _ => (Running(pod, ready: true, created + PullTime, created + ReadyTime), null),
        };
        if (host is not null)
        {
            status["hostIP"] = host;
            status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = host });
        }

        if (failure is null && age >= PullTime)
        {
            status["podIP"] = pod.Text("status", "podIP") ?? FreeAddress(taken);
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = status["podIP"]?.DeepClone() });
        }

        if (!JsonNode.DeepEquals(pod["status"], status))
        {
            WriteEvents(pod, status, now);
            SetStatus(pod, status);
        }

        return next is { } at ? created + at : null;
    }

    /// <summary>The reason why a container cannot run: its image is unknown, or the echo server lacks its two arguments.</summary>
    private static string? Failure(JsonNode container)
    {
        var image = container.Text("image") ?? "";
        return !Images.Exists(image) ? "ErrImagePull"
            : Images.IsEcho(image) && container.Items("args").Count() < 2 ? "CrashLoopBackOff"
            : null;
    }

    /// <summary>Writes Events for changes of containers since the last status.</summary>
    private void WriteEvents(JsonObject pod, JsonObject status, DateTimeOffset now)
    {
        foreach (var (container, index) in status.Items("containerStatuses").Select((container, index) => (container, index)))
        {
            var before = pod.Items("status", "containerStatuses").ElementAtOrDefault(index);
            var (name, image) = (container.Text("name"), container.Text("image"));
            var reason = container.Text("state", "waiting", "reason");
            var pulled = container.At("state", "running") is not null || reason == "CrashLoopBackOff";
            var restarts = container.Number("restartCount") ?? 0;
            if (pulled && before.At("state", "running") is null && before.Text("state", "waiting", "reason") != "CrashLoopBackOff")
            {
                events.Normal(
                    ResourceCatalog.Pod,
                    pod,
                    Kubelet,
                    "Pulled",
                    $"Successfully pulled image \"{image}\" in {PullTime.TotalSeconds:0}s ({PullTime.TotalSeconds:0}s including waiting).",
                    now
                );
                events.Normal(ResourceCatalog.Pod, pod, Kubelet, "Created", $"Created container: {name}", now);
                events.Normal(ResourceCatalog.Pod, pod, Kubelet, "Started", $"Started container {name}", now);
            }

            if (
                reason == "CrashLoopBackOff"
                && (before.Number("restartCount") != restarts || before.Text("state", "waiting", "reason") != reason)
            )
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    Kubelet,
                    "BackOff",
                    $"Back-off restarting failed container {name} in pod {pod.Name()}_{pod.Namespace()}({pod.Uid()})",
                    now
                );
            }
            else if (reason == "ErrImagePull" && before.Text("state", "waiting", "reason") != reason)
            {
                events.Warning(ResourceCatalog.Pod, pod, Kubelet, "Failed", $"Failed to pull image \"{image}\": {NotFound(image)}", now);
                events.Warning(ResourceCatalog.Pod, pod, Kubelet, "Failed", "Error: ErrImagePull", now);
            }
            else if (reason == "ImagePullBackOff" && before.Text("state", "waiting", "reason") != reason)
            {
                events.Normal(ResourceCatalog.Pod, pod, Kubelet, "BackOff", $"Back-off pulling image \"{image}\"", now);
                events.Warning(ResourceCatalog.Pod, pod, Kubelet, "Failed", "Error: ImagePullBackOff", now);
            }
        }
    }

    private static string NotFound(string? image) =>
        $"rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": not found";

    /// <summary>A container that exits immediately is restarted after 10 s, 20 s, 40 s and so on, up to five minutes.</summary>
    private static (JsonObject Status, TimeSpan? Next) Crashing(JsonObject pod, string reason, TimeSpan age)
    {
        var (restarts, wait, next) = (0, FirstBackOff, PullTime + FirstBackOff);
        for (; next <= age; restarts++)
        {
            wait = wait * 2 < LongestBackOff ? wait * 2 : LongestBackOff;
            next += wait;
        }

        var status = Waiting(pod, reason, "Running");
        foreach (var container in status.Items("containerStatuses"))
        {
            container["restartCount"] = restarts;
            container["lastState"] = new JsonObject
            {
                ["terminated"] = new JsonObject { ["exitCode"] = 1, ["reason"] = "Error" },
            };
        }

        return (status, next);
    }

    private static JsonObject Waiting(JsonObject pod, string reason, string phase) =>
        Status(pod, phase, ready: false, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason } }, Began(pod));

    private static JsonObject Running(JsonObject pod, bool ready, DateTimeOffset started, DateTimeOffset since) =>
        Status(
            pod,
            "Running",
            ready,
            new JsonObject { ["running"] = new JsonObject { ["startedAt"] = ManagedFields.Timestamp(started) } },
            ManagedFields.Timestamp(since)
        );

    private static JsonObject Status(JsonObject pod, string phase, bool ready, JsonObject state, string? since) =>
        new()
        {
            ["phase"] = phase,
            ["startTime"] = Began(pod),
            ["conditions"] = new JsonArray(
                Condition("Initialized", true, pod.Text("metadata", "creationTimestamp")),
                Condition("Ready", ready, since),
                Condition("ContainersReady", ready, since),
                Condition("PodScheduled", true, pod.Text("metadata", "creationTimestamp"))
            ),
            ["containerStatuses"] = new JsonArray([
                .. pod.Items("spec", "containers").Select((container, index) => Container(pod, container, index, phase, ready, state)),
            ]),
        };

    private static JsonObject Container(JsonObject pod, JsonNode container, int index, string phase, bool ready, JsonObject state)
    {
        var runs = state.ContainsKey("running");
        var status = new JsonObject
        {
            ["name"] = container.Text("name"),
            ["image"] = container.Text("image"),
            ["imageID"] = runs ? Images.Id(container.Text("image") ?? "") : "",
            ["ready"] = ready,
            ["started"] = phase == "Running",
            ["restartCount"] = 0,
            ["state"] = state.DeepClone(),
        };
        if (runs)
        {
            status["containerID"] = $"containerd://{ContainerId(pod.Uid(), index)}";
        }

        return status;
    }

    private static JsonObject Condition(string type, bool holds, string? since) =>
        new()
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["lastTransitionTime"] = since,
        };

    /// <summary>64 hexadecimal digits, unique to the container.</summary>
    private static string ContainerId(string uid, int index)
    {
        var digits = uid.Replace("-", "", StringComparison.Ordinal);
        return $"{digits[(index % 32)..]}{digits[..(index % 32)]}{digits}";
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
