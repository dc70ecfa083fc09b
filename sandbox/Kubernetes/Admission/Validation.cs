using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>What an object of each kind must be before it is stored.</summary>
internal static class Validation
{
    private const int LongestAnnotations = 262144;

    /// <param name="schema">Of the version that the body is in.</param>
    public static void Check(ResourceType type, Schema schema, JsonObject? before, JsonObject body)
    {
        var causes = Names.OfObject(type, body.Name()).Concat(Metadata(body)).Concat(type.Custom ? CustomValidation.Check(schema, before, body) : Spec(type, body)).ToArray();
        if (before is not null && type == ResourceCatalog.Deployment && !JsonNode.DeepEquals(before.At("spec", "selector"), body.At("spec", "selector")))
        {
            causes = [.. causes, Cause.Invalid("spec.selector", body.At("spec", "selector")?.ToJsonString() ?? "null", "field is immutable")];
        }

        if (causes.Length > 0)
        {
            throw KubeError.Invalid(type, body.Name(), causes);
        }

        IstioWebhook.Check(type, body);
    }

    /// <summary>An address is for a Service of type LoadBalancer only; a Service that stops being one loses its addresses.</summary>
    public static void CheckStatus(JsonObject service)
    {
        if (service.Text("spec", "type") != "LoadBalancer" && service.Items("status", "loadBalancer", "ingress").Any())
        {
            service["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        }
    }

    private static IEnumerable<Cause> Metadata(JsonObject body)
    {
        if (body.Strings("metadata", "annotations").Sum(pair => pair.Key.Length + pair.Value.Length) > LongestAnnotations)
        {
            yield return new Cause("FieldValueTooLong", $"Too long: may not be more than {LongestAnnotations} bytes", "metadata.annotations");
        }
    }

    private static IEnumerable<Cause> Spec(ResourceType type, JsonObject body)
    {
        if (type == ResourceCatalog.Service)
        {
            return ServiceAdmission.Validate(body);
        }

        return type == ResourceCatalog.Deployment || type == ResourceCatalog.ReplicaSet ? Workload(body)
            : type == ResourceCatalog.Pod ? Containers(body.At("spec"), "spec")
            : [];
    }

    private static IEnumerable<Cause> Workload(JsonObject body)
    {
        var selector = body.Strings("spec", "selector", "matchLabels");
        if (selector.Count == 0 && !body.Items("spec", "selector", "matchExpressions").Any())
        {
            yield return Cause.Missing("spec.selector");
        }
        else if (!selector.All(pair => body.Strings("spec", "template", "metadata", "labels").TryGetValue(pair.Key, out var value) && value == pair.Value))
        {
            yield return Cause.Invalid("spec.template.metadata.labels", body.At("spec", "template", "metadata", "labels")?.ToJsonString() ?? "null", "`selector` does not match template `labels`");
        }

        if (body.Number("spec", "replicas") < 0)
        {
            yield return Cause.Invalid("spec.replicas", $"{body.Number("spec", "replicas")}", "must be greater than or equal to 0");
        }

        foreach (var cause in Containers(body.At("spec", "template", "spec"), "spec.template.spec"))
        {
            yield return cause;
        }
    }

    private static IEnumerable<Cause> Containers(JsonNode? podSpec, string field)
    {
        var containers = podSpec.Items("containers").ToArray();
        if (containers.Length == 0)
        {
            yield return Cause.Missing($"{field}.containers");
        }

        var names = new HashSet<string>();
        for (var index = 0; index < containers.Length; index++)
        {
            var at = $"{field}.containers[{index}]";
            var name = containers[index].Text("name") ?? "";
            if (name.Length == 0)
            {
                yield return Cause.Missing($"{at}.name");
            }
            else
            {
                foreach (var cause in Names.OfLabel(name, $"{at}.name"))
                {
                    yield return cause;
                }

                if (!names.Add(name))
                {
                    yield return Cause.Duplicate($"{at}.name", $"\"{name}\"");
                }
            }

            if (containers[index].Text("image") is null or "")
            {
                yield return Cause.Missing($"{at}.image");
            }

            foreach (var port in containers[index].Items("ports").Select(port => port.Number("containerPort") ?? 0).Where(port => port is < 1 or > 65535))
            {
                yield return Cause.Invalid($"{at}.ports.containerPort", $"{port}", "must be between 1 and 65535, inclusive");
            }
        }
    }
}
