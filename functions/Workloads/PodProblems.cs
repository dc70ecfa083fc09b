using k8s.Models;
using MeshPort.Kubernetes;

namespace MeshPort.Workloads;

/// <summary>
/// Why the pods of a Deployment are not ready, with advice. Pure. The first row that fits counts; <c>null</c> means that they start.
/// <code>
/// where                                           words of        advice
/// Deployment condition ReplicaFailure             the ReplicaSet  of <see cref="AdmissionRefusals"/>, otherwise to follow the message
/// a pod failed as a whole: Evicted, NodeLost      the kubelet     the node
/// condition PodScheduled False, Unschedulable     the scheduler   more nodes, or room on them
/// image refused: 401, 403, unauthorized           the kubelet     the right to pull
/// ErrImagePull and others about the image         the kubelet     image
/// CrashLoopBackOff, RunContainerError             the kubelet     image and arguments
/// any other reason to wait                        the kubelet     to follow the message
/// ContainerCreating, PodInitializing              its last event  to follow the message
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

    private static readonly string[] OfStart = ["ContainerCreating", "PodInitializing"];

    /// <param name="refusal">The message of the condition <c>ReplicaFailure</c>.</param>
    public static string OfReplicaSet(string refusal) =>
        $"The pods cannot be created: {KubernetesRefusals.Sentence(refusal)} "
        + (AdmissionRefusals.Find(refusal)?.Advice ?? "Follow the message.");

    /// <param name="pods">The pods that are not ready.</param>
    /// <param name="warnings">By uid of a pod, its last warning.</param>
    public static string? Of(IReadOnlyList<V1Pod> pods, IReadOnlyDictionary<string, string> warnings) =>
        pods.Select(OfFailed).FirstOrDefault(found => found is not null)
        ?? pods.Select(OfScheduling).FirstOrDefault(found => found is not null)
        ?? pods.SelectMany(Containers).Select(OfContainer).FirstOrDefault(found => found is not null)
        ?? pods.Where(IsStarting)
            .Select(pod => warnings.GetValueOrDefault(pod.Uid()))
            .Where(warning => warning is not null)
            .Select(warning => $"{KubernetesRefusals.Sentence(warning ?? "")} Follow the message.")
            .FirstOrDefault();

    public static bool IsReady(V1Pod pod) =>
        pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    /// <summary>Whether a node has the pod, and its containers do not run yet. Only events tell about volumes and networks.</summary>
    public static bool IsStarting(V1Pod pod) =>
        pod.Status?.Phase == "Pending"
        && pod.Spec?.NodeName is not null
        && Containers(pod).All(container => container.State?.Waiting is null or { Reason: "ContainerCreating" or "PodInitializing" });

    private static string? OfFailed(V1Pod pod) =>
        pod.Status is { Phase: "Failed", Reason: { Length: > 0 } reason } status
            ? $"{reason}: {KubernetesRefusals.Sentence(status.Message ?? "no message")} Look at the nodes of the cluster."
            : null;

    private static string? OfScheduling(V1Pod pod) =>
        (pod.Status?.Conditions ?? [])
            .Where(condition => condition is { Type: "PodScheduled", Status: "False" })
            .Select(condition =>
                $"{condition.Reason}: {KubernetesRefusals.Sentence(condition.Message ?? "no message")} Add nodes, or make room on them."
            )
            .FirstOrDefault();

    private static string? OfContainer(V1ContainerStatus container) =>
        container.State?.Waiting is not { Reason: { Length: > 0 } reason } waiting || OfStart.Contains(reason) ? null
        : OfImage.Contains(reason) ? $"{Words(waiting)} {ImageAdvice(waiting.Message ?? "")}"
        : reason is "CrashLoopBackOff" or "RunContainerError" ? $"{Words(waiting)}{LastEnd(container)} Check the image and its arguments."
        : $"{Words(waiting)} Follow the message.";

    private static string Words(V1ContainerStateWaiting waiting) =>
        KubernetesRefusals.Sentence($"{waiting.Reason}: {waiting.Message}".TrimEnd(':', ' '));

    private static string ImageAdvice(string message) =>
        new[] { "401", "403", "unauthorized", "authentication required", "denied" }.Any(word =>
            message.Contains(word, StringComparison.OrdinalIgnoreCase)
        )
            ? "Check the image and its arguments, and give the cluster the right to pull it: AcrPull for its kubelet identity, or an image "
                + "pull secret of the namespace's ServiceAccount."
            : "Check the image and its arguments.";

    private static string LastEnd(V1ContainerStatus container) =>
        container.LastState?.Terminated is { } end ? $" The container ended with code {end.ExitCode} ({end.Reason})." : "";

    private static IEnumerable<V1ContainerStatus> Containers(V1Pod pod) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []);
}
