using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>What a request may say in <c>resourceVersion</c> (kube-semantics, sections d and g).</summary>
internal static class RevisionRules
{
    public static long Parse(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
        ? revision
        : throw KubeError.Internal($"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    public static void CheckList(string asked, string token, long current)
    {
        if (asked.Length == 0)
        {
            return;
        }

        if (token.Length > 0)
        {
            throw KubeError.BadRequest("specifying resource version is not allowed when using continue");
        }

        if (Parse(asked) is var revision && revision > current)
        {
            throw new KubeError(504, "Timeout", $"Timeout: Too large resource version: {revision}, current: {current}", new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
                ["retryAfterSeconds"] = 1,
            });
        }
    }
}
