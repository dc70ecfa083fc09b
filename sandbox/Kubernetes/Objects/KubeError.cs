using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>One problem of a field.</summary>
/// <param name="Reason">FieldValueInvalid, FieldValueRequired, FieldValueDuplicate, ...</param>
/// <param name="Field">Empty when the problem is of no field.</param>
internal sealed record Cause(string Reason, string Message, string Field)
{
    public static Cause Invalid(string field, string value, string why) =>
        new("FieldValueInvalid", $"Invalid value: {value}: {why}", field);

    public static Cause Missing(string field) => new("FieldValueRequired", "Required value", field);

    public static Cause Unsupported(string field, string value, IReadOnlyList<string> supported) =>
        new(
            "FieldValueNotSupported",
            $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(text => $"\"{text}\""))}",
            field
        );

    public static Cause Immutable(string field, JsonNode? value) => Invalid(field, value?.ToJsonString() ?? "null", "field is immutable");

    public static Cause Duplicate(string field, string value) => new("FieldValueDuplicate", $"Duplicate value: {value}", field);
}

/// <summary>
/// An answer with a failure <c>Status</c>. The factories use the messages of a real API server (kube-semantics, section f).
/// </summary>
internal sealed class KubeError(int code, string? reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code => code;

    /// <summary>Seconds, for the header of that name.</summary>
    public int? RetryAfter { get; private init; }

    /// <summary>The token that continues an expired list.</summary>
    public string? Continue { get; init; }

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Continue is not null)
        {
            status["metadata"] = new JsonObject { ["continue"] = Continue };
        }

        if (reason is not null)
        {
            status["reason"] = reason;
        }

        if (details is not null)
        {
            status["details"] = details.DeepClone();
        }

        status["code"] = code;
        return status;
    }

    public static KubeError BadRequest(string message) => new(400, "BadRequest", message);

    /// <summary>Point 7: shape errors in an apply body are a 500 without a reason.</summary>
    public static KubeError Internal(string message) => new(500, null, message);

    public static KubeError NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.QualifiedPlural} \"{name}\" not found", Details(name, type.Group, type.Plural));

    public static KubeError AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.QualifiedPlural} \"{name}\" already exists", Details(name, type.Group, type.Plural));

    public static KubeError Modified(ResourceType type, string name, string why) =>
        new(
            409,
            "Conflict",
            $"Operation cannot be fulfilled on {type.QualifiedPlural} \"{name}\": {why}",
            Details(name, type.Group, type.Plural)
        );

    public static KubeError Stale(ResourceType type, string name) =>
        Modified(type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static KubeError Invalid(ResourceType type, string name, IReadOnlyList<Cause> causes) =>
        Invalid(type.QualifiedKind, type.Group, type.Kind, name, causes);

    public static KubeError Invalid(string qualifiedKind, string group, string kind, string name, IReadOnlyList<Cause> causes)
    {
        // Each text appears once in the message, each cause in the details (a7q).
        var texts = causes.Select(cause => $"{cause.Field}: {cause.Message}").Distinct().ToArray();
        var details = Details(name, group, kind);
        details["causes"] = Causes(causes);
        return new KubeError(
            422,
            "Invalid",
            $"{qualifiedKind} \"{name}\" is invalid: {(texts.Length == 1 ? texts[0] : $"[{string.Join(", ", texts)}]")}",
            details
        );
    }

    public static KubeError Terminating(ResourceType type, string name, string @namespace)
    {
        var details = Details(name, type.Group, type.Plural);
        details["causes"] = Causes([
            new Cause("NamespaceTerminating", $"namespace {@namespace} is being terminated", "metadata.namespace"),
        ]);
        return new KubeError(
            403,
            "Forbidden",
            $"{type.QualifiedPlural} \"{name}\" is forbidden: unable to create new content in namespace {@namespace} because it is "
                + "being terminated",
            details
        );
    }

    /// <summary>A refusal by an admission plug-in of the server.</summary>
    public static KubeError Forbidden(ResourceType type, string name, string why) =>
        new(403, "Forbidden", $"{type.QualifiedPlural} \"{name}\" is forbidden: {why}", Details(name, type.Group, type.Plural));

    /// <param name="retryAfter">Seconds. Null without advice.</param>
    public static KubeError TooManyRequests(string message, int? retryAfter, params IReadOnlyList<Cause> causes)
    {
        var details = new JsonObject();
        if (causes.Count > 0)
        {
            details["causes"] = Causes(causes);
        }

        if (retryAfter is { } seconds)
        {
            details["retryAfterSeconds"] = seconds;
        }

        return new KubeError(429, "TooManyRequests", message, details) { RetryAfter = retryAfter };
    }

    public static KubeError Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static KubeError MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static KubeError UnsupportedMediaType(string accepted) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {accepted}");

    public static KubeError Expired(long asked, long oldest) => new(410, "Expired", $"too old resource version: {asked} ({oldest})");

    public static KubeError ApplyConflict(IReadOnlyList<(string Manager, string Field)> conflicts)
    {
        var byManager = conflicts.GroupBy(conflict => conflict.Manager).ToArray();
        var message =
            conflicts.Count == 1
                ? $"Apply failed with 1 conflict: conflict with {conflicts[0].Manager}: {conflicts[0].Field}"
                : $"Apply failed with {conflicts.Count} conflicts: {string.Join('\n', byManager.Select(Describe))}";
        return new KubeError(
            409,
            "Conflict",
            message,
            new JsonObject
            {
                ["causes"] = Causes([
                    .. conflicts.Select(conflict => new Cause("FieldManagerConflict", $"conflict with {conflict.Manager}", conflict.Field)),
                ]),
            }
        );
    }

    private static string Describe(IGrouping<string, (string Manager, string Field)> conflicts) =>
        $"conflicts with {conflicts.Key}:\n{string.Join('\n', conflicts.Select(conflict => $"- {conflict.Field}"))}";

    private static JsonArray Causes(IReadOnlyList<Cause> causes) => [.. causes.Select(Cause)];

    private static JsonNode Cause(Cause cause)
    {
        var body = new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message };
        if (cause.Field.Length > 0)
        {
            body["field"] = cause.Field;
        }

        return body;
    }

    private static JsonObject Details(string name, string group, string kind)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (group.Length > 0)
        {
            details["group"] = group;
        }

        details["kind"] = kind;
        return details;
    }
}
