using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Claims, volumes and storage classes (kubernetes/kubernetes, pkg/apis/{core,storage}/validation).</summary>
internal static class StorageValidation
{
    private static readonly string[] Modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static IEnumerable<Cause> Claim(JsonObject? before, JsonObject body)
    {
        foreach (var cause in AccessModes(body))
        {
            yield return cause;
        }

        if (body.At("spec", "resources", "requests", "storage") is not { } storage)
        {
            yield return Cause.Missing("spec.resources[storage]");
        }
        else if (Quantity.Parse(storage) <= 0)
        {
            yield return Cause.Invalid("spec.resources[storage]", $"\"{storage}\"", "must be greater than zero");
        }

        if (before?["spec"] is JsonObject old && !JsonNode.DeepEquals(Fixed(old), Fixed(body["spec"] as JsonObject ?? [])))
        {
            yield return new Cause(
                "FieldValueForbidden",
                "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
                "spec"
            );
        }
        else if (
            Quantity.Parse(body.At("spec", "resources", "requests", "storage"))
            < Quantity.Parse(before.At("spec", "resources", "requests", "storage"))
        )
        {
            yield return new Cause(
                "FieldValueForbidden",
                "Forbidden: field can not be less than status.capacity",
                "spec.resources.requests.storage"
            );
        }
    }

    public static IEnumerable<Cause> Volume(JsonObject body)
    {
        foreach (var cause in AccessModes(body))
        {
            yield return cause;
        }

        if (body.At("spec", "capacity", "storage") is null)
        {
            yield return Cause.Missing("spec.capacity");
        }
    }

    public static IEnumerable<Cause> StorageClass(JsonObject? before, JsonObject body)
    {
        if (body.Text("provisioner") is null or "")
        {
            yield return Cause.Missing("provisioner");
        }

        if (before is not null && !JsonNode.DeepEquals(before["parameters"], body["parameters"]))
        {
            yield return new Cause("FieldValueForbidden", "Forbidden: updates to parameters are forbidden.", "parameters");
        }

        if (before is not null && before.Text("provisioner") != body.Text("provisioner"))
        {
            yield return new Cause("FieldValueForbidden", "Forbidden: updates to provisioner are forbidden.", "provisioner");
        }
    }

    private static IEnumerable<Cause> AccessModes(JsonObject body)
    {
        string[] modes = [.. body.Items("spec", "accessModes").Select(mode => mode.ToString())];
        if (modes.Length == 0)
        {
            yield return new Cause("FieldValueRequired", "Required value: at least 1 access mode is required", "spec.accessModes");
        }

        foreach (var mode in modes.Where(mode => !Modes.Contains(mode)))
        {
            yield return Cause.Unsupported("spec.accessModes", mode, Modes);
        }
    }

    /// <summary>The binder may name a volume, and a bound claim may grow.</summary>
    private static JsonObject Fixed(JsonObject spec)
    {
        spec = spec.Copy();
        spec.Remove("resources");
        spec.Remove("volumeName");
        spec.Remove("volumeAttributesClassName");
        return spec;
    }
}
