using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

/// <summary>Which requests a rule of a webhook covers.</summary>
internal static class WebhookRules
{
    public static bool Covers(JsonNode rule, AdmissionOperation operation, ResourceType type, string subresource) =>
        Has(rule, "operations", operation.ToString().ToUpperInvariant())
        && Has(rule, "apiGroups", type.Group)
        && type.Versions.Any(version => Has(rule, "apiVersions", ResourceType.NameOf(version)))
        && rule.Items("resources").Any(resource => Resource(resource.ToString(), type.Plural, subresource))
        && rule.Text("scope") switch
        {
            "Namespaced" => type.Namespaced,
            "Cluster" => !type.Namespaced,
            _ => true,
        };

    private static bool Has(JsonNode rule, string list, string value) =>
        rule.Items(list).Any(item => item.ToString() is var text && (text == "*" || text == value));

    /// <summary><c>pods</c>, <c>pods/status</c>, <c>pods/*</c>, <c>*</c> for all resources, <c>*/*</c> with all subresources.</summary>
    private static bool Resource(string pattern, string plural, string subresource) =>
        pattern.Split('/') switch
        {
            [var resource] => subresource.Length == 0 && resource is var name && (name == "*" || name == plural),
            [var resource, var inside] => (resource == "*" || resource == plural) && (inside == "*" || inside == subresource),
            _ => false,
        };
}
