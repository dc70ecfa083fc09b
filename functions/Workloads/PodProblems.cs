using k8s.Models;
using MeshPort.Kubernetes;

namespace MeshPort.Workloads;

/// <summary>
/// Why the pods of a Deployment are not ready, with advice. Pure. The first row that fits counts; <c>null</c> means that they start.
/// <code>
/// where                                           words of        advice
/// Deployment condition ReplicaFailure             the ReplicaSet  of <see cref="AdmissionRefusals"/>, otherwise to follow the message
/// a pod failed as a whole: Evicted, NodeLost      the kubelet     the node
/// image refused: 401, 403, unauthorized           the kubelet     the right to pull
/// ErrImagePull and others about the image         the kubelet     image
/// CreateContainerConfigError, about the user      the kubelet     the security context
/// CreateContainerConfigError, about a value       the kubelet     the Secret or ConfigMap
/// CrashLoopBackOff after probes that failed       the kubelet     probe, image and arguments
/// CrashLoopBackOff, RunContainerError             the kubelet     image, arguments and user
/// any other reason to wait                        the kubelet     to follow the message
/// condition PodScheduled False, Unschedulable     the scheduler   the node selector, the requests, more nodes, or room on them;
///                                                                 on AKS Automatic to wait, then quota and NodePools
/// ContainerCreating, PodInitializing              its last event  to follow the message
/// runs and is not ready, a probe failed 3 times   its last event  probe, image and arguments
/// </code>
/// </summary>
internal static class PodProblems
{
    private static readonly string[] OfImage =
    [
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
    ];

    private const string Unhealthy = nameof(Unhealthy);
    private const string Unschedulable = nameof(Unschedulable);
    private const string ProbeAdvice = "Check the probe of the workload, its image and its arguments.";
    private const int Repeated = 3;

    private static readonly string[] OfStart = ["ContainerCreating", "PodInitializing"];

    /// <param name="refusal">The message of the condition <c>ReplicaFailure</c>.</param>
    public static string OfReplicaSet(string refusal) =>
        $"The pods cannot be created: {KubernetesRefusals.Sentence(refusal)} "
        + (AdmissionRefusals.Find(refusal)?.Advice ?? "Follow the message.");

    /// <param name="pods">The pods that are not ready.</param>
    /// <param name="warnings">By uid of a pod, its last warning.</param>
    /// <param name="makesNodes">Whether the cluster makes nodes for pods, as AKS Automatic does.</param>
    public static string? Of(IReadOnlyList<V1Pod> pods, IReadOnlyDictionary<string, string> warnings, bool makesNodes = false) =>
        pods.Select(OfFailed).FirstOrDefault(found => found is not null)
        ?? pods.SelectMany(pod => Containers(pod).Select(container => OfContainer(container, warnings.GetValueOrDefault(pod.Uid()))))
            .FirstOrDefault(found => found is not null)
        ?? pods.Select(pod => OfScheduling(pod, makesNodes)).FirstOrDefault(found => found is not null)
        ?? pods.Select(pod => warnings.GetValueOrDefault(pod.Uid()))
            .Where(warning => warning is not null)
            .Select(warning => $"{KubernetesRefusals.Sentence(warning ?? "")} {(IsOfProbe(warning) ? ProbeAdvice : "Follow the message.")}")
            .FirstOrDefault();

    /// <summary>Whether a problem is that no node takes a pod.</summary>
    public static bool IsOfScheduling(string problem) => problem.StartsWith(Unschedulable, StringComparison.Ordinal);

    public static bool IsReady(V1Pod pod) =>
        pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    /// <summary>Whether only events tell why a pod is not ready: about volumes and networks before its start, later about probes.</summary>
    public static bool NeedsEvents(V1Pod pod) =>
        pod.Spec?.NodeName is not null
        && Containers(pod)
            .All(container =>
                container.State?.Waiting is null or { Reason: "ContainerCreating" or "PodInitializing" or "CrashLoopBackOff" }
            );

    /// <summary>The last warning about a pod. A probe may fail while a program starts, so it counts after three times.</summary>
    public static string? LastWarning(IEnumerable<Corev1Event> events) =>
        events
            .Where(found => found.Type == "Warning" && found.Reason != "BackOff" && (found.Reason != Unhealthy || Count(found) >= Repeated))
            .MaxBy(found => found.LastTimestamp ?? found.EventTime)
            is { } last
            ? $"{last.Reason}: {last.Message}"
            : null;

    private static int Count(Corev1Event found) => Math.Max(found.Count ?? 0, found.Series?.Count ?? 0);

    private static bool IsOfProbe(string? warning) => warning?.StartsWith(Unhealthy, StringComparison.Ordinal) == true;

    private static string? OfFailed(V1Pod pod) =>
        pod.Status is { Phase: "Failed", Reason: { Length: > 0 } reason } status
            ? $"{reason}: {KubernetesRefusals.Sentence(status.Message ?? "no message")} Look at the nodes of the cluster."
            : null;

    private static string? OfScheduling(V1Pod pod, bool makesNodes) =>
        (pod.Status?.Conditions ?? [])
            .Where(condition => condition is { Type: "PodScheduled", Status: "False" })
            .Select(condition =>
                $"{condition.Reason}: {KubernetesRefusals.Sentence(condition.Message ?? "no message")} "
                + NodeAdvice(condition.Message ?? "", makesNodes)
            )
            .FirstOrDefault();

    private static string NodeAdvice(string message, bool makesNodes) =>
        makesNodes
            ? "AKS makes a node, which takes minutes. If none comes, check the subscription's quota of cores, the NodePools of Karpenter "
                + "in the cluster, and workload.nodeSelector."
        : message.Contains("affinity/selector", StringComparison.Ordinal) ? "Correct workload.nodeSelector, or give a node its labels."
        : message.Contains("Insufficient", StringComparison.Ordinal) ? "Lower workload.resources.requests, add nodes, or make room on them."
        : "Add nodes, or make room on them.";

    /// <param name="warning">The last warning about the pod.</param>
    private static string? OfContainer(V1ContainerStatus container, string? warning) =>
        container.State?.Waiting is not { Reason: { Length: > 0 } reason } waiting || OfStart.Contains(reason) ? null
        : OfImage.Contains(reason) ? $"{Words(waiting)} {ImageAdvice(waiting.Message ?? "")}"
        : reason == "CreateContainerConfigError" ? $"{Words(waiting)} {ConfigurationAdvice(waiting.Message ?? "")}"
        : reason == "CrashLoopBackOff" && IsOfProbe(warning)
            ? $"{Words(waiting)} {KubernetesRefusals.Sentence(warning ?? "")} {ProbeAdvice}"
        : reason is "CrashLoopBackOff" or "RunContainerError"
            ? $"{Words(waiting)}{LastEnd(container)} Check the image and its arguments. If its program needs root or a user of its image, "
                + "set workload.securityContext."
        : $"{Words(waiting)} Follow the message.";

    private static string Words(V1ContainerStateWaiting waiting) =>
        KubernetesRefusals.Sentence($"{waiting.Reason}: {waiting.Message}".TrimEnd(':', ' '));

    private static string ConfigurationAdvice(string message) =>
        message.Contains("non-root", StringComparison.OrdinalIgnoreCase) || message.Contains("runAsNonRoot", StringComparison.Ordinal)
            ? "Set workload.securityContext.runAsUser to a user that the image works with, or its level to baseline."
            : "Create it in the namespace of the workload, or correct workload.env.";

    private static string ImageAdvice(string message) =>
        new[] { "401", "403", "unauthorized", "authentication required", "denied" }.Any(word =>
            message.Contains(word, StringComparison.OrdinalIgnoreCase)
        )
            ? "Check the image, and give the cluster the right to pull it: AcrPull for its kubelet identity, or a Secret in "
                + "workload.imagePullSecrets."
            : "Check the image and its arguments.";

    private static string LastEnd(V1ContainerStatus container) =>
        container.LastState?.Terminated is not { } end
            ? ""
            : $" The container ended with code {end.ExitCode} ({end.Reason})."
                + (end.Reason == "OOMKilled" ? " Raise workload.resources.limits.memory." : "");

    private static IEnumerable<V1ContainerStatus> Containers(V1Pod pod) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []);
}
