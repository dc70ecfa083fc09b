using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Validation of roles and bindings, as in Kubernetes' group rbac.</summary>
internal static class RoleValidation
{
    private const string Group = "rbac.authorization.k8s.io";

    /// <summary>The group of a reference and of a subject is optional.</summary>
    public static void Default(JsonObject binding)
    {
        if (binding["roleRef"] is JsonObject role && role.Text("apiGroup") is null or "")
        {
            role["apiGroup"] = Group;
        }

        foreach (
            var subject in binding
                .Items("subjects")
                .OfType<JsonObject>()
                .Where(subject => subject.Text("kind") is "User" or "Group" && subject.Text("apiGroup") is null or "")
        )
        {
            subject["apiGroup"] = Group;
        }
    }

    public static IEnumerable<Cause> Binding(ResourceType type, JsonObject? before, JsonObject binding)
    {
        string[] kinds = type.Namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
        var kind = binding.Text("roleRef", "kind") ?? "";
        if (binding.Text("roleRef", "apiGroup") is { } group && group != Group)
        {
            yield return Cause.Unsupported("roleRef.apiGroup", group, [Group]);
        }

        if (!kinds.Contains(kind))
        {
            yield return Cause.Unsupported("roleRef.kind", kind, kinds);
        }

        if (binding.Text("roleRef", "name") is null or "")
        {
            yield return Cause.Missing("roleRef.name");
        }

        foreach (var cause in binding.Items("subjects").Index().SelectMany(item => Subject(type, item.Item, $"subjects[{item.Index}]")))
        {
            yield return cause;
        }

        if (before is not null && !JsonNode.DeepEquals(before["roleRef"], binding["roleRef"]))
        {
            yield return Cause.Invalid(
                "roleRef",
                $"rbac.RoleRef{{APIGroup:\"{binding.Text("roleRef", "apiGroup")}\", Kind:\"{kind}\", "
                    + $"Name:\"{binding.Text("roleRef", "name")}\"}}",
                "cannot change roleRef"
            );
        }
    }

    public static IEnumerable<Cause> Role(ResourceType type, JsonObject role) =>
        role.Items("rules").Index().SelectMany(item => Rule(type, item.Item, $"rules[{item.Index}]"));

    private static IEnumerable<Cause> Subject(ResourceType type, JsonNode subject, string path)
    {
        if (subject.Text("name") is null or "")
        {
            yield return Cause.Missing($"{path}.name");
        }

        switch (subject.Text("kind"))
        {
            case "ServiceAccount" when subject.Text("namespace") is null or "":
                yield return Cause.Missing($"{path}.namespace");
                break;
            case "ServiceAccount" when subject.Text("apiGroup") is { Length: > 0 } group:
                yield return Cause.Unsupported($"{path}.apiGroup", group, [""]);
                break;
            case "User" or "Group" when subject.Text("apiGroup") != Group:
                yield return Cause.Unsupported($"{path}.apiGroup", subject.Text("apiGroup") ?? "", [Group]);
                break;
            case not ("ServiceAccount" or "User" or "Group"):
                yield return Cause.Unsupported($"{path}.kind", subject.Text("kind") ?? "", ["ServiceAccount", "User", "Group"]);
                break;
        }
    }

    private static IEnumerable<Cause> Rule(ResourceType type, JsonNode rule, string path)
    {
        if (!rule.Items("verbs").Any())
        {
            yield return Required($"{path}.verbs", "verbs must contain at least one value");
        }

        if (rule.Items("nonResourceURLs").Any())
        {
            if (type.Namespaced)
            {
                yield return Cause.Invalid(
                    $"{path}.nonResourceURLs",
                    rule["nonResourceURLs"]?.ToJsonString() ?? "null",
                    "namespaced rules cannot apply to non-resource URLs"
                );
            }

            yield break;
        }

        if (!rule.Items("apiGroups").Any())
        {
            yield return Required($"{path}.apiGroups", "resource rules must supply at least one api group");
        }

        if (!rule.Items("resources").Any())
        {
            yield return Required($"{path}.resources", "resource rules must supply at least one resource");
        }
    }

    private static Cause Required(string field, string why) => new("FieldValueRequired", $"Required value: {why}", field);
}
