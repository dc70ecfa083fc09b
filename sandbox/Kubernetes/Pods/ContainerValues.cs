using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The values that the variables of a container take from Secrets and ConfigMaps (kubernetes/kubernetes, pkg/kubelet).</summary>
internal sealed class ContainerValues(ObjectStore store)
{
    private static readonly Source[] Sources =
    [
        new(ResourceCatalog.Secret, "Secret", "secret", "secretKeyRef", "secretRef"),
        new(ResourceCatalog.ConfigMap, "ConfigMap", "configmap", "configMapKeyRef", "configMapRef"),
    ];

    /// <returns>The kubelet's words about the first value that is missing and not optional; null when the container has all.</returns>
    public string? Problem(JsonObject pod, JsonNode container) =>
        Maps(pod, container)
            .Where(use => !use.IsOptional && use.Map is null)
            .Select(use => $"{use.Source.Word} \"{use.Name}\" not found")
            .Concat(
                Keys(pod, container)
                    .Where(use => !use.IsOptional && use.Value is null)
                    .Select(use =>
                        use.HasMap
                            ? $"couldn't find key {use.Key} in {use.Source.Kind} {pod.Namespace()}/{use.Name}"
                            : $"{use.Source.Word} \"{use.Name}\" not found"
                    )
            )
            .FirstOrDefault();

    /// <summary>The variables with a value from a Secret or a ConfigMap. Those of <c>env</c> come last, since they win.</summary>
    public IEnumerable<(string Variable, string Value)> Read(JsonObject pod, JsonNode container) =>
        Maps(pod, container)
            .SelectMany(use =>
                new[] { "data", "binaryData" }
                    .SelectMany(part => use.Map.At(part) as JsonObject ?? [])
                    .Select(pair => ($"{use.Prefix}{pair.Key}", Value(use.Source, use.Map, pair.Key) ?? ""))
            )
            .Concat(Keys(pod, container).Where(use => use.Value is not null).Select(use => (use.Variable, use.Value ?? "")));

    /// <summary>The variables with a key of an object.</summary>
    private IEnumerable<KeyUse> Keys(JsonObject pod, JsonNode container) =>
        from variable in container.Items("env")
        from source in Sources
        let reference = variable.At("valueFrom", source.KeyField)
        where reference is not null
        let name = reference.Text("name") ?? ""
        let key = reference.Text("key") ?? ""
        let map = store.Get(source.Type, pod.Namespace(), name)
        select new KeyUse(
            source,
            name,
            key,
            variable.Text("name") ?? "",
            Value(source, map, key),
            HasMap: map is not null,
            reference.Flag("optional") == true
        );

    /// <summary>The objects of which the container takes all keys.</summary>
    private IEnumerable<MapUse> Maps(JsonObject pod, JsonNode container) =>
        from entry in container.Items("envFrom")
        from source in Sources
        let reference = entry.At(source.MapField)
        where reference is not null
        let name = reference.Text("name") ?? ""
        select new MapUse(
            source,
            name,
            entry.Text("prefix") ?? "",
            store.Get(source.Type, pod.Namespace(), name),
            reference.Flag("optional") == true
        );

    private static string? Value(Source source, JsonObject? map, string key) =>
        map.Text("data", key) is { } text ? (source.Type == ResourceCatalog.Secret ? Decoded(text) : text)
        : map.Text("binaryData", key) is { } bytes ? Decoded(bytes)
        : null;

    private static string Decoded(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    /// <param name="Word">The kind as the kubelet writes it.</param>
    private sealed record Source(ResourceType Type, string Kind, string Word, string KeyField, string MapField);

    private sealed record KeyUse(Source Source, string Name, string Key, string Variable, string? Value, bool HasMap, bool IsOptional);

    private sealed record MapUse(Source Source, string Name, string Prefix, JsonObject? Map, bool IsOptional);
}
