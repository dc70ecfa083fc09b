using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.Discovery;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>
/// The OpenAPI paths of a kind. Clients check them before a write: which parameters it takes (<c>fieldValidation</c>, <c>dryRun</c>) and
/// which patch types are served.
/// </summary>
/// <param name="version3">OpenAPI 3 has request bodies and parameter schemas, OpenAPI 2 has <c>consumes</c> and typed parameters.</param>
internal sealed class ApiPaths(bool version3)
{
    private static readonly string[] CustomPatches =
    [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/apply-patch+yaml",
    ];
    private static readonly string[] BuiltInPatches = [.. CustomPatches, "application/strategic-merge-patch+json"];
    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];
    private static readonly string[] ListParameters =
    [
        "allowWatchBookmarks",
        "continue",
        "fieldSelector",
        "labelSelector",
        "limit",
        "resourceVersion",
        "resourceVersionMatch",
        "sendInitialEvents",
        "timeoutSeconds",
        "watch",
    ];

    public IEnumerable<KeyValuePair<string, JsonNode?>> Of(ResourceType type, string version)
    {
        var root = $"/{(type.GroupOf(version).Length == 0 ? "api" : "apis")}/{type.ApiVersion(version)}";
        var collection = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}" : $"{root}/{type.Plural}";
        var many = new JsonObject { ["get"] = Operation(type, version, "list", ListParameters) };
        var one = new JsonObject { ["get"] = Operation(type, version, "get", []) };
        if (!type.ReadOnly)
        {
            many["post"] = Operation(type, version, "post", WriteParameters, "application/json", "application/yaml");
            many["delete"] = Operation(type, version, "deletecollection", ["dryRun", .. ListParameters]);
            one["put"] = Operation(type, version, "put", WriteParameters, "application/json", "application/yaml");
            one["patch"] = Operation(type, version, "patch", [.. WriteParameters, "force"], type.Custom ? CustomPatches : BuiltInPatches);
            one["delete"] = Operation(type, version, "delete", ["dryRun", "gracePeriodSeconds", "propagationPolicy"]);
        }

        yield return KeyValuePair.Create(collection, (JsonNode?)many);
        yield return KeyValuePair.Create($"{collection}/{{name}}", (JsonNode?)one);
        if (type.Namespaced)
        {
            yield return KeyValuePair.Create(
                $"{root}/{type.Plural}",
                (JsonNode?)new JsonObject { ["get"] = Operation(type, version, "list", ListParameters) }
            );
        }
    }

    private JsonObject Operation(
        ResourceType type,
        string version,
        string action,
        IEnumerable<string> parameters,
        params ReadOnlySpan<string> bodies
    )
    {
        var operation = new JsonObject
        {
            ["parameters"] = new JsonArray([.. parameters.Select(Parameter)]),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject { ["description"] = "OK" },
                ["401"] = new JsonObject { ["description"] = "Unauthorized" },
            },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = SchemaDocument.GroupVersionKind(type, version, type.Kind)[0]?.DeepClone(),
        };
        if (bodies.Length > 0 && version3)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject(bodies.ToArray().Select(body => KeyValuePair.Create(body, (JsonNode?)new JsonObject()))),
            };
        }
        else if (bodies.Length > 0)
        {
            operation["consumes"] = GroupDocuments.Texts(bodies.ToArray());
        }

        return operation;
    }

    private JsonNode Parameter(string name)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = "query" };
        var typed = version3 ? parameter.Child("schema") : parameter;
        typed["type"] =
            name is "limit" or "timeoutSeconds" or "gracePeriodSeconds" ? "integer"
            : name is "force" or "watch" or "allowWatchBookmarks" or "sendInitialEvents" ? "boolean"
            : "string";
        typed["uniqueItems"] = true;
        return parameter;
    }
}
