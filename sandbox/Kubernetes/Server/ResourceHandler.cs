using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The verbs on resources.</summary>
internal sealed class ResourceHandler(ObjectStore store, ObjectWriter writer, Authorizer authorizer)
{
    public async Task HandleAsync(HttpContext context, KubeRequest request, KubeIdentity identity)
    {
        var cancellationToken = context.RequestAborted;
        switch (context.Request.Method)
        {
            case "GET" or "HEAD" when request.IsWatch(context.Request):
                await WatchStream.WriteAsync(context, request, store, Seen(context, request));
                return;
            case "GET" or "HEAD" when request.Name is null:
                await ListAsync(context, request);
                return;
            case "GET" or "HEAD":
                await AnswerAsync(context, request, 200, Find(request));
                return;
        }

        if (request.Type.ReadOnly)
        {
            throw KubeError.MethodNotAllowed();
        }

        var (text, contentType) = await KubeRequestBody.ReadAsync(context.Request, cancellationToken);
        switch (context.Request.Method)
        {
            case "POST" when request.Name is null:
                await AnswerAsync(context, request, Created(context, request, identity, Body(context, request, text, contentType)));
                return;
            case "PUT" when request.Name is not null:
                await AnswerAsync(context, request, Replaced(context, request, identity, Body(context, request, text, contentType)));
                return;
            case "PATCH" when request.Name is not null:
                await AnswerAsync(context, request, Patched(context, request, text, contentType.Split(';')[0].Trim(), identity));
                return;
            case "DELETE":
                await Deletion.HandleAsync(
                    context,
                    request,
                    store,
                    writer,
                    request.Name is null ? null : Find(request),
                    text,
                    Options(context, request, identity)
                );
                return;
            default:
                throw KubeError.MethodNotAllowed();
        }
    }

    private JsonObject Find(KubeRequest request)
    {
        if (request.Subresource is not ("" or "status" or "scale" or ResourceCatalog.Approval))
        {
            throw KubeError.MethodNotAllowed();
        }

        var body =
            store.Get(request.Type, request.Namespace ?? "", request.Name ?? "")
            ?? throw KubeError.NotFound(request.Type, request.Name ?? "");
        return request.Subresource == "scale" ? ScaleSubresource.Read(body) : body;
    }

    private async Task ListAsync(HttpContext context, KubeRequest request)
    {
        var query = context.Request.Query;
        QueryNumbers.CheckList(query);
        var selectors = Selectors.Parse(request.Type, query["labelSelector"].ToString(), query["fieldSelector"].ToString());
        var (metadata, items) = ListPage.Read(store, request, selectors, query);
        await KubeAnswers.WriteAsync(context, 200, Seen(context, request).List(items, metadata));
    }

    private WriteResult Created(HttpContext context, KubeRequest request, KubeIdentity identity, JsonObject body)
    {
        if (request.Type.Namespaced)
        {
            body.Child("metadata")["namespace"] = request.Namespace ?? throw KubeError.MethodNotAllowed();
        }

        if (request.Type == ResourceCatalog.Event)
        {
            EventValidation.Check(body, isStrict: request.Version == EventConverter.Version);
        }

        return writer.Create(request.Type, body, Options(context, request, identity));
    }

    private WriteResult Replaced(HttpContext context, KubeRequest request, KubeIdentity identity, JsonObject body)
    {
        CheckName(request, body);
        DemandApproval(request, identity);
        if (request.Subresource == "scale" && request.Type.HasScale)
        {
            return Scaled(context, request, identity, body);
        }

        if (request.Type.Custom && body.Text("metadata", "resourceVersion") is null or "")
        {
            throw KubeError.Invalid(
                request.Type.QualifiedPlural,
                request.Type.Group,
                request.Type.Plural,
                request.Name ?? "",
                [Cause.Invalid("metadata.resourceVersion", "0", "must be specified for an update")]
            );
        }

        if (request.Type.Namespaced)
        {
            body.Child("metadata")["namespace"] = request.Namespace;
        }

        return writer.Update(request.Type, request.Namespace ?? "", request.Name ?? "", _ => body, Options(context, request, identity));
    }

    private WriteResult Patched(HttpContext context, KubeRequest request, string text, string contentType, KubeIdentity identity)
    {
        if (ApplyRequest.Is(contentType))
        {
            return Applied(context, request, text, identity);
        }

        DemandApproval(request, identity);
        var change = PatchRequest.Read(request, contentType, text);
        if (request.Subresource == "scale" && request.Type.HasScale)
        {
            return Scaled(context, request, identity, change(ScaleSubresource.Read(Find(request with { Subresource = "" }))));
        }

        return writer.Update(
            request.Type,
            request.Namespace ?? "",
            request.Name ?? "",
            before =>
            {
                var after = change(request.Type.FromStored(request.Version, before));
                CheckPlace(request, after);
                Examine(context, request, after);
                return request.Type.ToStored(request.Version, after);
            },
            Options(context, request, identity)
        );
    }

    private WriteResult Applied(HttpContext context, KubeRequest request, string text, KubeIdentity identity)
    {
        if (store.Get(request.Type, request.Namespace ?? "", request.Name ?? "") is null)
        {
            // An apply that creates the object also needs the right to create (r1c).
            authorizer.Demand(identity, AccessRequest.Of(context.Request, request) with { Verb = "create" });
        }

        return ApplyRequest.Run(writer, request, text, Options(context, request, identity), context.Request.Query);
    }

    private WriteResult Scaled(HttpContext context, KubeRequest request, KubeIdentity identity, JsonObject scale)
    {
        var asked = scale.At("spec", "replicas");
        var replicas = asked is null
            ? 0
            : scale.Number("spec", "replicas")
                ?? throw KubeError.BadRequest(
                    "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal "
                        + $"{asked.GetValueKind().ToString().ToLowerInvariant()} into Go struct field ScaleSpec.spec.replicas of type int32"
                );
        var result = writer.Update(
            request.Type,
            request.Namespace ?? "",
            request.Name ?? "",
            before =>
            {
                before.Child("spec")["replicas"] = replicas;
                return before;
            },
            Options(context, request with { Subresource = "" }, identity)
        );
        return new WriteResult(ScaleSubresource.Read(result.Object), Created: false);
    }

    /// <summary>A certificate request is approved by those who may approve for its signer (admission plugin CertificateApproval).</summary>
    private void DemandApproval(KubeRequest request, KubeIdentity identity)
    {
        if (request.Subresource == ResourceCatalog.Approval)
        {
            CertificateRequests.DemandApproval(Find(request), access => authorizer.Allows(identity, access) is not null);
        }
    }

    private JsonObject Body(HttpContext context, KubeRequest request, string text, string contentType)
    {
        if (!contentType.Contains("json", StringComparison.Ordinal) && !contentType.Contains("yaml", StringComparison.Ordinal))
        {
            throw KubeError.UnsupportedMediaType("application/json, application/yaml, application/vnd.kubernetes.protobuf");
        }

        var body = KubeRequestBody.Object(text, contentType, request.Type.Kind);
        if (request.Subresource == "scale")
        {
            return body;
        }

        if (body.Text("kind") is { } kind && kind != request.Type.Kind)
        {
            throw KubeError.BadRequest(
                $"{kind} in version \"{request.Version}\" cannot be handled as a {request.Type.Kind}: converting (v1.{kind}) to "
                    + $"(core.{request.Type.Kind}): unknown conversion"
            );
        }

        if (request.Namespace is not null && body.Text("metadata", "namespace") is { Length: > 0 } stated && stated != request.Namespace)
        {
            throw KubeError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        Examine(context, request, body);
        return request.Type.ToStored(request.Version, body);
    }

    private static void Examine(HttpContext context, KubeRequest request, JsonObject body)
    {
        Warn(context, request, SchemaValidation.Prune(body, request.Type.SchemaOf(request.Version)));
        SchemaValidation.Check(request.Type, request.Version, body);
        if (!request.Type.Custom)
        {
            Nulls.Settle(body, request.Type.SchemaOf(request.Version));
        }
    }

    private static void Warn(HttpContext context, KubeRequest request, IReadOnlyList<string> unknown)
    {
        var policy = context.Request.Query["fieldValidation"].ToString();
        if (unknown.Count == 0 || policy == "Ignore")
        {
            return;
        }

        if (policy == "Strict")
        {
            throw KubeError.BadRequest(
                $"{request.Type.Kind} in version \"{request.Version}\" cannot be handled as a {request.Type.Kind}: strict decoding "
                    + $"error: {string.Join(", ", unknown.Select(path => $"unknown field \"{path}\""))}"
            );
        }

        foreach (var path in unknown)
        {
            Warn(context, $"unknown field \"{path}\"");
        }
    }

    private static void Warn(HttpContext context, string text)
    {
        var header = $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        if (!context.Response.Headers["Warning"].Contains(header))
        {
            context.Response.Headers.Append("Warning", header);
        }
    }

    private static void CheckName(KubeRequest request, JsonObject body)
    {
        if (body.Name().Length > 0 && body.Name() != request.Name)
        {
            throw KubeError.BadRequest($"the name of the object ({body.Name()}) does not match the name on the URL ({request.Name})");
        }

        body.Child("metadata")["name"] = request.Name;
    }

    /// <summary>A patch cannot change the identity of an object.</summary>
    private static void CheckPlace(KubeRequest request, JsonObject after)
    {
        CheckName(request, after);
        if (after.Text("kind") is { } kind && kind != request.Type.Kind)
        {
            throw KubeError.BadRequest($"{kind} in version \"{request.Version}\" cannot be handled as a {request.Type.Kind}");
        }

        if (request.Type.Namespaced && after.Namespace() is { Length: > 0 } home && home != request.Namespace)
        {
            throw KubeError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if (request.Type.Namespaced)
        {
            after.Child("metadata")["namespace"] = request.Namespace;
        }
    }

    private static WriteOptions Options(HttpContext context, KubeRequest request, KubeIdentity identity)
    {
        var query = context.Request.Query;
        var manager = query["fieldManager"].ToString() is { Length: > 0 } named
            ? named
            : Agent(context.Request.Headers.UserAgent.ToString());
        return request.Subresource is "" or "status" or ResourceCatalog.Approval
            ? new WriteOptions(
                request.Type.WrittenAs(request.Version),
                manager,
                request.Subresource,
                query.ContainsKey("dryRun"),
                query["force"].ToString() is "true" or "1",
                Client: true
            )
            {
                Caller = identity,
                Warn = warning => Warn(context, warning),
            }
            : throw KubeError.MethodNotAllowed();
    }

    private static string Agent(string userAgent) => userAgent.Split('/')[0] is { Length: > 0 } product ? product : "unknown";

    private Task AnswerAsync(HttpContext context, KubeRequest request, WriteResult result) =>
        AnswerAsync(context, request, result.Created ? 201 : 200, result.Object);

    private Task AnswerAsync(HttpContext context, KubeRequest request, int status, JsonObject body) =>
        KubeAnswers.WriteAsync(context, status, Seen(context, request).One(body));

    private Representation Seen(HttpContext context, KubeRequest request) =>
        Representation.Of(context.Request, request, store, writer.Times.Clock.GetUtcNow());
}
