using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions;

/// <summary>
/// A custom resource definition, read once from the data folder beside this file and shared by all clusters. The definitions of istio/api
/// and kubernetes-sigs/gateway-api are the published ones without descriptions; a version with the same schema as the first has none
/// (Data/README.md).
/// </summary>
internal sealed class CustomDefinition
{
    private readonly JsonObject _spec;

    private CustomDefinition(JsonObject spec)
    {
        _spec = spec;
        var names = spec["names"];
        var versions = spec.Items("versions").ToArray();
        var first = Read(versions[0]);
        var others = versions
            .Skip(1)
            .Where(version => version["schema"] is not null)
            .ToDictionary(version => version.Text("name") ?? "", Read);
        Type = new ResourceType(
            spec.Text("group") ?? "",
            [.. versions.Select(version => version.Text("name") ?? "")],
            names.Text("kind") ?? "",
            names.Text("plural") ?? "",
            first
        )
        {
            Custom = true,
            Namespaced = spec.Text("scope") == "Namespaced",
            HasStatus = versions[0].At("subresources", "status") is not null,
            ShortNames = [.. names.Items("shortNames").Select(name => name.ToString())],
            Categories = [.. names.Items("categories").Select(name => name.ToString())],
            OtherSchemas = others,
            Deprecations = versions
                .Where(version => version.Flag("deprecated") == true)
                .ToDictionary(
                    version => version.Text("name") ?? "",
                    version =>
                        version.Text("deprecationWarning")
                        ?? $"{spec.Text("group")}/{version.Text("name")} {names.Text("kind")} is deprecated"
                ),
            Definition = this,
        };
    }

    public ResourceType Type { get; }

    /// <param name="name">For example <c>gateways.networking.istio.io</c>.</param>
    public static CustomDefinition Load(string name)
    {
        using var stream =
            typeof(CustomDefinition).Assembly.GetManifestResourceStream($"{name}.json")
            ?? throw new FileNotFoundException($"The definition {name} is not embedded.");
        return new CustomDefinition(JsonNode.Parse(stream)!.AsObject()); // the data is an object
    }

    /// <summary>The object that a cluster stores: everything except the schemas, which all clusters share.</summary>
    /// <param name="served">The versions that this cluster serves.</param>
    public JsonObject Lean(IReadOnlyCollection<string> served, JsonObject labels, JsonObject annotations)
    {
        var spec = _spec.Copy();
        var versions = (JsonArray)spec["versions"]!; // every definition has versions
        foreach (var version in versions.OfType<JsonObject>().Where(version => !served.Contains(version.Text("name"))).ToArray())
        {
            versions.Remove(version);
        }

        foreach (var version in versions.OfType<JsonObject>())
        {
            version.Remove("schema");
        }

        if (!versions.Any(version => version.Flag("storage") == true))
        {
            ((JsonObject)versions[0]!)["storage"] = true; // at least one version is served
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = Type.QualifiedPlural,
                ["labels"] = labels,
                ["annotations"] = annotations,
            },
            ["spec"] = spec,
        };
    }

    /// <summary>The stored object with its schemas, as clients get it.</summary>
    public static JsonObject Whole(JsonObject lean)
    {
        var whole = lean.Copy();
        if (ResourceCatalog.All.FirstOrDefault(type => type.QualifiedPlural == lean.Name())?.Definition is not { } definition)
        {
            return whole;
        }

        var first = definition._spec.Items("versions").First();
        foreach (var version in whole.Items("spec", "versions").OfType<JsonObject>())
        {
            var published = definition._spec.Items("versions").First(other => other.Text("name") == version.Text("name"));
            version["schema"] = (published["schema"] ?? first["schema"])?.DeepClone();
        }

        return whole;
    }

    /// <summary>Uses the common metadata schema: a definition's own (type: object) says less.</summary>
    private static Schema Read(JsonNode version)
    {
        var schema = OpenApiReader.Read(version.At("schema", "openAPIV3Schema"));
        return schema with
        {
            Fields = new Dictionary<string, Schema>(schema.Fields)
            {
                ["apiVersion"] = Schema.Text,
                ["kind"] = Schema.Text,
                ["metadata"] = BuiltInSchemas.Metadata,
            },
        };
    }
}
