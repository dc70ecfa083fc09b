using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Ingresses (kubernetes/kubernetes, pkg/apis/networking/validation).</summary>
internal static class IngressValidation
{
    private static readonly string[] PathTypes = ["Exact", "ImplementationSpecific", "Prefix"];

    public static IEnumerable<Cause> Check(JsonObject body)
    {
        if (!body.Items("spec", "rules").Any() && body.At("spec", "defaultBackend") is null)
        {
            yield return Cause.Invalid("spec", "[]networking.IngressRule(nil)", "either `defaultBackend` or `rules` must be specified");
        }

        if (body.At("spec", "defaultBackend") is { } usual)
        {
            foreach (var cause in Backend(usual, "spec.defaultBackend"))
            {
                yield return cause;
            }
        }

        foreach (var (ruleIndex, rule) in body.Items("spec", "rules").Index())
        {
            foreach (var (index, path) in rule.Items("http", "paths").Index())
            {
                foreach (var cause in Path(path, $"spec.rules[{ruleIndex}].http.paths[{index}]"))
                {
                    yield return cause;
                }
            }
        }
    }

    private static IEnumerable<Cause> Path(JsonNode path, string field)
    {
        var type = path.Text("pathType");
        if (type is null)
        {
            yield return new Cause("FieldValueRequired", "Required value: pathType must be specified", $"{field}.pathType");
        }
        else if (!PathTypes.Contains(type))
        {
            yield return Cause.Unsupported($"{field}.pathType", type, PathTypes);
        }
        else if (type != "ImplementationSpecific" && path.Text("path")?.StartsWith('/') != true)
        {
            yield return Cause.Invalid($"{field}.path", $"\"{path.Text("path")}\"", "must be an absolute path");
        }

        foreach (var cause in Backend(path["backend"], $"{field}.backend"))
        {
            yield return cause;
        }
    }

    private static IEnumerable<Cause> Backend(JsonNode? backend, string field)
    {
        if (backend.At("resource") is not null)
        {
            yield break;
        }

        if (backend.Text("service", "name") is null or "")
        {
            yield return Cause.Missing(backend.At("service") is null ? field : $"{field}.service.name");
        }

        if (
            backend.At("service") is not null
            && backend.Text("service", "port", "name") is null
            && backend.Number("service", "port", "number") is null
        )
        {
            yield return new Cause("FieldValueRequired", "Required value: port name or number is required", field);
        }
    }
}
