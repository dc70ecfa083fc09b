using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The reason why a container does not run (kubernetes/kubernetes, pkg/kubelet/kuberuntime and images).
/// </summary>
/// <param name="Message">Null for a program that ends at once.</param>
internal sealed record ContainerFailure(string Reason, string? Message)
{
    public const string Pull = "ErrImagePull";
    public const string Configuration = "CreateContainerConfigError";
    public const string Crash = "CrashLoopBackOff";

    /// <param name="hasEgress">Without, only registries of Azure have images, and Microsoft's by its cache.</param>
    /// <returns>
    /// Null when it runs. Otherwise its image cannot be pulled, its configuration forbids its user or names something absent, or the echo
    /// server lacks its two arguments.
    /// </returns>
    public static ContainerFailure? Of(JsonObject pod, JsonNode container, ObjectStore store, bool isWindows, bool hasEgress)
    {
        var image = container.Text("image") ?? "";
        return PullProblem(pod, image, store, isWindows, hasEgress) is { } unpulled ? new ContainerFailure(Pull, unpulled)
            : (new ContainerValues(store).Problem(pod, container) ?? UserProblem(pod, container, image)) is { } refused
                ? new ContainerFailure(Configuration, refused)
            : Images.IsEcho(image) && container.Items("args").Count() < 2 ? new ContainerFailure(Crash, null)
            : null;
    }

    private static string? PullProblem(JsonObject pod, string image, ObjectStore store, bool isWindows, bool hasEgress)
    {
        if (!hasEgress && Images.IsOutside(image))
        {
            return $"rpc error: code = Unknown desc = {Unresolved(image)}failed to do request: Head "
                + $"\"https://{Images.Registry(image)}/v2/\": dial tcp: i/o timeout";
        }

        if (Images.PrivateRegistry(image) is { } registry && !new PullSecrets(store).Open(pod, registry))
        {
            return $"rpc error: code = Unknown desc = {Unresolved(image)}failed to authorize: failed to fetch anonymous token: unexpected "
                + $"status from GET request to https://{registry}/oauth2/token: 401 Unauthorized";
        }

        return (isWindows ? Images.IsForWindows(image) : Images.Exists(image)) ? null
            : Images.Exists(image) || Images.IsForWindows(image)
                ? $"rpc error: code = NotFound desc = {Unpacked(image)}no match for platform in manifest: not found"
            : $"rpc error: code = NotFound desc = {Unresolved(image)}{image}: not found";
    }

    private static string Unpacked(string image) => $"failed to pull and unpack image \"{image}\": ";

    private static string Unresolved(string image) => $"{Unpacked(image)}failed to resolve reference \"{image}\": ";

    private static string? UserProblem(JsonObject pod, JsonNode container, string image)
    {
        var forbidsRoot = container.Flag("securityContext", "runAsNonRoot") ?? pod.Flag("spec", "securityContext", "runAsNonRoot") ?? false;
        var user = container.Number("securityContext", "runAsUser") ?? pod.Number("spec", "securityContext", "runAsUser");
        return !forbidsRoot ? null
            : user == 0 ? $"container's runAsUser breaks non-root policy {Place(pod, container)}"
            : user is null && Images.RunsAsRoot(image) ? $"container has runAsNonRoot and image will run as root {Place(pod, container)}"
            : null;
    }

    private static string Place(JsonObject pod, JsonNode container) =>
        $"(pod: \"{pod.Name()}_{pod.Namespace()}({pod.Uid()})\", container: {container.Text("name")})";
}
