using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;

namespace MeshPort.Sandbox.ResourceManager.RequestBodies;

/// <summary>The types of request bodies, by provider: JSON files beside this one with every property of every served version.</summary>
internal static class BodySchemas
{
    private static readonly FrozenDictionary<string, FrozenDictionary<string, FrozenDictionary<string, BodyShape>>> Files = new Dictionary<
        string,
        string
    >
    {
        [ResourceTypes.ContainerService] = "containerService",
        [ResourceTypes.Network] = "network",
        [ResourceTypes.Resources] = "resources",
        [ResourceTypes.Features] = "features",
        [ResourceTypes.Authorization] = "authorization",
    }.ToFrozenDictionary(file => file.Key, file => Read(file.Value));

    /// <summary>The properties of a type. Null when the provider has no such type.</summary>
    public static FrozenDictionary<string, BodyShape>? Find(string provider, string type) =>
        Files.TryGetValue(provider, out var types) ? types.GetValueOrDefault(type) : null;

    /// <summary>The name of a request body's type. Null when such bodies are not checked.</summary>
    public static string? RootOf(string provider, string type, string method)
    {
        var name = provider == ResourceTypes.Features ? type[(type.LastIndexOf('/') + 1)..] : type;
        var root = method switch
        {
            "PUT" => name,
            "PATCH" => name + ":PATCH",
            _ => "",
        };
        return Find(provider, root) is null ? null : root;
    }

    private static FrozenDictionary<string, FrozenDictionary<string, BodyShape>> Read(string name)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream($"{typeof(BodySchemas).Namespace}.{name}.json")
            ?? throw new InvalidOperationException($"The schema {name}.json is not embedded.");
        var types = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(stream) ?? [];
        return types.ToFrozenDictionary(
            type => type.Key,
            type =>
                type.Value.ToFrozenDictionary(
                    property => property.Key,
                    property => BodyShape.Parse(property.Value),
                    StringComparer.OrdinalIgnoreCase
                ),
            StringComparer.OrdinalIgnoreCase
        );
    }
}
