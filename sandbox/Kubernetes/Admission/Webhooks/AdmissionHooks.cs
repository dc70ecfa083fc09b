using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Definitions.Cel;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Patching;

namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

internal enum AdmissionOperation
{
    Create,
    Update,
    Delete,
}

/// <summary>
/// The admission webhooks of clients (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/). They are
/// called for requests of clients and for what controllers create from templates, not for the control plane's own writes. Not simulated:
/// webhooks in the cluster, which have no server here, and calls about connections.
/// </summary>
internal sealed class AdmissionHooks(ObjectStore store, Func<string, Guid> newGuid) : IDisposable
{
    private const string IfNeeded = nameof(IfNeeded);
    private readonly WebhookCalls _calls = new(store);

    /// <summary>Whether the cluster has a webhook at all.</summary>
    public bool Any => store.Count(ResourceCatalog.MutatingWebhook) + store.Count(ResourceCatalog.ValidatingWebhook) > 0;

    public void Dispose() => _calls.Dispose();

    /// <summary>Whether a webhook may want to see the write.</summary>
    public bool Concern(AdmissionOperation operation, ResourceType type, JsonObject? before, JsonObject body, WriteOptions options) =>
        options.Caller is not null
        && Any
        && new[] { ResourceCatalog.MutatingWebhook, ResourceCatalog.ValidatingWebhook }
            .SelectMany(Hooks)
            .Any(hook => Matches(hook, operation, type, before, body, options));

    /// <returns>The object as webhooks changed it. Null when none did.</returns>
    /// <exception cref="KubeError">The refusal of a webhook.</exception>
    public JsonObject? Mutate(AdmissionOperation operation, ResourceType type, JsonObject? before, JsonObject body, WriteOptions options)
    {
        var current = body;
        var again = new List<(JsonNode Hook, JsonObject Seen)>();
        foreach (var hook in Hooks(ResourceCatalog.MutatingWebhook))
        {
            if (Matches(hook, operation, type, before, current, options))
            {
                current = Call(hook, operation, type, before, current, options) ?? current;
                again.Add((hook, current));
            }
        }

        // A webhook that asks for it sees what later ones changed.
        foreach (var (hook, seen) in again.Where(call => call.Hook.Text("reinvocationPolicy") == IfNeeded))
        {
            if (!JsonNode.DeepEquals(seen, current))
            {
                current = Call(hook, operation, type, before, current, options) ?? current;
            }
        }

        return current == body ? null : current;
    }

    /// <param name="body">Null for a deletion.</param>
    /// <exception cref="KubeError">The refusal of a webhook.</exception>
    public void Admit(AdmissionOperation operation, ResourceType type, JsonObject? before, JsonObject? body, WriteOptions options)
    {
        if (options.Caller is null || !Any)
        {
            return;
        }

        var kinds =
            operation == AdmissionOperation.Delete
                ? new[] { ResourceCatalog.MutatingWebhook, ResourceCatalog.ValidatingWebhook }
                : [ResourceCatalog.ValidatingWebhook];
        foreach (var hook in kinds.SelectMany(Hooks))
        {
            if (Matches(hook, operation, type, before, body, options))
            {
                Call(hook, operation, type, before, body, options);
            }
        }
    }

    /// <summary>By the name of the configuration, then in its order.</summary>
    private IEnumerable<JsonNode> Hooks(ResourceType type) => store.List(type).SelectMany(item => item.Items("webhooks"));

    private bool Matches(
        JsonNode hook,
        AdmissionOperation operation,
        ResourceType type,
        JsonObject? before,
        JsonObject? body,
        WriteOptions options
    ) =>
        type != ResourceCatalog.MutatingWebhook
        && type != ResourceCatalog.ValidatingWebhook
        && hook.Items("rules").Any(rule => WebhookRules.Covers(rule, operation, type, options.Subresource))
        && InNamespace(hook, type, body ?? before)
        && (
            hook["objectSelector"] is not { } selector
            || new[] { body, before }.Any(one => one is not null && LabelSelector.Matches(selector, one.Strings("metadata", "labels")))
        )
        && Conditions(hook, operation, type, before, body, options);

    private bool InNamespace(JsonNode hook, ResourceType type, JsonObject? body)
    {
        if (hook["namespaceSelector"] is not { } selector || LabelSelector.IsEmpty(selector))
        {
            return true;
        }

        var home =
            type == ResourceCatalog.Namespace ? body
            : type.Namespaced ? store.Get(ResourceCatalog.Namespace, "", body?.Namespace() ?? "")
            : null;
        return (home is null && !type.Namespaced) || LabelSelector.Matches(selector, home.Strings("metadata", "labels"));
    }

    private bool Conditions(
        JsonNode hook,
        AdmissionOperation operation,
        ResourceType type,
        JsonObject? before,
        JsonObject? body,
        WriteOptions options
    )
    {
        if (!hook.Items("matchConditions").Any())
        {
            return true;
        }

        var scope = new CelScope(
            "object",
            CelValue.Of(body),
            new CelScope(
                "oldObject",
                CelValue.Of(before),
                new CelScope("request", CelValue.Of(AdmissionReview.Request("", operation, type, before, body, options)), null)
            )
        );
        return hook.Items("matchConditions").All(condition => CelParser.Parse(condition.Text("expression") ?? "")(scope) is true);
    }

    /// <returns>The changed object. Null without a change.</returns>
    private JsonObject? Call(
        JsonNode hook,
        AdmissionOperation operation,
        ResourceType type,
        JsonObject? before,
        JsonObject? body,
        WriteOptions options
    )
    {
        var name = hook.Text("name") ?? "";
        if (options.DryRun && hook.Text("sideEffects") is not ("None" or "NoneOnDryRun"))
        {
            throw KubeError.BadRequest($"admission webhook \"{name}\" does not support dry run");
        }

        var uid = newGuid($"admission/{name}").ToString();
        JsonNode response;
        JsonArray? patch;
        try
        {
            response = AdmissionReview.Response(_calls.Post(hook, AdmissionReview.Of(uid, operation, type, before, body, options)), uid);
            patch = AdmissionReview.Patch(response);
        }
        catch (WebhookException failure)
        {
            return hook.Text("failurePolicy") == "Ignore"
                ? null
                : throw new KubeError(
                    500,
                    "InternalError",
                    $"Internal error occurred: failed calling webhook \"{name}\": {failure.Message}",
                    new JsonObject
                    {
                        ["causes"] = new JsonArray(
                            new JsonObject { ["message"] = $"failed calling webhook \"{name}\": {failure.Message}" }
                        ),
                    }
                );
        }

        foreach (var warning in response.Items("warnings"))
        {
            options.Warn?.Invoke(warning.ToString());
        }

        if (response.Flag("allowed") != true)
        {
            throw AdmissionReview.Denial(name, response["status"]);
        }

        return body is not null && patch is not null ? JsonPatch.Apply(body.Copy(), patch) : null;
    }
}
