using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>The reasons why a container does not run.</summary>
internal static class PodFailures
{
    private const string NoImage = "ErrImagePull";

    /// <summary>Null unless the image is unknown or for another system, or the echo server lacks its two arguments.</summary>
    public static string? Of(JsonNode container, bool isWindows)
    {
        var image = container.Text("image") ?? "";
        return !(isWindows ? Images.IsForWindows(image) : Images.Exists(image)) ? NoImage
            : Images.IsEcho(image) && container.Items("args").Count() < 2 ? "CrashLoopBackOff"
            : null;
    }

    public static bool IsOfPull(string? reason) => reason is NoImage or "ImagePullBackOff";

    /// <summary>As containerd reports it.</summary>
    public static string PullProblem(string image) =>
        $"rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": "
        + (Images.Exists(image) || Images.IsForWindows(image) ? "no match for platform in manifest: not found" : "not found");
}
