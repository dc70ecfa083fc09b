using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Checks a server-side apply request before the merge.</summary>
internal static class ApplyRequest
{
    private const int LongestManager = 128;

    public static bool Is(string contentType) => contentType is "application/apply-patch+yaml" or "application/apply-patch+cbor";

    public static WriteResult Run(ObjectWriter writer, KubeRequest request, string text, WriteOptions options, IQueryCollection query)
    {
        CheckManager(query["fieldManager"].ToString());
        if (KubeRequestBody.Yaml(text) is not JsonObject config)
        {
            throw KubeError.BadRequest("error decoding YAML: the body is not an object");
        }

        var type = request.Type;
        if (config.Text("kind") != type.Kind || config.Text("apiVersion") != type.ApiVersion(request.Version))
        {
            var version = config.Text("apiVersion") ?? "/";
            throw KubeError.BadRequest(
                $"invalid object type: {(version.Contains('/', StringComparison.Ordinal) ? version : $"/{version}")}, "
                    + $"Kind={config.Text("kind")}"
            );
        }

        if (config.At("metadata", "managedFields") is not null)
        {
            throw KubeError.BadRequest("metadata.managedFields must be nil");
        }

        if (config.Name() is { Length: > 0 } name && name != request.Name)
        {
            throw KubeError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
        }

        if (request.Namespace is not null && config.Namespace() is { Length: > 0 } home && home != request.Namespace)
        {
            throw KubeError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        var group = type.Group.Length == 0 ? "/v1" : type.ApiVersion(request.Version);
        if (TypedCheck.FirstError(config, type.SchemaOf(request.Version)) is { } error)
        {
            throw KubeError.Internal(
                $"failed to create typed patch object ({(request.Namespace is null ? "" : $"{request.Namespace}/")}{request.Name}; "
                    + $"{group}, Kind={type.Kind}): {error}"
            );
        }

        return writer.Apply(type, request.Namespace ?? "", request.Name ?? "", type.ToStored(request.Version, config), options);
    }

    private static void CheckManager(string manager)
    {
        Cause? cause = manager.Length switch
        {
            0 => new Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager"),
            > LongestManager => new Cause("FieldValueTooLong", $"Too long: may not be more than {LongestManager} bytes", "fieldManager"),
            _ => null,
        };
        if (cause is not null)
        {
            throw KubeError.Invalid("PatchOptions.meta.k8s.io", "meta.k8s.io", "PatchOptions", "", [cause]);
        }
    }
}
