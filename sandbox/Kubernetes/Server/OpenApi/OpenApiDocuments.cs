using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>A document with its content type and hash.</summary>
internal sealed record OpenApiDocument(ReadOnlyMemory<byte> Body, string ContentType)
{
    public string Hash { get; } = Convert.ToHexString(SHA512.HashData(Body.Span));
}

/// <summary>
/// The OpenAPI documents of a cluster. They depend only on the served kinds, so clusters that serve the same kinds share them.
/// </summary>
internal static class OpenApiDocuments
{
    private const string Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    private static readonly ConcurrentDictionary<string, OpenApiDocument> Made = [];

    /// <param name="path">For example <c>/openapi/v3/apis/apps/v1</c>.</param>
    /// <returns>Null for a path without a document.</returns>
    public static OpenApiDocument? Of(IReadOnlyList<ResourceType> served, string path, string accept, string kubernetesVersion)
    {
        var protobuf = path == "/openapi/v2" && accept.Contains("+protobuf", StringComparison.Ordinal);
        var key = $"{kubernetesVersion}|{path}|{protobuf}|{string.Join(',', served.Select(type => type.QualifiedPlural))}";
        if (Made.TryGetValue(key, out var made))
        {
            return made;
        }

        var document = path.Trim('/').Split('/') switch
        {
            ["openapi", "v2"] when protobuf => new OpenApiDocument(GnosticDocument.Of(Version2(served, kubernetesVersion)), Protobuf),
            ["openapi", "v2"] => Json(Version2(served, kubernetesVersion)),
            ["openapi", "v3"] => Json(Index(served, kubernetesVersion)),
            ["openapi", "v3", "api", var version] => Version3(served, "", version, kubernetesVersion),
            ["openapi", "v3", "apis", var group, var version] => Version3(served, group, version, kubernetesVersion),
            _ => null,
        };
        return document is null ? null : Made.GetOrAdd(key, document);
    }

    private static JsonObject Version2(IReadOnlyList<ResourceType> served, string kubernetesVersion)
    {
        var all = served.SelectMany(type => type.Versions.Select(version => (type, version))).ToArray();
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = Info(kubernetesVersion),
            ["paths"] = Paths(all, new ApiPaths(version3: false)),
            ["definitions"] = Definitions(all, "#/definitions/"),
        };
    }

    private static JsonObject Index(IReadOnlyList<ResourceType> served, string kubernetesVersion) =>
        new()
        {
            ["paths"] = new JsonObject(
                served
                    .SelectMany(type =>
                        type.Versions.Select(version =>
                            $"{(type.GroupOf(version).Length == 0 ? "api" : "apis")}/{type.ApiVersion(version)}"
                        )
                    )
                    .Distinct()
                    .Order(StringComparer.Ordinal)
                    .Select(path =>
                        KeyValuePair.Create(
                            path,
                            (JsonNode?)
                                new JsonObject
                                {
                                    ["serverRelativeURL"] =
                                        $"/openapi/v3/{path}?hash={Of(served, $"/openapi/v3/{path}", "", kubernetesVersion)?.Hash}",
                                }
                        )
                    )
            ),
        };

    private static OpenApiDocument? Version3(IReadOnlyList<ResourceType> served, string group, string version, string kubernetesVersion)
    {
        var types = served
            .SelectMany(type =>
                type.Versions.Where(served => type.GroupOf(served) == group && ResourceType.NameOf(served) == version)
                    .Select(served => (type, served))
            )
            .ToArray();
        return types.Length == 0
            ? null
            : Json(
                new JsonObject
                {
                    ["openapi"] = "3.0.0",
                    ["info"] = Info(kubernetesVersion),
                    ["paths"] = Paths(types, new ApiPaths(version3: true)),
                    ["components"] = new JsonObject { ["schemas"] = Definitions(types, "#/components/schemas/") },
                }
            );
    }

    private static JsonObject Info(string kubernetesVersion) => new() { ["title"] = "Kubernetes", ["version"] = $"v{kubernetesVersion}" };

    private static JsonObject Paths(IEnumerable<(ResourceType Type, string Version)> kinds, ApiPaths paths) =>
        new(kinds.SelectMany(kind => paths.Of(kind.Type, kind.Version)));

    private static JsonObject Definitions(IEnumerable<(ResourceType Type, string Version)> kinds, string references)
    {
        var definitions = new JsonObject
        {
            [DefinitionNames.ObjectMeta] = new SchemaDocument(ResourceCatalog.Service, references).Metadata(),
            [DefinitionNames.ListMeta] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject(
                    new[] { "continue", "resourceVersion", "selfLink" }.Select(name =>
                        KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["type"] = "string" })
                    )
                ),
            },
        };
        foreach (var (type, version) in kinds)
        {
            var document = new SchemaDocument(type, references);
            definitions[DefinitionNames.Of(type, version)] = document.Kind(version);
            definitions[$"{DefinitionNames.Of(type, version)}List"] = document.List(version);
        }

        return definitions;
    }

    private static OpenApiDocument Json(JsonObject body) =>
        new(Encoding.UTF8.GetBytes(body.ToJsonString(KubeAnswers.Plain)), "application/json");
}
