using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// New Events of clients, with the names of the core group (kubernetes/kubernetes, pkg/apis/core/validation/events.go).
/// <c>events.k8s.io/v1</c> is stricter than the core group.
/// </summary>
internal static class EventValidation
{
    private const int LongestText = 128;
    private const int LongestMessage = 1024;
    private static readonly string[] OfTheCoreGroup = ["firstTimestamp", "lastTimestamp", "count"];

    /// <param name="isStrict">Whether the request is of <c>events.k8s.io</c>.</param>
    /// <exception cref="KubeError">422, with all causes.</exception>
    public static void Check(JsonObject body, bool isStrict)
    {
        Cause[] causes = [.. Legacy(body), .. isStrict ? Strict(body) : []];
        if (causes.Length > 0)
        {
            throw KubeError.Invalid(ResourceCatalog.Event, body.Name(), causes);
        }
    }

    private static IEnumerable<Cause> Legacy(JsonObject body)
    {
        var home = body.Namespace();
        var about = body.Text("involvedObject", "namespace") ?? "";
        if (body.Text("eventTime") is null)
        {
            if (about.Length == 0 ? home != "default" : home != about)
            {
                yield return Cause.Invalid("involvedObject.namespace", $"\"{about}\"", "does not match event.namespace");
            }

            yield break;
        }

        if (about.Length == 0 && home is not ("default" or "kube-system"))
        {
            yield return Cause.Invalid("involvedObject.namespace", "\"\"", "does not match event.namespace");
        }

        foreach (
            var (field, name, longest) in ((string, string, int)[])
                [
                    ("reportingComponent", "reportingController", int.MaxValue),
                    ("reportingInstance", "reportingInstance", LongestText),
                    ("action", "action", LongestText),
                    ("reason", "reason", LongestText),
                ]
        )
        {
            var text = body.Text(field) ?? "";
            if (text.Length == 0)
            {
                yield return Cause.Missing(name);
            }
            else if (Encoding.UTF8.GetByteCount(text) > longest)
            {
                yield return Cause.Invalid(name, "\"\"", $"can have at most {longest} characters");
            }
        }

        if (Encoding.UTF8.GetByteCount(body.Text("message") ?? "") > LongestMessage)
        {
            yield return Cause.Invalid("message", "\"\"", $"can have at most {LongestMessage} characters");
        }
    }

    private static IEnumerable<Cause> Strict(JsonObject body)
    {
        if (body.Text("eventTime") is null)
        {
            yield return Cause.Missing("eventTime");
        }

        if (body.Text("type") is not ("Normal" or "Warning"))
        {
            yield return Cause.Invalid("type", "\"\"", $"has invalid value: {body.Text("type")}");
        }

        foreach (var field in OfTheCoreGroup.Where(field => body[field] is not null))
        {
            yield return Cause.Invalid(field, "\"\"", "needs to be unset");
        }

        if (body["source"] is JsonObject { Count: > 0 })
        {
            yield return Cause.Invalid("source", "\"\"", "needs to be unset");
        }
    }
}
