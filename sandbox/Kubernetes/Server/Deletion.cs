using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The verbs delete and deletecollection with their options: preconditions, dry run, handling of dependents.</summary>
internal static class Deletion
{
    /// <param name="body">The object to delete. Null for a collection.</param>
    /// <param name="text">DeleteOptions, or empty.</param>
    /// <param name="write">For admission.</param>
    public static Task HandleAsync(
        HttpContext context,
        KubeRequest request,
        ObjectStore store,
        ObjectWriter writer,
        JsonObject? body,
        string text,
        WriteOptions write
    )
    {
        var options = text.Length > 0 ? Options(text) : null;
        context.Request.Query.Number("gracePeriodSeconds");
        write = write with { DryRun = write.DryRun || options.Items("dryRun").Any() };
        var propagation = PropagationOf(options, context.Request.Query);
        return KubeAnswers.WriteAsync(
            context,
            200,
            body is null
                ? Collection(context, request, store, writer, write, propagation)
                : Single(request, writer, body, options, write, propagation)
        );
    }

    private static JsonObject Options(string text) =>
        KubeRequestBody.Json(text, "couldn't get version/kind; json parse error: ") switch
        {
            JsonObject options => options,
            null => [],
            var other => throw KubeError.BadRequest(
                $"couldn't get version/kind; json parse error: json: cannot unmarshal {SchemaValidation.Go(other)} into Go value of "
                    + "type v1.DeleteOptions"
            ),
        };

    /// <summary>Kinds whose deletion is answered with the object, not with a Status (ReturnDeletedObject in the source).</summary>
    private static readonly ResourceType[] AnsweredWithObject =
    [
        ResourceCatalog.Namespace,
        ResourceCatalog.Pod,
        ResourceCatalog.Service,
        ResourceCatalog.ServiceAccount,
        ResourceCatalog.Claim,
        ResourceCatalog.Volume,
        ResourceCatalog.ResourceQuota,
        ResourceCatalog.StorageClass,
        ResourceCatalog.CustomResourceDefinition,
    ];

    /// <summary>Namespaces that the server creates and protects.</summary>
    private static readonly string[] ProtectedNamespaces = ["default", "kube-public", "kube-system"];

    private static JsonObject Collection(
        HttpContext context,
        KubeRequest request,
        ObjectStore store,
        ObjectWriter writer,
        WriteOptions write,
        Propagation propagation
    )
    {
        if ((request.Type.Namespaced && request.Namespace is null) || request.Type == ResourceCatalog.Namespace)
        {
            throw KubeError.MethodNotAllowed();
        }

        QueryNumbers.CheckList(context.Request.Query);
        var selectors = Selectors.Parse(
            request.Type,
            context.Request.Query["labelSelector"].ToString(),
            context.Request.Query["fieldSelector"].ToString()
        );
        var gone = store.List(request.Type, request.Namespace).Where(selectors.Match).ToArray();
        foreach (var item in gone)
        {
            writer.AdmitDeletion(request.Type, item, write);
        }

        foreach (var item in write.DryRun ? [] : gone)
        {
            writer.Delete(request.Type, item.Namespace(), item.Name(), propagation);
        }

        return new JsonObject
        {
            ["kind"] = $"{request.Type.Kind}List",
            ["apiVersion"] = request.Type.ApiVersion(request.Version),
            ["metadata"] = new JsonObject { ["resourceVersion"] = store.Revision.ToString(CultureInfo.InvariantCulture) },
            ["items"] = new JsonArray([.. gone.Select(item => item.Copy())]),
        };
    }

    private static JsonObject Single(
        KubeRequest request,
        ObjectWriter writer,
        JsonObject body,
        JsonNode? options,
        WriteOptions write,
        Propagation propagation
    )
    {
        if (request.Type == ResourceCatalog.Namespace && ProtectedNamespaces.Contains(body.Name()))
        {
            throw KubeError.Forbidden(request.Type, body.Name(), "this namespace may not be deleted");
        }

        Preconditions(request.Type, body, options);
        writer.AdmitDeletion(request.Type, body, write);
        var last = write.DryRun
            ? body
            : writer.Delete(request.Type, body.Namespace(), body.Name(), propagation)
                ?? throw KubeError.NotFound(request.Type, body.Name());
        return request.Type.Custom || !AnsweredWithObject.Contains(request.Type)
            ? new JsonObject
            {
                ["kind"] = "Status",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject(),
                ["status"] = "Success",
                ["details"] = StatusDetails(request, body),
            }
            : last.Copy();
    }

    /// <summary>The query applies only without a body. <c>orphanDependents</c> is the older name.</summary>
    private static Propagation PropagationOf(JsonNode? options, IQueryCollection query)
    {
        var (policy, orphan) = options is null
            ? (query["propagationPolicy"].ToString(), query["orphanDependents"].ToString())
            : (options.Text("propagationPolicy") ?? "", options.Flag("orphanDependents")?.ToString().ToLowerInvariant() ?? "");
        return (policy, orphan) switch
        {
            ({ Length: > 0 }, { Length: > 0 }) => throw Invalid(
                "FieldValueInvalid",
                $"Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set"
            ),
            ("Orphan", _) or ("", "true") => Propagation.Orphan,
            ("Foreground", _) => Propagation.Foreground,
            ("Background" or "", _) => Propagation.Background,
            _ => throw Invalid(
                "FieldValueNotSupported",
                $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
            ),
        };
    }

    private static KubeError Invalid(string reason, string message) =>
        KubeError.Invalid(
            "DeleteOptions.meta.k8s.io",
            "meta.k8s.io",
            "DeleteOptions",
            "",
            [new Cause(reason, message, "propagationPolicy")]
        );

    private static JsonObject StatusDetails(KubeRequest request, JsonObject body)
    {
        var details = new JsonObject { ["name"] = request.Name };
        if (request.Type.Group.Length > 0)
        {
            details["group"] = request.Type.Group;
        }

        details["kind"] = request.Type.Plural;
        details["uid"] = body.Uid();
        return details;
    }

    private static void Preconditions(ResourceType type, JsonObject body, JsonNode? options)
    {
        if (options.Text("preconditions", "uid") is { } uid && uid != body.Uid())
        {
            throw Refused(
                type,
                body,
                $"the UID in the precondition ({uid}) does not match the UID in record ({body.Uid()}). The object might have been "
                    + "deleted and then recreated"
            );
        }

        if (options.Text("preconditions", "resourceVersion") is { } version && version != body.Text("metadata", "resourceVersion"))
        {
            throw Refused(
                type,
                body,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
                    + $"({body.Text("metadata", "resourceVersion")}). The object might have been modified"
            );
        }
    }

    private static KubeError Refused(ResourceType type, JsonObject body, string why) =>
        new(
            409,
            "Conflict",
            $"Operation cannot be fulfilled on {type.QualifiedKind} \"{body.Name()}\": {why}",
            new JsonObject { ["name"] = body.Name(), ["kind"] = type.Kind }
        );
}
