using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Scheduler and kubelet. A pod gets a node and an address, its image is pulled (10 s), it starts and becomes ready (5 s more). All times
/// count from its creation, or from when a node took it. A pod that is not always restarted ends with its programs.
/// </summary>
internal sealed class PodController(ObjectStore store, ObjectWriter writer, EventRecorder events) : IController
{
    private const string Kubelet = "kubelet";
    private const string Scheduler = "default-scheduler";
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
        var hosts = nodes.ToDictionary(node => node.Name());
        var taken = pods.Select(pod => pod.Text("status", "podIP")).OfType<string>().ToHashSet();
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
                var (node, problem) = PodPlacement.Choose(pod, nodes, index, name => store.Get(ResourceCatalog.Claim, home, name));
                if (node is null)
                {
                    Refuse(pod, problem, now);
                    continue;
                }

                pod = Assign(pod, node, now);
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
            // The times of a pod that waited for a node count from now.
            writer.Times.Begin(pod);
            SetStatus(pod, new JsonObject { ["startTime"] = writer.Times.At(now) });
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
        foreach (var container in pod.Items("spec", "containers"))
        {
            events.Normal(ResourceCatalog.Pod, pod, Kubelet, "Pulling", $"Pulling image \"{container.Text("image")}\"", now);
        }

        return pod;
    }

    /// <summary>No node takes the pod.</summary>
    private void Refuse(JsonObject pod, string why, DateTimeOffset now)
    {
        if (pod.Items("status", "conditions").Any(known => known.Text("reason") == Unschedulable && known.Text("message") == why))
        {
            return;
        }

        var condition = Condition("PodScheduled", false, writer.Times.At(now));
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
        var failure = pod.Items("spec", "containers")
            .Select(one => PodFailures.Of(one, isWindows))
            .FirstOrDefault(reason => reason is not null);
        var (lasts, exitCode) = Program(pod);
        var end = PullTime + lasts;
        var (status, next) = (failure, age) switch
        {
            (_, _) when age < PullTime => (Waiting(pod, "ContainerCreating", "Pending"), PullTime),
            ("ErrImagePull", _) when age < BackOffTime => (Waiting(pod, "ErrImagePull", "Pending"), BackOffTime),
            ("ErrImagePull", _) => (Waiting(pod, "ImagePullBackOff", "Pending"), (TimeSpan?)null),
            ({ } crash, _) => Crashing(pod, crash, PullTime, age),
            (null, _) when age >= end && exitCode != 0 && pod.Text("spec", "restartPolicy") == "OnFailure" => Crashing(
                pod,
                "CrashLoopBackOff",
                end.Value,
                age
            ),
            (null, _) when age >= end => (Ended(pod, exitCode, began + PullTime, began + end.Value), null),
            (null, _) when age < ReadyTime => (Running(pod, ready: false, began + PullTime, began), end < ReadyTime ? end : ReadyTime),
            _ => (Running(pod, ready: true, began + PullTime, began + ReadyTime), end),
        };
        Address(pod, status, node is null ? null : NodeStatus.Address(node), failure is null && age >= PullTime, taken);
        KeepTimes(pod["status"], status);
        if (!JsonNode.DeepEquals(pod["status"], status))
        {
            WriteEvents(pod, status, now);
            SetStatus(pod, status);
        }

        return next is { } at && began + at > now ? began + at : null;
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

    private static void Address(JsonObject pod, JsonObject status, string? host, bool runs, HashSet<string> taken)
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
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = status["podIP"]?.DeepClone() });
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
            else if (PodFailures.IsOfPull(reason) && !PodFailures.IsOfPull(before.Text("state", "waiting", "reason")))
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    Kubelet,
                    "Failed",
                    $"Failed to pull image \"{image}\": {PodFailures.PullProblem(image ?? "")}",
                    now
                );
                events.Warning(ResourceCatalog.Pod, pod, Kubelet, "Failed", "Error: ErrImagePull", now);
            }

            if (reason == "ImagePullBackOff" && before.Text("state", "waiting", "reason") != reason)
            {
                events.Normal(ResourceCatalog.Pod, pod, Kubelet, "BackOff", $"Back-off pulling image \"{image}\"", now);
                events.Warning(ResourceCatalog.Pod, pod, Kubelet, "Failed", "Error: ImagePullBackOff", now);
            }
        }
    }

    /// <summary>A container that exits immediately is restarted after 10 s, 20 s, 40 s and so on, up to five minutes.</summary>
    /// <param name="first">The pod's age at the first exit.</param>
    private (JsonObject Status, TimeSpan? Next) Crashing(JsonObject pod, string reason, TimeSpan first, TimeSpan age)
    {
        var (restarts, wait, next) = (0, FirstBackOff, first + FirstBackOff);
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

    private JsonObject Ended(JsonObject pod, int exitCode, DateTimeOffset started, DateTimeOffset finished)
    {
        var end = writer.Times.At(finished);
        var status = Status(
            pod,
            exitCode == 0 ? "Succeeded" : "Failed",
            ready: false,
            new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = exitCode,
                    ["reason"] = exitCode == 0 ? "Completed" : "Error",
                    ["startedAt"] =
                        pod.Items("status", "containerStatuses").FirstOrDefault().Text("state", "running", "startedAt")
                        ?? writer.Times.At(started),
                    ["finishedAt"] = end,
                },
            },
            end
        );
        foreach (var condition in status.Items("conditions").Where(condition => condition.Text("type") != "PodScheduled"))
        {
            condition["reason"] = exitCode == 0 ? "PodCompleted" : "PodFailed";
        }

        return status;
    }

    private string Began(JsonObject pod) => writer.Times.At(writer.Times.Began(pod));

    private JsonObject Waiting(JsonObject pod, string reason, string phase) =>
        Status(pod, phase, ready: false, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason } }, Began(pod));

    private JsonObject Running(JsonObject pod, bool ready, DateTimeOffset started, DateTimeOffset since) =>
        Status(
            pod,
            "Running",
            ready,
            new JsonObject { ["running"] = new JsonObject { ["startedAt"] = writer.Times.At(started) } },
            writer.Times.At(since)
        );

    private JsonObject Status(JsonObject pod, string phase, bool ready, JsonObject state, string? since) =>
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
        var runs = state.ContainsKey("running") || state.ContainsKey("terminated");
        var status = new JsonObject
        {
            ["name"] = container.Text("name"),
            ["image"] = container.Text("image"),
            ["imageID"] = runs ? Images.Id(container.Text("image") ?? "") : "",
            ["ready"] = ready,
            ["started"] = phase is "Running",
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
