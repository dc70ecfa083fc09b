using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Runtime classes and API priority and fairness (kubernetes/kubernetes, pkg/apis/{node,flowcontrol}/validation).</summary>
internal static class ClassValidation
{
    private const int LastPrecedence = 10_000;

    public static IEnumerable<Cause> Runtime(JsonObject? before, JsonObject body)
    {
        var handler = body.Text("handler") ?? "";
        return before is not null && before.Text("handler") != handler
            ? [Cause.Immutable("handler", body["handler"])]
            : Names.OfLabel(handler, "handler");
    }

    public static IEnumerable<Cause> FlowSchema(JsonObject body)
    {
        if (body.Number("spec", "matchingPrecedence") is < 1 or > LastPrecedence)
        {
            yield return Cause.Invalid(
                "spec.matchingPrecedence",
                $"{body.At("spec", "matchingPrecedence")}",
                $"must be between 1 and {LastPrecedence}, inclusive"
            );
        }

        if (body.Text("spec", "priorityLevelConfiguration", "name") is null or "")
        {
            yield return new Cause(
                "FieldValueRequired",
                "Required value: must reference a priority level",
                "spec.priorityLevelConfiguration.name"
            );
        }

        foreach (var (index, rule) in body.Items("spec", "rules").Index())
        {
            if (!rule.Items("subjects").Any())
            {
                yield return new Cause(
                    "FieldValueRequired",
                    "Required value: subjects must contain at least one value",
                    $"spec.rules[{index}].subjects"
                );
            }

            if (!rule.Items("resourceRules").Any() && !rule.Items("nonResourceRules").Any())
            {
                yield return new Cause(
                    "FieldValueRequired",
                    "Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
                    $"spec.rules[{index}]"
                );
            }
        }
    }

    public static IEnumerable<Cause> PriorityLevel(JsonObject body)
    {
        var (isLimited, isExempt) = (body.At("spec", "limited") is not null, body.At("spec", "exempt") is not null);
        switch (body.Text("spec", "type"))
        {
            case "Limited" when !isLimited:
                yield return new Cause("FieldValueRequired", "Required value: must not be empty when type is Limited", "spec.limited");
                break;
            case "Limited" when isExempt:
                yield return new Cause("FieldValueForbidden", "Forbidden: must be nil if the type is Limited", "spec.exempt");
                break;
            case "Exempt" when isLimited:
                yield return new Cause("FieldValueForbidden", "Forbidden: must be nil if the type is not Limited", "spec.limited");
                break;
            case "Limited" or "Exempt":
                break;
            case var other:
                yield return Cause.Unsupported("spec.type", other ?? "", ["Exempt", "Limited"]);
                break;
        }
    }
}
