using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>The subresource <c>serviceaccounts/token</c> (<c>kubectl create token</c>).</summary>
internal sealed class TokenRequests(ObjectStore store, ServiceAccountTokens tokens, TimeProvider realTime)
{
    private const long DefaultSeconds = 3600;
    private const long FewestSeconds = 600;

    public JsonObject Answer(string @namespace, string name, JsonObject body)
    {
        var account =
            store.Get(ResourceCatalog.ServiceAccount, @namespace, name) ?? throw KubeError.NotFound(ResourceCatalog.ServiceAccount, name);
        SchemaValidation.Check("TokenRequest", "v1", BuiltInSchemas.TokenRequest, body);
        var seconds = body.Number("spec", "expirationSeconds") ?? DefaultSeconds;
        if (seconds < FewestSeconds)
        {
            throw KubeError.Invalid(
                "TokenRequest.authentication.k8s.io",
                "authentication.k8s.io",
                "TokenRequest",
                "",
                [Cause.Invalid("spec.expirationSeconds", $"{seconds}", "may not specify a duration less than 10 minutes")]
            );
        }

        var audiences = body.Items("spec", "audiences").Select(audience => audience.ToString()).DefaultIfEmpty(tokens.Audience).ToArray();
        var lifetime = TimeSpan.FromSeconds(seconds);
        return new JsonObject
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = @namespace,
                ["creationTimestamp"] = null,
            },
            ["spec"] = new JsonObject
            {
                ["audiences"] = new JsonArray([.. audiences.Select(audience => (JsonNode)audience)]),
                ["expirationSeconds"] = seconds,
                ["boundObjectRef"] = body.At("spec", "boundObjectRef")?.DeepClone(),
            },
            ["status"] = new JsonObject
            {
                ["token"] = tokens.Issue(account, audiences[0], lifetime),
                ["expirationTimestamp"] = (realTime.GetUtcNow() + lifetime).ToString(
                    "yyyy-MM-dd'T'HH:mm:ss'Z'",
                    CultureInfo.InvariantCulture
                ),
            },
        };
    }
}
