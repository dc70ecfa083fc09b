using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>Whether a rule of a role covers a request (https://kubernetes.io/docs/reference/access-authn-authz/rbac/).</summary>
internal static class PolicyRule
{
    private const string All = "*";

    public static bool Covers(JsonNode rule, AccessRequest request) =>
        Has(rule, "verbs", request.Verb) && (request.IsPath ? CoversPath(rule, request.Path) : CoversResource(rule, request));

    private static bool CoversResource(JsonNode rule, AccessRequest request)
    {
        var names = rule.Items("resourceNames").ToArray();
        return Has(rule, "apiGroups", request.Group)
            && (
                Has(rule, "resources", request.Resource)
                || (request.Resource.Split('/') is [_, var subresource] && Has(rule, "resources", $"{All}/{subresource}"))
            )
            && (names.Length == 0 || names.Any(name => name.ToString() == request.Name));
    }

    private static bool CoversPath(JsonNode rule, string path) =>
        rule.Items("nonResourceURLs")
            .Select(url => url.ToString())
            .Any(url => url == path || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal)));

    private static bool Has(JsonNode rule, string field, string value) =>
        rule.Items(field).Select(item => item.ToString()).Any(item => item == All || item == value);
}
