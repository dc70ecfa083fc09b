using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Rules for <c>resourceVersion</c> in a request (kube-semantics, sections d and g).</summary>
internal static class RevisionRules
{
    public static long Parse(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw KubeError.Internal(
                $"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
            );

    /// <param name="rule">resourceVersionMatch.</param>
    public static void CheckList(string asked, string rule, string token, long current)
    {
        if (Misuse(asked, rule, token) is { } cause)
        {
            throw KubeError.Invalid("ListOptions.meta.k8s.io", "meta.k8s.io", "ListOptions", "", [cause]);
        }

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
            throw new KubeError(
                504,
                "Timeout",
                $"Timeout: Too large resource version: {revision}, current: {current}",
                new JsonObject
                {
                    ["causes"] = new JsonArray(
                        new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }
                    ),
                    ["retryAfterSeconds"] = 1,
                }
            );
        }
    }

    /// <summary>As in k8s.io/apimachinery's ValidateListOptions.</summary>
    private static Cause? Misuse(string asked, string rule, string token)
    {
        const string Field = "resourceVersionMatch";
        return rule switch
        {
            "" => null,
            _ when asked.Length == 0 => Forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"),
            _ when token.Length > 0 => Forbidden("resourceVersionMatch is forbidden when continue is provided"),
            "Exact" when asked == "0" => Forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""),
            "Exact" or "NotOlderThan" => null,
            _ => new Cause(
                "FieldValueNotSupported",
                $"Unsupported value: \"{rule}\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
                Field
            ),
        };

        static Cause Forbidden(string why) => new("FieldValueForbidden", $"Forbidden: {why}", Field);
    }
}
