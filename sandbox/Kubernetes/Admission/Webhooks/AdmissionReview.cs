using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

/// <summary>The request and response of a webhook (<c>admission.k8s.io/v1 AdmissionReview</c>).</summary>
internal static class AdmissionReview
{
    public static JsonObject Of(
        string uid,
        AdmissionOperation operation,
        ResourceType type,
        JsonObject? before,
        JsonObject? body,
        WriteOptions options
    ) =>
        new()
        {
            ["kind"] = "AdmissionReview",
            ["apiVersion"] = "admission.k8s.io/v1",
            ["request"] = Request(uid, operation, type, before, body, options),
        };

    public static JsonObject Request(
        string uid,
        AdmissionOperation operation,
        ResourceType type,
        JsonObject? before,
        JsonObject? body,
        WriteOptions options
    )
    {
        var version = ResourceType.NameOf(type.Versions[0]);
        JsonObject Kind() =>
            new()
            {
                ["group"] = type.Group,
                ["version"] = version,
                ["kind"] = type.Kind,
            };
        JsonObject Resource() =>
            new()
            {
                ["group"] = type.Group,
                ["version"] = version,
                ["resource"] = type.Plural,
            };
        var request = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = Kind(),
            ["resource"] = Resource(),
            ["requestKind"] = Kind(),
            ["requestResource"] = Resource(),
            ["name"] = (body ?? before)?.Name() ?? "",
            ["operation"] = operation.ToString().ToUpperInvariant(),
            ["userInfo"] = new JsonObject
            {
                ["username"] = options.Caller?.User ?? "",
                ["groups"] = new JsonArray([.. (options.Caller?.Groups ?? []).Select(group => JsonValue.Create(group))]),
            },
            ["object"] = body?.DeepClone(),
            ["oldObject"] = before?.DeepClone(),
            ["dryRun"] = options.DryRun,
            ["options"] = new JsonObject { ["kind"] = $"{operation}Options", ["apiVersion"] = "meta.k8s.io/v1" },
        };
        if (options.Subresource.Length > 0)
        {
            request["subResource"] = options.Subresource;
            request["requestSubResource"] = options.Subresource;
        }

        if (type.Namespaced)
        {
            request["namespace"] = (body ?? before)?.Namespace();
        }

        return request;
    }

    /// <exception cref="WebhookException">The answer is not a review of this request.</exception>
    public static JsonNode Response(string answer, string uid)
    {
        JsonNode? review;
        try
        {
            review = JsonNode.Parse(answer);
        }
        catch (JsonException)
        {
            throw new WebhookException(
                "received invalid webhook response: couldn't get version/kind; json parse error: the body is not an AdmissionReview"
            );
        }

        const string Invalid = "received invalid webhook response: ";
        return review.Text("kind") != "AdmissionReview" || review.Text("apiVersion") != "admission.k8s.io/v1"
                ? throw new WebhookException(
                    $"{Invalid}expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got "
                        + $"{review.Text("apiVersion")}, Kind={review.Text("kind")}"
                )
            : review.At("response") is not { } response ? throw new WebhookException($"{Invalid}webhook response was absent")
            : response.Text("uid") != uid
                ? throw new WebhookException($"{Invalid}expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"")
            : response;
    }

    /// <exception cref="WebhookException">The patch cannot be decoded.</exception>
    public static JsonArray? Patch(JsonNode response)
    {
        if (response.Text("patch") is not { Length: > 0 } patch)
        {
            return null;
        }

        if (response.Text("patchType") != "JSONPatch")
        {
            throw new WebhookException("received invalid webhook response: webhook returned response.patch but not response.patchType");
        }

        try
        {
            return JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(patch))) as JsonArray;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw new WebhookException("received undecodable patch in webhook response: the patch is not a list in base64");
        }
    }

    /// <summary>A refusal keeps the webhook's status, at least 400 (apiserver/pkg/admission/plugin/webhook/errors).</summary>
    public static KubeError Denial(string webhook, JsonNode? status)
    {
        var text =
            status.Text("message") is { Length: > 0 } message ? $": {message}"
            : status.Text("reason") is { Length: > 0 } reason ? $": {reason}"
            : " without explanation";
        return new KubeError(
            (int)Math.Max(400, status.Number("code") ?? 0),
            status.Text("reason") is { Length: > 0 } named ? named : null,
            $"admission webhook \"{webhook}\" denied the request{text}",
            status.At("details") as JsonObject
        );
    }
}
