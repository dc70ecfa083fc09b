using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Definitions;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.Printing;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// The representation that a client requests with its Accept header: objects, a table, or metadata only
/// (https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources).
/// </summary>
internal sealed class Representation
{
    private const string NotAcceptable =
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, "
        + "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    private readonly KubeRequest _request;
    private readonly Shape _shape;
    private readonly string _metaVersion;
    private readonly Tables _tables;

    private Representation(KubeRequest request, Shape shape, string metaVersion, Tables tables)
    {
        _request = request;
        _shape = shape;
        _metaVersion = metaVersion;
        _tables = tables;
    }

    private enum Shape
    {
        Whole,
        Table,
        Partial,
    }

    /// <exception cref="KubeError">406 when no accepted format is available.</exception>
    public static Representation Of(HttpRequest http, KubeRequest request, ObjectStore store, DateTimeOffset now)
    {
        var accept = http.Headers.Accept.ToString();
        foreach (var part in accept.Length == 0 ? ["*/*"] : accept.Split(','))
        {
            var parameters = part.Split(';', StringSplitOptions.TrimEntries);
            if (parameters[0] is not ("application/json" or "application/yaml" or "application/*" or "*/*"))
            {
                continue;
            }

            var version = parameters.FirstOrDefault(parameter => parameter is "v=v1" or "v=v1beta1")?[2..] ?? "v1";
            var shape = parameters.FirstOrDefault(parameter => parameter.StartsWith("as=", StringComparison.Ordinal)) switch
            {
                null => Shape.Whole,
                "as=Table" => Shape.Table,
                "as=PartialObjectMetadata" or "as=PartialObjectMetadataList" => Shape.Partial,
                _ => (Shape?)null,
            };
            if (shape is { } found && (found == Shape.Whole || parameters.Contains("g=meta.k8s.io")))
            {
                var columns = request.Type.Custom
                    ? PrinterColumns.Of(
                        store.Get(ResourceCatalog.CustomResourceDefinition, "", request.Type.QualifiedPlural),
                        request.Version
                    )
                    : BuiltInColumns.Of(request.Type);
                return new Representation(
                    request,
                    found,
                    version,
                    new Tables(columns, version, http.Query["includeObject"].ToString(), now)
                );
            }
        }

        throw new KubeError(406, "NotAcceptable", NotAcceptable, []);
    }

    public JsonObject One(JsonObject body) =>
        _shape switch
        {
            Shape.Table => _tables.Of([Printed(body)], new JsonObject { ["resourceVersion"] = body.Text("metadata", "resourceVersion") }),
            Shape.Partial => Tables.Partial(body, _metaVersion),
            _ => InVersion(body),
        };

    public JsonObject List(IEnumerable<JsonObject> items, JsonObject metadata) =>
        _shape switch
        {
            Shape.Table => _tables.Of(items.Select(Printed), metadata),
            Shape.Partial => Envelope(
                "PartialObjectMetadataList",
                $"meta.k8s.io/{_metaVersion}",
                metadata,
                items.Select(item => Tables.Partial(item, _metaVersion))
            ),
            _ => Envelope($"{_request.Type.Kind}List", _request.Type.ApiVersion(_request.Version), metadata, items.Select(Listed)),
        };

    /// <param name="first">The event is the first of its watch.</param>
    public JsonObject Event(JsonObject body, bool first) =>
        _shape == Shape.Table
            ? _tables.Of([Printed(body)], new JsonObject { ["resourceVersion"] = body.Text("metadata", "resourceVersion") }, first)
            : One(body);

    /// <param name="metadata">A revision, and optionally the mark for the end of the initial events.</param>
    public JsonObject Bookmark(JsonObject metadata, bool first) =>
        _shape switch
        {
            Shape.Table => _tables.Of(
                [
                    new JsonObject
                    {
                        ["kind"] = _request.Type.Kind,
                        ["apiVersion"] = _request.Type.ApiVersion(_request.Version),
                        ["metadata"] = metadata,
                    },
                ],
                new JsonObject { ["resourceVersion"] = metadata.Text("resourceVersion") },
                first
            ),
            Shape.Partial => new JsonObject
            {
                ["kind"] = "PartialObjectMetadata",
                ["apiVersion"] = $"meta.k8s.io/{_metaVersion}",
                ["metadata"] = metadata,
            },
            _ => Empty(metadata),
        };

    /// <summary>An empty object of the kind, as Go writes it: a Service includes its status (d6).</summary>
    private JsonObject Empty(JsonObject metadata)
    {
        var body = new JsonObject
        {
            ["kind"] = _request.Type.Kind,
            ["apiVersion"] = _request.Type.ApiVersion(_request.Version),
            ["metadata"] = metadata,
        };
        if (!_request.Type.Custom && _request.Type.Schema.Fields.ContainsKey("spec"))
        {
            body["spec"] = new JsonObject();
            body["status"] =
                _request.Type == ResourceCatalog.Service ? new JsonObject { ["loadBalancer"] = new JsonObject() } : new JsonObject();
        }

        return body;
    }

    /// <summary>An object in the requested version.</summary>
    private JsonObject InVersion(JsonObject body)
    {
        if (_request.Version == _request.Type.Versions[0] || _request.Subresource == "scale")
        {
            return _request.Type == ResourceCatalog.CustomResourceDefinition ? CustomDefinition.Whole(body) : body;
        }

        return _request.Type.FromStored(_request.Version, body.Copy());
    }

    /// <summary>Cells are read from the stored object, whatever the version names its fields.</summary>
    private JsonObject Printed(JsonObject body) => _request.Type.Converters.ContainsKey(_request.Version) ? body : InVersion(body);

    /// <summary>Items of built-in kinds have no apiVersion and kind, those of custom resources do (g11).</summary>
    private JsonObject Listed(JsonObject item)
    {
        var copy = InVersion(item).Copy();
        if (_request.Type.Custom)
        {
            copy["apiVersion"] = _request.Type.ApiVersion(_request.Version);
        }
        else
        {
            copy.Remove("apiVersion");
            copy.Remove("kind");
        }

        return copy;
    }

    private static JsonObject Envelope(string kind, string apiVersion, JsonObject metadata, IEnumerable<JsonObject> items) =>
        new()
        {
            ["kind"] = kind,
            ["apiVersion"] = apiVersion,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items]),
        };
}
